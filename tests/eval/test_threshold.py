from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from corpus.collection import shipped_corpus
from embeddings.encoder import Encoder
from embeddings.index import Index
from eval.fitting import area_under_curve, fit_logistic, fold_of, out_of_fold, predict
from eval.sets import QUESTIONS, Gold, load_golds
from eval.signals import Judged, describe_signals, read_both, read_signals
from eval.threshold import Fit, Point, choose, load_shipped, to_toml
from rag.engine import PolicyQA
from rag.refusal import Signals, answerability
from rag.types import Filters, Turn

FILES = [QUESTIONS / "dev" / name for name in ("P-G6.jsonl", "PR.jsonl", "PD.jsonl")]


def test_the_regression_finds_the_weights_that_made_the_labels() -> None:
    random = np.random.default_rng(7)
    signals = random.normal(size=(20_000, 2))
    chances = 1 / (1 + np.exp(-(2.0 * signals[:, 0] - 1.0 * signals[:, 1])))
    labels = (random.random(20_000) < chances).astype(float)
    assert fit_logistic(signals, labels) == pytest.approx([0.0, 2.0, -1.0], abs=0.1)


def test_rare_questions_weigh_as_much_as_frequent_ones() -> None:
    signals = np.array([[0.0]] * 90 + [[1.0]] * 10)
    labels = np.array([1.0] * 90 + [0.0] * 10)
    beta = fit_logistic(signals, labels)
    low, high = predict(beta, np.array([[0.0], [1.0]]))
    assert low > 0.5 > high and pytest.approx((low + high) / 2, abs=0.05) == 0.5


def test_a_signal_that_tells_all_apart_keeps_a_finite_weight() -> None:
    beta = fit_logistic(np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.isfinite(beta).all() and beta[1] > 0


def test_the_area_under_the_curve_counts_pairs() -> None:
    chances, labels = np.array([0.9, 0.6, 0.6, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    assert area_under_curve(chances, labels) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert np.isnan(area_under_curve(chances, np.ones(4)))


def test_no_fold_sees_its_own_questions() -> None:
    random = np.random.default_rng(1)
    signals, labels = random.normal(size=(200, 1)), (np.arange(200) % 2).astype(float)
    folds = [fold_of(f"q{n}") for n in range(200)]
    kept = np.array(folds) != 3
    assert out_of_fold(signals, labels, folds)[3] == pytest.approx(fit_logistic(signals[kept], labels[kept]))
    assert set(folds) == set(range(10))


def test_the_threshold_of_the_best_f1_is_chosen_and_of_equals_the_lowest() -> None:
    points = [Point(0.1, 1.0, 0.5, 0.0), Point(0.2, 0.9, 0.9, 0.01), Point(0.3, 0.9, 0.9, 0.01)]
    assert choose([*points, Point(0.4, 0.5, 1.0, 0.2)]).threshold == 0.2
    assert Point(0.1, 0.0, 0.0, 0.0).f1 == 0.0


def test_every_signal_is_explained() -> None:
    assert set(describe_signals()) == {field.name for field in fields(Signals)}
    assert "the words of its title" in describe_signals()["introduces"]


@pytest.fixture(scope="module")
def golds() -> list[Gold]:
    return load_golds(FILES)


def test_what_is_read_decides_as_the_product_does(golds: list[Gold], compendium_index: Path) -> None:
    encoder = Encoder.load()
    index = Index.open(compendium_index, encoder)
    engine, shipped, history = PolicyQA(index, encoder), load_shipped()["decision"], list[Turn]()
    for gold, row in zip(golds, read_signals(index, encoder, golds), strict=True):
        history = history if gold.follows else []
        answer = engine.ask(gold.question, history, Filters(as_of=date(2022, 1, 31)))
        history.append(Turn(gold.question, answer))
        refused = answerability(row.found) < shipped["threshold"] if row.found else row.refused
        assert refused == (answer.refusal is not None or bool(answer.reply)), gold.id


def test_a_fit_over_the_compendium_tells_answerable_questions_apart(golds: list[Gold]) -> None:
    golds = [gold for gold in golds if gold.dialogue == gold.id]
    fit = Fit(*read_both(shipped_corpus(), golds, Encoder.load(), lambda done, total: None), load_shipped())
    assert fit.area("enriched") > 0.8
    chosen = choose(fit.trace())
    assert chosen.recall > 0.5 and chosen.false_refusals < 0.1
    written = tomllib.loads(to_toml(fit, chosen))
    assert {name: set(table) for name, table in written.items()} == {
        name: set(table) for name, table in load_shipped().items()
    }
    assert written["enriched"]["coverage"] > 0 > written["enriched"]["elsewhere"]


def test_a_higher_threshold_never_refuses_less() -> None:
    def judged(n: int, answerable: bool) -> Judged:
        found = Signals(n / 100, 0.0, 0.0, 0.0, length=n / 100, dense=n / 100, enriched=True)
        gold = Gold(f"q{n}", "zh", "direct", "问", (("原文",),) if answerable else (), ())
        return Judged(gold, found, False)

    rows = [judged(n, answerable=n > 40) for n in range(100)]
    plain = [replace(row, found=row.found and replace(row.found, enriched=False)) for row in rows]
    points = Fit(rows, plain, load_shipped()).trace()
    recalls = [point.recall for point in points]
    assert recalls == sorted(recalls) and recalls[-1] == 1.0
    assert choose(points).f1 > 0.9
