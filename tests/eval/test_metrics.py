import pytest

from eval.measures import BY_NAME, MEASURES
from eval.metrics import aggregate, tabulate
from eval.scorers import Score
from eval.sets import Gold

FIRST = BY_NAME["first citation"]


def score(value=None, *, refused=False, answerable=True, id="q", language="zh", zone="", ms=1.0, counts=None):
    evidence = (("原文",),) if answerable else ()
    values = {} if value is None else {"first citation": value}
    gold = Gold(id, language, "direct", "问", evidence, ())
    return Score(gold, refused, values, counts or {}, ms, ms, zone=zone)


def singles(*values):
    return [score(value, id=f"q{n}") for n, value in enumerate(values)]


def test_the_interval_holds_the_mean_and_shrinks_with_n():
    few, many = aggregate(FIRST, singles(*[0.0, 1.0] * 5)), aggregate(FIRST, singles(*[0.0, 1.0] * 500))
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low
    assert (few.n, few.value) == (10, 0.5)


def test_the_interval_is_the_binomial_one():
    found = aggregate(FIRST, singles(*[0.0] * 40 + [1.0] * 360))
    assert found.low == pytest.approx(0.9 - 1.96 * 0.015, abs=0.004)
    assert found.high == pytest.approx(0.9 + 1.96 * 0.015, abs=0.004)


def test_turns_of_a_dialogue_are_resampled_together():
    turns = [score(float(d % 2), id=f"d{d}#{k}") for d in range(20) for k in range(1, 6)]
    alone = singles(*(s.values["first citation"] for s in turns))
    wide, narrow = aggregate(FIRST, turns), aggregate(FIRST, alone)
    assert (wide.value, wide.n) == (narrow.value, narrow.n) == (0.5, 100)
    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_nothing_has_no_figure(measure):
    assert aggregate(measure, []) is None


def test_a_micro_share_weighs_every_citation_alike():
    name = "citation precision, micro"
    scores = [score(counts={name: (1, 1)}), score(id="r", counts={name: (0, 3)}), score(id="s")]
    found = aggregate(BY_NAME[name], scores)
    assert (found.value, found.n) == (0.25, 2)


def test_refusals_are_judged_both_ways():
    scores = [
        score(refused=True, answerable=False),
        score(refused=True),
        score(refused=False, answerable=False),
        score(refused=False),
        score(refused=False),
    ]
    names = ("refusal precision", "refusal recall", "refusal accuracy", "false refusals")
    assert [aggregate(BY_NAME[name], scores).value for name in names] == [0.5, 0.5, 0.6, pytest.approx(1 / 3)]
    assert aggregate(BY_NAME["refusal precision"], [score(refused=False)]) is None


def test_latency_is_reported_by_its_quantiles():
    scores = [score(id=f"q{n}", ms=float(n)) for n in range(100)]
    assert aggregate(BY_NAME["latency p95"], scores).value == 95.0
    assert aggregate(BY_NAME["cpu mean"], scores).value == pytest.approx(49.5)


@pytest.mark.parametrize(
    ("row", "expected"), [("all", 0.5), ("zh", 1.0), ("en", 0.0), ("kind direct", 0.5), ("zone 长沙", 1.0)]
)
def test_rows_by_language_kind_and_zone(row, expected):
    scores = [score(1.0, zone="长沙"), score(0.0, language="en")]
    assert tabulate(scores)[row]["first citation"].value == expected
