"""The unseen test set holds what its README promises."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from corpus.collection import shipped_corpus
from corpus.text import fold, language_of, squash
from eval.sets import load_golds, set_files

TEST = Path(__file__).resolve().parents[2] / "eval" / "questions" / "test"
SINGLES, DIALOGUES, COMPARISONS = "test.jsonl", "dialogues-test.jsonl", "comparisons-test.jsonl"
KINDS = {
    True: {
        "direct",
        "colloquial",
        "situational",
        "multi",
        "typo",
        "terse",
        "traditional",
        "mixed",
        "longform",
    }
    | {"english"},
    False: {"absent", "other-city", "false-premise", "off-topic", "injection", "chitchat"},
}
Record = dict[str, Any]


@cache
def records(name: str) -> list[Record]:
    return [json.loads(line) for line in (TEST / name).read_text("utf-8").splitlines()]


@cache
def asked() -> list[Record]:
    """Every question with its id: singles, comparisons and the turns of the dialogues."""
    turns = [
        {"id": f"{d['id']}#{k}", **turn} for d in records(DIALOGUES) for k, turn in enumerate(d["turns"], 1)
    ]
    return records(SINGLES) + records(COMPARISONS) + turns


def alternatives(question: Record) -> list[tuple[int, str]]:
    return [(a["doc"], a["quote"]) for group in question["evidence"] for a in group["any_of"]]


@cache
def units() -> dict[int, list[str]]:
    """The squashed text of every clause and paragraph unit, by the number of its document."""
    corpus = shipped_corpus()
    position = {document.id: document.position for document in corpus.documents}
    texts: dict[int, list[str]] = defaultdict(list)
    for clause in corpus.clauses:
        texts[position[clause.document]].append(squash(clause.text))
    return texts


def bigrams(text: str) -> set[str]:
    text = squash(fold(text))
    return {text[i : i + 2] for i in range(len(text) - 1)}


def test_fields_and_kinds():
    for record in records(SINGLES):
        assert record["kind"] in KINDS[bool(record["evidence"])], record["id"]
    assert all(record["kind"] == "compare" for record in records(COMPARISONS))
    for dialogue in records(DIALOGUES):
        assert set(dialogue) == {"id", "lang", "turns"}
        assert 2 <= len(dialogue["turns"]) <= 3
    for question in asked():
        assert question["question"] == question["question"].strip() != ""
        assert all(group["any_of"] for group in question["evidence"]), question["id"]
        assert all(1 <= doc <= 33 and len(squash(quote)) >= 8 for doc, quote in alternatives(question))


def test_ids_are_numbered_and_unique():
    for name, form in ((SINGLES, "T-{:03d}"), (DIALOGUES, "TD-{:02d}"), (COMPARISONS, "TX-{:02d}")):
        assert [r["id"] for r in records(name)] == [form.format(n) for n in range(1, len(records(name)) + 1)]


def test_the_evaluation_reads_every_question():
    assert sorted(gold.id for gold in load_golds(set_files("test"))) == sorted(q["id"] for q in asked())


def test_language_is_that_of_the_question():
    for record in records(SINGLES) + records(COMPARISONS):
        assert language_of(record["question"]) == record["lang"], record["id"]


def test_unanswerable_questions_have_no_answer():
    for question in asked():
        assert bool(question["evidence"]) == bool(question["answer_points"]), question["id"]
        assert len(question["answer_points"]) <= 4, question["id"]


@pytest.mark.parametrize("name", ["singles", "dialogues", "comparisons"])
def test_every_quote_stands_in_one_unit_of_its_document(name):
    prefix = {"singles": "T-", "dialogues": "TD-", "comparisons": "TX-"}[name]
    torn = [
        (question["id"], doc, quote)
        for question in asked()
        if question["id"].startswith(prefix)
        for doc, quote in alternatives(question)
        if not any(squash(quote) in unit for unit in units()[doc])
    ]
    assert not torn


def test_a_quote_stands_in_no_document_that_its_group_does_not_list():
    for question in asked():
        for group in question["evidence"]:
            listed = {a["doc"] for a in group["any_of"]}
            for alternative in group["any_of"]:
                quote = squash(alternative["quote"])
                found = {doc for doc, texts in units().items() if any(quote in text for text in texts)}
                assert found <= listed, (question["id"], alternative, found)


def test_spread_over_documents_languages_and_kinds(capsys):
    singles = records(SINGLES)
    per_document = Counter(alternatives(record)[0][0] for record in singles if record["evidence"])
    with capsys.disabled():
        print("\nsingle questions by document of the first evidence:")
        print(" ".join(f"{doc}:{per_document[doc]}" for doc in range(1, 34)))
    assert all(3 <= per_document[doc] <= 6 for doc in range(1, 34))
    answerable = Counter(record["lang"] for record in singles if record["evidence"])
    unanswerable = Counter(record["lang"] for record in singles if not record["evidence"])
    assert answerable["zh"] >= 85 and answerable["en"] >= 40
    assert unanswerable.total() >= 25 and min(unanswerable["zh"], unanswerable["en"]) >= 8
    assert {record["kind"] for record in singles} == KINDS[True] | KINDS[False]
    assert len(records(DIALOGUES)) == len(records(COMPARISONS)) == 15


def test_no_question_is_a_near_copy_of_a_development_question():
    known = [bigrams(gold.question) for gold in load_golds(set_files("dev"))]
    for record in records(SINGLES) + records(COMPARISONS):
        if not record["evidence"]:
            continue
        mine = bigrams(record["question"])
        nearest = max(len(mine & theirs) / len(mine | theirs) for theirs in known)
        assert nearest < 0.6, record["id"]
