from __future__ import annotations

from dataclasses import replace

import pytest

from corpus.collection import load_sources
from corpus.enrichment import hash_text
from corpus.types import Corpus, Enrichment
from eval.bench.ablation import STEPS, Row, ablate, chosen_weights, single_questions, table
from eval.sets import Gold
from rag.ranking import load_weights

TEXT = """长沙市人工智能若干政策

第一条 对新建的孵化器，给予最高100万元的补助。
第二条 对企业贷款给予贴息，每年最高50万元。
第三条 本政策自2021年1月1日起施行。
"""


def gold(gold_id: str, language: str, question: str, quote: str) -> Gold:
    return Gold(gold_id, language, "direct", question, ((quote,),) if quote else (), ())


GOLDS = (
    gold("zh", "zh", "孵化器补多少", "给予最高100万元的补助"),
    gold("en", "en", "How much is the interest subsidy?", "每年最高50万元"),
    gold("odd", "zh", "鹦鹉怎么领钱", "每年最高50万元"),
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    source = tmp_path_factory.mktemp("source") / "policy.txt"
    source.write_text(TEXT, encoding="utf-8")
    corpus = load_sources([source])
    (clause,) = [c for c in corpus.clauses if "贴息" in c.text]
    entry = Enrichment(clause.id, hash_text(clause.text), "Parrots.", ("鹦鹉怎么领钱",), (), ())
    return replace(corpus, enrichment=(entry,))


@pytest.fixture(scope="module")
def rows(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    return {row.step.name: row for row in ablate(corpus, GOLDS, tmp_path_factory.mktemp("indexes"))}


def test_each_step_is_measured(rows: dict[str, Row]) -> None:
    assert list(rows) == [step.name for step in STEPS]
    assert all(row.milliseconds > 0 for row in rows.values())


def test_only_the_glossary_brings_an_english_question_to_a_chinese_clause(rows: dict[str, Row]) -> None:
    assert rows["+ glossary"].recall["en", "R@1"] == 1.0
    assert rows["+ zone"].recall["en", "R@1"] < 1.0


def test_only_enrichment_finds_what_no_text_says(rows: dict[str, Row]) -> None:
    assert rows["+ enrichment"].recall["zh", "R@1"] == 1.0
    assert rows["+ dense"].recall["zh", "R@1"] == rows["BM25"].recall["zh", "R@1"] == 0.5


def test_a_step_uses_the_shipped_weights_that_it_names_and_no_others() -> None:
    weights, shipped = chosen_weights(frozenset({"k1", "dense"})), load_weights()
    assert (weights.k1, weights.dense) == (shipped.k1, shipped.dense)
    assert weights.match == weights.asked == weights.place == 0.0
    assert chosen_weights(STEPS[-2].weights).asked == shipped.asked


def test_dialogues_and_questions_without_an_answer_are_left_out() -> None:
    others = (gold("d#1", "zh", "孵化器呢", "补助"), gold("none", "zh", "天气", ""))
    assert single_questions((*GOLDS, *others)) == list(GOLDS)


def test_the_table_says_how_many_questions_it_rests_on(rows: dict[str, Row]) -> None:
    lines = table(list(rows.values()), GOLDS)
    assert "zh R@1 (n=2)" in lines[0] and "en R@5 (n=1)" in lines[0]
    assert len({line.count("|") for line in lines}) == 1
    assert len(lines) == len(STEPS) + 2
