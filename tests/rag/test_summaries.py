"""Every figure of every English summary stands in its clause, by value."""

import pytest
from policies import COLLECTION, Collection

from corpus.collection import shipped_corpus
from rag.summaries import foreign_figures


def test_no_shipped_summary_states_a_figure_that_the_clause_does_not():
    corpus = shipped_corpus()
    source = Collection(corpus.documents, corpus.clauses)
    assert len(corpus.enrichment) > 1000
    wrong = {
        entry.id: found
        for entry in corpus.enrichment
        if (found := foreign_figures(entry.gist_en, source, source.clauses[entry.id]))
    }
    assert not wrong


@pytest.mark.parametrize(
    ("summary", "foreign"),
    [
        ("Covers 20% of R&D spending, up to RMB 5 million.", ()),
        ("Covers 30% of R&D spending, up to RMB 5 million.", ("30%",)),
        ("RMB 5 million, not RMB 50 million.", ("50 million",)),
        ("From 2025 on.", ("2025",)),
        ("Article 3 pays twenty percent.", ()),
    ],
)
def test_figures_are_compared_by_value(summary, foreign):
    assert foreign_figures(summary, COLLECTION, COLLECTION.clauses["north-measures/3"]) == foreign
