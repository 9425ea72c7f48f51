"""Every figure of every English summary stands in its clause, by value."""

import re

from corpus.collection import shipped_corpus
from corpus.text import parse_numeral
from rag.figures import figures


def values(text):
    return {figure.value for figure in figures(text)}


def years(text):
    return {float(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)}


def numerals(text):
    found = (parse_numeral(run) for run in re.findall("[一二三四五六七八九十百]+", text))
    return {float(value) for value in found if value is not None}


def magnitudes(text):
    """百亿级, 超亿元: a scale with no number before it says that very amount."""
    scales = {"亿": 1e8, "十亿": 1e9, "百亿": 1e10, "千亿": 1e11, "万亿": 1e12}
    return {scales[word] for word in re.findall(r"(?<![\d.])([十百千万]?亿)", text)}


def test_summaries_state_no_figure_that_the_clause_does_not():
    corpus = shipped_corpus()
    clauses = {clause.id: clause for clause in corpus.clauses}
    assert len(corpus.enrichment) > 1000
    wrong = []
    for entry in corpus.enrichment:
        clause = clauses[entry.id]
        above = clauses[clause.parent].text if clause.parent else ""
        source = "\n".join((clause.text, *clause.path, above, clause.title))
        stated = values(source) | years(source) | numerals(source) | magnitudes(source)
        if extra := values(entry.gist_en) - stated:
            wrong.append((entry.id, extra, entry.gist_en))
    assert not wrong
