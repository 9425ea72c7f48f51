from __future__ import annotations

import math
from pathlib import Path

import pytest

from embeddings.engines.sparse import WordTable, question_vectors, rarity, write_words
from embeddings.lexical import FIELDS, LexicalSearcher, write_lexical

ROWS = [
    {"text": ["补", "贴", "补"], "heading": ["奖"], "title": [], "asked": []},
    {"text": ["补"], "heading": [], "title": ["补"], "asked": []},
    {"text": [], "heading": [], "title": [], "asked": []},
    {"text": ["租", "金", "房", "屋", "补"], "heading": ["奖", "奖"], "title": ["补", "租"], "asked": []},
]
TERMS = [("补", 1.0), ("租", 0.5), ("奖", 2.0), ("无", 1.0), ("贴", 0.0)]
WEIGHTS = {"text": 1.0, "heading": 0.5, "title": 0.3, "asked": 1.0}


def test_the_product_of_the_vectors_is_the_bm25_score_of_tantivy(tmp_path: Path) -> None:
    averages, vectors = write_words(tmp_path / "words.npy", lambda: ROWS, None)
    assert averages == {"text": 9 / 4, "heading": 3 / 4, "title": 3 / 4, "asked": 0.0}
    table = WordTable.open(tmp_path / "words.npy", len(ROWS))
    (question,) = question_vectors([table], TERMS, WEIGHTS)
    scores = {
        row: sum(value * vector.get(number, 0.0) for number, value in question.items())
        for row, vector in enumerate(vectors)
    }
    write_lexical(tmp_path / "lexical", 1, ROWS)
    expected = LexicalSearcher([tmp_path / "lexical"], 0).search(TERMS, WEIGHTS, 10)
    assert {row for _, _, row in expected} == {0, 1, 3}
    assert scores.pop(2) == 0
    assert scores == pytest.approx({row: score for score, _, row in expected}, abs=2e-4)


def test_rarity_is_counted_over_all_segments(tmp_path: Path) -> None:
    tables = []
    for n, rows in enumerate([ROWS, ROWS[:1]]):
        list(write_words(tmp_path / f"{n}.npy", lambda rows=rows: rows, None)[1])
        tables.append(WordTable.open(tmp_path / f"{n}.npy", len(rows)))
    assert rarity(tables, "text", "补") == pytest.approx(math.log(1 + 1.5 / 4.5))
    assert rarity(tables, "text", "无") == pytest.approx(math.log(1 + 5.5 / 0.5))
    first, second = question_vectors(tables, [("租", 1.0)], {"text": 1.0})
    assert list(first.values()) == [pytest.approx(math.log(1 + 4.5 / 1.5))]
    assert second == {}


def test_a_segment_is_weighed_by_given_averages(tmp_path: Path) -> None:
    given = dict.fromkeys(FIELDS, 4.0)
    averages, vectors = write_words(tmp_path / "words.npy", lambda: ROWS[1:2], given)
    assert averages == given
    (vector,) = vectors
    assert list(vector.values()) == [pytest.approx(2.2 / (1 + 1.2 * (0.25 + 0.75 / 4)))] * 2


def test_a_passage_without_words_has_a_vector_that_no_question_meets(tmp_path: Path) -> None:
    _, vectors = write_words(tmp_path / "words.npy", lambda: ROWS[2:3], None)
    (vector,) = vectors
    table = WordTable.open(tmp_path / "words.npy", 1)
    assert len(vector) == 1
    assert table.number("text", "补") is None and table.having("text", "补") == 0
