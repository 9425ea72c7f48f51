from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from embeddings.index import Index
from eval.baselines import CHUNK, CHUNKS, LENIENT, cut_chunks, run_baselines
from eval.scorers import Score
from eval.sets import QUESTIONS, Gold, load_golds


@pytest.fixture(scope="module")
def golds() -> list[Gold]:
    return load_golds([QUESTIONS / "dev" / "P-G1.jsonl"])


@pytest.fixture(scope="module")
def scores(golds: list[Gold], compendium_index: Path) -> dict[str, list[Score]]:
    return run_baselines(compendium_index, golds)


def mean(scores: list[Score], name: str, language: str = "zh") -> float:
    values = [s.values[name] for s in scores if name in s.values and s.gold.language == language]
    return sum(values) / len(values)


def test_every_system_answers_every_question(golds: list[Gold], scores: dict[str, list[Score]]) -> None:
    assert list(scores) == ["BM25 only", "dense only", CHUNKS, LENIENT]
    assert all([s.gold.id for s in held] == [gold.id for gold in golds] for held in scores.values())
    assert not any(score.refused for held in scores.values() for score in held)


def test_words_alone_find_chinese_clauses_and_no_english_ones(scores: dict[str, list[Score]]) -> None:
    assert mean(scores["BM25 only"], "R@5") > 0.7
    assert mean(scores["BM25 only"], "R@5", "en") < mean(scores["dense only"], "R@5", "en")


def test_a_chunk_is_no_clause_but_may_hold_the_quote(scores: dict[str, list[Score]]) -> None:
    assert mean(scores[CHUNKS], "first citation") == mean(scores[CHUNKS], "R@20") == 0.0
    assert mean(scores[LENIENT], "R@20") > 0.7
    assert mean(scores[CHUNKS], "points") == mean(scores[LENIENT], "points") > 0.2


def test_chunks_hold_the_whole_text_once_but_for_their_overlap(compendium_index: Path) -> None:
    index = Index.open(compendium_index)
    chunks = [chunk for chunk in cut_chunks(index) if chunk.document == "wuhan-2020-measures"]
    assert all(len(chunk.text) == CHUNK for chunk in chunks[:-1]) and len(chunks[-1].text) <= CHUNK
    for before, after in pairwise(chunks):
        assert before.text[-50:] == after.text[:50]
    joined = chunks[0].text + "".join(chunk.text[50:] for chunk in chunks[1:])
    for clause in index.clauses_of("wuhan-2020-measures"):
        assert clause.text in joined
