from __future__ import annotations

from pathlib import Path

import pytest

from embeddings.lexical import LexicalSearcher, write_lexical

FIELDS = {"text": 1.0, "title": 0.5}
COMMON, RARE, NAMED = ("common", 1.0), ("rare", 1.0), ("named", 1.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """100 passages with a common word; one has a rare word too, ten have it in their title."""
    rows = [
        {"text": ["common", "rare"] if row == 70 else ["common"], "title": ["named"] if row < 10 else []}
        for row in range(100)
    ]
    write_lexical(tmp_path / "lexical", 3, rows)
    return tmp_path / "lexical"


def test_words_that_say_least_for_their_cost_are_left_out_beyond_the_budget(folder: Path) -> None:
    terms = [COMMON, RARE, NAMED]
    everything = LexicalSearcher([folder], 0).search(terms, FIELDS, 200)
    assert len(everything) == 100 and everything[0][1:] == (3, 70)
    within = LexicalSearcher([folder], 0, postings=11).search(terms, FIELDS, 200)
    assert [row for _, _, row in within] == [70, *range(10)]
    assert [row for _, _, row in LexicalSearcher([folder], 0, postings=10).search(terms, FIELDS, 200)] == [70]


def test_the_word_that_says_most_is_looked_for_whatever_it_costs(folder: Path) -> None:
    searcher = LexicalSearcher([folder], 0, postings=5)
    assert len(searcher.search([COMMON], FIELDS, 200)) == 100
    assert [row for _, _, row in searcher.search([COMMON, NAMED], FIELDS, 200)] == list(range(10))


def test_a_budget_that_suffices_changes_no_score(folder: Path) -> None:
    terms = [COMMON, RARE, NAMED]
    exact = LexicalSearcher([folder], 0, postings=10**9).search(terms, FIELDS, 5)
    assert LexicalSearcher([folder], 0, postings=111).search(terms, FIELDS, 5) == exact
