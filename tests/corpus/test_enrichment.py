import json
from dataclasses import asdict, replace

import pytest

from corpus.collection import shipped_corpus
from corpus.enrichment import fit_enrichment, hash_text, load_enrichment, shipped_enrichment
from corpus.errors import SourceError
from corpus.types import Enrichment
from small_index import articles, document

POLICY = document("alpha", articles("alpha"))


def test_entries_are_read_as_they_stand(tmp_path):
    lines = [json.dumps(asdict(entry), ensure_ascii=False) for entry in POLICY.enrichment]
    (tmp_path / "alpha.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert load_enrichment(tmp_path) == POLICY.enrichment


def test_an_entry_for_other_words_is_stale():
    first, second, *rest = POLICY.clauses
    changed = (replace(first, text=first.text.replace("10", "20")), second, *rest[1:])
    fitting, stale = fit_enrichment(POLICY.enrichment, changed)
    assert set(stale) == {first.id, rest[0].id}
    assert second.id in fitting and first.id not in fitting


@pytest.mark.parametrize(
    ("other", "same"), [("给予 10 万元。", True), ("给予10万元", True), ("给予11万元", False)]
)
def test_spacing_and_punctuation_do_not_make_an_entry_stale(other, same):
    assert (hash_text("给予10万元。") == hash_text(other)) is same


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "a"}'])
def test_a_bad_line_is_named(tmp_path, line):
    (tmp_path / "alpha.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(SourceError, match=r"alpha\.jsonl line 1"):
        load_enrichment(tmp_path)


def test_every_shipped_entry_fits_its_clause_and_has_the_right_form():
    entries = shipped_enrichment()
    fitting, stale = fit_enrichment(entries, shipped_corpus().clauses)
    assert not stale
    assert len(fitting) == len(entries)
    for entry in entries:
        assert _well_formed(entry), entry.id


def _well_formed(entry: Enrichment) -> bool:
    texts = (entry.gist_en, *entry.questions_zh, *entry.questions_en, *entry.terms)
    sized = 1 <= len(entry.questions_zh) <= 12 and 1 <= len(entry.questions_en) <= 12
    return sized and all(text.strip() == text != "" and "\n" not in text for text in texts)
