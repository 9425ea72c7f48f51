import json
from pathlib import Path

import pytest
from corpus_sources import shipped

from corpus.errors import SourceError
from corpus.records import clause_row, document_row, dump_records, load_records
from corpus.types import Corpus, SkippedFile


def test_records_come_back_exactly(tmp_path: Path) -> None:
    whole = shipped()
    corpus = Corpus(whole.documents, whole.clauses, (SkippedFile("a.bin", "binary"),))
    dump_records(corpus, tmp_path / "new")
    assert load_records(tmp_path / "new") == corpus
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == [
        "clauses.jsonl",
        "documents.jsonl",
        "skipped.jsonl",
    ]


def test_rows_are_those_of_the_batch_contract() -> None:
    corpus = shipped()
    row = json.loads(json.dumps(clause_row(corpus.clauses[0])))
    assert list(row) == ["id", "kind", "document", "title", "zone", "path", "label", "text", "spans"]
    assert row["spans"] == [[s.start, s.end] for s in corpus.clauses[0].spans]
    closing = next(d for d in corpus.documents if d.expires)
    document = json.loads(json.dumps(document_row(closing)))
    assert document["expires"] == str(closing.expires)
    assert {"id", "title", "zone", "issuer", "issued", "effective", "validity"} <= set(document)


@pytest.mark.parametrize("text", ["{", "[]", '{"id": 1}', "\x00"])
def test_foreign_records_are_one_clear_error(tmp_path: Path, text: str) -> None:
    dump_records(Corpus(), tmp_path)
    (tmp_path / "clauses.jsonl").write_text(text, "utf-8")
    with pytest.raises(SourceError, match="cannot be read"):
        load_records(tmp_path)


def test_missing_records_are_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        load_records(tmp_path / "nowhere")
