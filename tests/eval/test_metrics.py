import pytest

from eval.metrics import mean_metric, refusal_precision, refusal_recall, tabulate
from eval.scorers import Score
from eval.sets import Gold


def score(refused, answerable, language="zh", **values):
    evidence = (("原文",),) if answerable else ()
    return Score(Gold("q", language, "direct", "问", evidence, ()), refused, values, 1.0, 1.0)


def test_the_interval_holds_the_mean_and_shrinks_with_n():
    few, many = mean_metric([0.0, 1.0] * 5), mean_metric([0.0, 1.0] * 500)
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low
    assert (few.n, many.value) == (10, 0.5)


def test_nothing_has_no_mean():
    assert mean_metric([]) is None


def test_refusals_are_judged_both_ways():
    scores = [score(True, False), score(True, True), score(False, False), score(False, True)]
    assert refusal_precision(scores).value == 0.5
    assert refusal_recall(scores).value == 0.5
    assert refusal_precision([score(False, True)]) is None


@pytest.mark.parametrize(("row", "expected"), [("all", 0.5), ("zh", 1.0), ("en", 0.0), ("kind direct", 0.5)])
def test_rows_by_language_and_kind(row, expected):
    scores = [score(False, True, "zh", **{"R@5": 1.0}), score(False, True, "en", **{"R@5": 0.0})]
    assert tabulate(scores)[row]["R@5"].value == expected
