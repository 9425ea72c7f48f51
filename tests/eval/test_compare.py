from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from corpus.errors import PolicyQAError
from eval.compare import Difference, compare_scores, find_causes, find_changes, pair_scores
from eval.misses import Fault
from eval.run import Run
from eval.scorers import Score
from eval.sets import Gold
from eval.summary import show_differences


def score(first: float, gold_id: str = "q", **changes: Any) -> Score:
    gold = Gold(gold_id, "zh", "direct", changes.pop("question", "问"), (("原文",),), ())
    values = {"first citation": first, "right document": first, "citation recall": first}
    return Score(gold, changes.pop("refused", False), values, {}, changes.pop("ms", 1.0), 1.0)


def scores(values: Sequence[float], form: str = "q{}") -> list[Score]:
    return [score(value, form.format(n)) for n, value in enumerate(values)]


def first_citation(before: Sequence[Score], after: Sequence[Score]) -> Difference:
    return next(d for d in compare_scores(before, after) if d.measure.name == "first citation")


def test_equal_runs_do_not_differ() -> None:
    found = first_citation(scores([1, 0] * 20), scores([1, 0] * 20))
    assert (found.before, found.after, found.low, found.high, found.p) == (0.5, 0.5, 0.0, 0.0, 1.0)


def test_a_gain_on_many_questions_is_more_than_chance() -> None:
    found = first_citation(scores([0] * 20 + [1] * 20), scores([1] * 40))
    assert found.p < 0.001 and found.low > 0.3


def test_gains_that_losses_balance_are_chance() -> None:
    found = first_citation(scores([1] * 5 + [0] * 6 + [1] * 29), scores([0] * 5 + [1] * 6 + [1] * 29))
    assert found.p > 0.5 and found.low < 0 < found.high


def test_the_p_value_is_that_of_the_sign_test() -> None:
    # Five fixed and none broken: 2 of 32 ways to swap them are as far from nothing.
    found = first_citation(scores([0] * 5 + [1] * 10), scores([1] * 15))
    assert found.p == pytest.approx(2 / 32, abs=0.01)


def test_turns_of_a_dialogue_change_sides_together() -> None:
    before, after = scores([0] * 5, "d#{}"), scores([1] * 5, "d#{}")
    assert first_citation(before, after).p == pytest.approx(1.0, abs=0.001)


def test_a_measure_that_neither_run_has_is_left_out_and_one_that_one_lacks_has_no_change() -> None:
    plain = scores([1, 1])
    written = [replace(one, written={"first_word_ms": 40.0, "memory_bytes": 2e9}) for one in plain]
    found = {d.measure.name: d for d in compare_scores(plain, written)}
    assert "first citation" in found and "refusal precision" not in found
    word, memory = found["first word p50"], found["memory"]
    assert (word.before, word.after, word.change) == (None, 40.0, None) and memory.after == 2.0
    rows = {row[0]: row[1:] for row in show_differences(list(found.values()))[1]}
    assert rows["first word p50"] == ("–", "40.0", "", "") and rows["first citation"][0] == "1.000"


def test_changed_questions_are_told_by_their_faults() -> None:
    before = [score(0, "fixed"), score(1, "broken"), score(0, "other"), score(1, "same")]
    after = [score(1, "fixed"), score(0, "broken"), score(0, "other", refused=True), score(1, "same")]
    found = {c.score.gold.id: (c.before, c.after) for c in find_changes(before, after)}
    assert found == {
        "fixed": (Fault.DOCUMENT, None),
        "broken": (None, Fault.DOCUMENT),
        "other": (Fault.DOCUMENT, Fault.REFUSED),
    }
    assert next(iter(found)) == "fixed"


def test_only_questions_that_are_the_same_in_both_are_paired() -> None:
    before = Run({}, [], [score(1, "a"), score(1, "b"), score(1, "c")])
    after = Run({}, [], [score(0, "c"), score(0, "b", question="另问"), score(0, "d")])
    assert [[s.gold.id for s in side] for side in pair_scores(before, after)] == [["c"], ["c"]]
    with pytest.raises(PolicyQAError, match="no question in common"):
        pair_scores(before, Run({}, [], []))


def test_the_manifests_say_what_differs() -> None:
    before = {"as_of": "2022-01-31", "config": {"ranking.toml": "1", "tiers.toml": "2"}, "code": {"rag": "1"}}
    after = before | {"as_of": "2023-01-31", "config": {"ranking.toml": "3", "tiers.toml": "2"}}
    assert list(find_causes(before, after)) == ["config: ranking.toml", "as_of: 2022-01-31 → 2023-01-31"]
