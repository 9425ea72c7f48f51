"""The question sets hold what ``eval/questions/README.md`` promises."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

from corpus.text import fold, squash
from eval.sets import SETS, load_golds, set_files
from eval.validation import ANSWERABLE, UNANSWERABLE

Record = dict[str, Any]


@cache
def records(name: str) -> tuple[Record, ...]:
    """Every line of a set: single questions, comparisons and dialogues."""
    lines = (line for path in set_files(name) for line in path.read_text("utf-8").splitlines())
    return tuple(json.loads(line) for line in lines if line.strip())


def singles(*names: str) -> list[Record]:
    return [r for name in names for r in records(name) if "turns" not in r and r["kind"] != "compare"]


def bigrams(text: str) -> set[str]:
    text = squash(fold(text))
    return {text[i : i + 2] for i in range(len(text) - 1)}


def test_the_sets_are_large_enough() -> None:
    everything = [r for name in SETS for r in records(name)]
    assert len(singles(*SETS)) >= 1000
    assert sum("turns" in r for r in everything) >= 120
    assert sum(r.get("kind") == "compare" for r in everything) >= 80
    assert sum(not r["evidence"] for r in singles(*SETS)) >= 200


def test_no_id_is_used_twice() -> None:
    ids = [gold.id for name in SETS for gold in load_golds(set_files(name))]
    assert len(set(ids)) == len(ids)


def test_the_test_set_holds_all_documents_kinds_and_languages() -> None:
    answerable = [r for r in singles("test") if r["evidence"]]
    per_document = Counter(r["evidence"][0]["any_of"][0]["doc"] for r in answerable)
    assert all(per_document[doc] >= 1 for doc in range(1, 34)), per_document
    assert ANSWERABLE - {"compare"} <= {r["kind"] for r in answerable}
    assert UNANSWERABLE - {"unanswerable", "offtopic", "chitchat"} <= {
        r["kind"] for r in singles("test") if not r["evidence"]
    }
    languages = Counter(r["lang"] for r in records("test"))
    assert min(languages["zh"], languages["en"]) >= 40


def test_no_test_question_is_a_near_copy_of_a_development_question() -> None:
    known = [bigrams(gold.question) for gold in load_golds(set_files("dev"))]
    for gold in load_golds(set_files("test")):
        if gold.answerable and not gold.follows:
            mine = bigrams(gold.question)
            assert max(len(mine & theirs) / len(mine | theirs) for theirs in known) < 0.6, gold.id
