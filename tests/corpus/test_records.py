import json

from corpus_sources import shipped

from corpus.records import clause_row, document_row


def test_rows_are_those_of_the_batch_contract() -> None:
    corpus = shipped()
    row = json.loads(json.dumps(clause_row(corpus.clauses[0])))
    assert list(row) == ["id", "kind", "document", "title", "zone", "path", "label", "text", "spans"]
    assert row["spans"] == [[s.start, s.end] for s in corpus.clauses[0].spans]
    closing = next(d for d in corpus.documents if d.expires)
    document = json.loads(json.dumps(document_row(closing)))
    assert document["expires"] == str(closing.expires)
    assert {"id", "title", "zone", "issuer", "issued", "effective", "validity"} <= set(document)
