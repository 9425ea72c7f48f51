from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import PolicyQAError
from corpus.passages import split_passages
from corpus.types import (
    Clause,
    ClauseKind,
    Contact,
    Document,
    Number,
    Passage,
    Reference,
    Span,
)
from embeddings.parts import Parts, embed
from embeddings.records import dump_lines, load_lines
from embeddings.segment import read_documents, read_segment, segment_folder, verify_segment, write_segment
from small_index import WordEncoder, collection

CLAUSE = Clause(
    id="x/3/2/p4",
    kind=ClauseKind.PARAGRAPH,
    document="x",
    title='关于"引号"与\u2028分隔\n的政策',
    zone="",
    number=Number("条", 3, 1),
    path=("第三条之一 标题", "（二）"),
    marks=("第三条之一", "（二）"),
    heading="标题",
    text="第一段。\n第二段\t{json} \\n ，\x85，\ud800 末。",
    spans=(Span(1, 2), Span(5, 9)),
    parent="x/3/2",
    responsible=("市科技局", "市财政局"),
    contacts=(Contact("科技局", "027-1"), Contact("财政局")),
    references=(Reference("第六条", "x/6"), Reference("《某办法》")),
)
DOCUMENT = Document(
    id="x",
    title="题",
    zone="区",
    position=3,
    issued=date(2020, 9, 17),
    expires=date(2023, 1, 1),
    validity="三年",
)


@pytest.mark.parametrize(
    "records",
    [
        [CLAUSE, Clause("y", ClauseKind.TEXT, "x", "", "", None, (), (), "", "", ())],
        [DOCUMENT, Document("y", "无日期")],
        [Passage(2**63 - 1, "x/1", "text"), Passage(0, "x/1", "later", 7, "区\n题")],
        [],
    ],
)
def test_records_survive_as_lines(records: list[object]) -> None:
    data = dump_lines(records)
    assert data.count(b"\n") == len(records)
    assert load_lines(data, type(records[0]) if records else Clause) == records


def test_fields_of_a_later_version_are_left_out() -> None:
    line = b'{"id":"x","title":"t","mood":"sunny"}\n'
    assert load_lines(line, Document) == [Document("x", "t")]


@pytest.mark.parametrize(
    "line", [b"{", b"[]\n", b'{"title":"no id"}\n', b'{"id":"x","title":"t","issued":3}\n']
)
def test_lines_that_are_no_records_are_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        load_lines(line, Document)


def test_a_segment_is_read_without_what_was_removed(tmp_path: Path) -> None:
    corpus = collection()
    parts = Parts(corpus.documents, corpus.clauses, split_passages(corpus.clauses))
    content, embedded = embed(parts, WordEncoder(), [], None)
    assert embedded == 24
    info = write_segment(tmp_path, 12, content)
    assert segment_folder(tmp_path, info).name == "000012"
    assert verify_segment(tmp_path, info) == []
    whole = read_segment(tmp_path, info)
    assert (whole.documents, whole.clauses) == (list(corpus.documents), list(corpus.clauses))
    assert whole.passages == parts.passages
    np.testing.assert_array_equal(whole.content().vectors, content.vectors)

    thinned = read_segment(tmp_path, info.without(["beta"]))
    assert {clause.document for clause in thinned.clauses} == {"alpha", "gamma"}
    assert [row is None for row in thinned.rows] == [False] * 8 + [True] * 8 + [False] * 8
    np.testing.assert_array_equal(thinned.content().vectors, np.delete(content.vectors, range(8, 16), axis=0))
    _, found = thinned.store.search(content.vectors[9], 24)
    assert set(found.tolist()) == {passage.id for passage in thinned.passages}


def test_unchanged_passages_are_not_embedded_again(tmp_path: Path) -> None:
    corpus = collection()
    parts = Parts(corpus.documents, corpus.clauses, split_passages(corpus.clauses))
    content, _ = embed(parts, WordEncoder(), [], None)
    segment = read_segment(tmp_path, write_segment(tmp_path, 1, content))
    encoder = WordEncoder()
    again, embedded = embed(parts, encoder, [segment.content()], None)
    assert embedded == encoder.encoded == 0
    np.testing.assert_array_equal(again.vectors, content.vectors)


def test_one_document_is_read_without_the_others(tmp_path: Path) -> None:
    corpus = collection()
    names = ["gamma", "alpha", "beta"]
    # However they come, what belongs to a document is written together.
    clauses = [c for n in range(8) for c in corpus.clauses[n::8]]
    documents = [d for name in names for d in corpus.documents if d.id == name]
    parts = Parts(documents, clauses, split_passages(clauses), corpus.enrichment)
    content, _ = embed(parts, WordEncoder(), [], None)
    info = write_segment(tmp_path, 1, content)
    vector = dict(zip((p.id for p in content.passages), content.vectors, strict=True))
    found = read_documents(tmp_path, info, {"alpha", "beta", "unknown"})
    assert [d.id for d in found.documents] == ["alpha", "beta"]
    assert list(found.clauses) == list(corpus.clauses[:16])
    assert list(found.enrichment) == list(corpus.enrichment[:16])
    assert {p.clause for p in found.passages} == {c.id for c in corpus.clauses[:16]}
    np.testing.assert_array_equal(found.vectors, [vector[p.id] for p in found.passages])
    wordings = [w for entry in found.enrichment for w in entry.wordings]
    np.testing.assert_allclose(found.wordings, WordEncoder().encode_query(wordings), atol=1e-6)
    assert [d.id for d in read_documents(tmp_path, info.without(["beta"]), {"beta", "gamma"}).documents] == [
        "gamma"
    ]
    assert read_segment(tmp_path, info).content().documents == documents

    path = segment_folder(tmp_path, info) / "clauses.jsonl"
    path.write_bytes(path.read_bytes().replace("alpha的".encode(), "alphb的".encode()))
    assert read_documents(tmp_path, info, {"gamma"}).documents == documents[:1]
    with pytest.raises(PolicyQAError, match="checksum"):
        read_documents(tmp_path, info, {"alpha"})
