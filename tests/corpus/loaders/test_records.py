"""Reading JSON lines."""

from __future__ import annotations

import json

import pytest

from corpus.errors import SourceError
from corpus.loaders.records import looks_like_records, read_records


def _lines(*records: object) -> str:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records)


def test_one_document_a_line() -> None:
    text = _lines(
        {
            "id": "law-1",
            "title": " 某市\n办法 ",
            "text": "第一条 甲\n\n第二条 乙",
            "zone": "某市",
            "year": 2021,
        },
        {"id": 7, "text": "正文\u2028仍是正文"},
    )
    first, second = read_records(f"{text}\n\n", "a.jsonl")
    assert (first.id, first.title, first.metadata) == ("law-1", "某市 办法", (("zone", "某市"),))
    assert [first.text[b.start : b.end] for b in first.blocks] == ["第一条 甲", "第二条 乙"]
    assert (second.id, second.title, second.name) == ("7", "", "a.jsonl")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ("[1, 2]", "line 2: not an object"),
        ('{"title": "x"}', 'line 2: the field "text"'),
        ('{"text": ["x"]}', 'line 2: the field "text"'),
        ('{"text": "  "}', "line 2: .* empty"),
        ('{"text": "x", "title": 3}', 'line 2: the field "title"'),
        ('{"text": "x", "id": [1]}', 'line 2: the field "id"'),
        ('{"text": "x", "id": "a\\nb"}', 'line 2: the field "id"'),
        ('{"text": "x", "id": "first"}', "line 2: the id 'first' stands in line 1"),
        ("[" * 100_000, "line 2: "),
        ('{"text": ' + "9" * 5000 + "}", "line 2: "),
    ],
)
def test_a_bad_line_is_named(line: str, said: str) -> None:
    text = _lines({"id": "first", "text": "第一条 甲"}) + f"\n{line}\n"
    with pytest.raises(SourceError, match=said) as caught:
        read_records(text, "a.jsonl")
    assert "\n" not in str(caught.value)


def test_lone_surrogates_do_not_survive() -> None:
    (source,) = read_records('{"text": "第一条 \\ud800甲"}', "a.jsonl")
    assert source.text.encode() == "第一条 \ufffd甲".encode()


def test_a_text_that_only_begins_like_json_is_none() -> None:
    assert not looks_like_records('{"a": 1}\n')
    assert not looks_like_records("{第一条}\n")
    assert looks_like_records('\n{"text": "x"}\n')
