"""Reading source files: formats by content, and files that cannot be used."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.loaders import read_source, reading
from corpus.source import SourceText
from shared import shared_path

_TEXT = "某市办法\n\n第一条 为了支持企业，制定本办法。\r\n  第二条 最高奖励500万元。\n"


def _texts(source: SourceText) -> list[str]:
    return [source.text[b.start : b.end] for b in source.blocks]


def _write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_files(tmp_path: Path, encoding: str) -> None:
    (source,) = read_source(_write(tmp_path, "a.txt", _TEXT.encode(encoding)))
    assert (source.name, source.text) == ("a.txt", _TEXT)
    assert _texts(source) == ["某市办法", "第一条 为了支持企业，制定本办法。", "第二条 最高奖励500万元。"]


def test_the_compendium_is_read_character_by_character() -> None:
    path = shared_path("corpus/ai-policy-compendium-2022-01.txt")
    (source,) = read_source(path)
    assert source.text == path.read_bytes().decode()


def test_invisible_characters_are_taken_out(tmp_path: Path) -> None:
    (source,) = read_source(_write(tmp_path, "a.txt", "第\u200b一条 办\u202e法\x07。"))
    assert source.text == "第一条 办法 。"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("page.txt", "<!DOCTYPE html><html><body><h1>办法</h1><p>第一条 甲</p></body></html>", "heading"),
        ("page.md", "<html><body><h1>办法</h1></body></html>", "heading"),
        ("plain.html", "某市办法\n第一条 甲", "line"),
        ("notes.md", "# 办法\n\n第一条 甲", "heading"),
        ("notes.unknown", "某市办法\n第一条 甲", "line"),
        ("records.txt", '{"id": "a", "text": "第一条 甲"}\n', "line"),
    ],
)
def test_the_content_tells_the_format(tmp_path: Path, name: str, content: str, kind: str) -> None:
    (source,) = read_source(_write(tmp_path, name, content))
    assert source.blocks[0].kind == kind
    assert "<" not in "".join(_texts(source))


def _zip(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\n", "empty"),
        ("a.md", b"<!-- nothing -->\n---\n", "holds no text"),
        ("a.html", b"<html><body><script>x</script></body></html>", "holds no text"),
        ("a.jsonl", b"\n\n", "empty"),
        ("a.pdf", b"not a pdf at all", "not a .pdf"),
        ("a.docx", b"not a word file", "not a .docx"),
        ("a.docx", _zip(a="x"), "not a Word text"),
        ("a.docx", _zip(word__document="<w/>")[:60], "damaged"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old or password-protected"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(200), "picture"),
        ("a.rtf", rb"{\rtf1 abc}", "rich text"),
        ("a.txt", bytes(range(256)) * 4, "binary"),
        ("a.txt", b"\xff\xff\xfe\x80" * 20, "UTF-8"),
    ],
)
def test_unusable_files_are_refused_in_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        read_source(_write(tmp_path, name, content))
    assert "\n" not in str(caught.value) and name in str(caught.value)


@pytest.mark.parametrize("name", ["missing.txt", "x" * 300 + ".txt", "a\0b.txt"])
def test_files_that_are_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_source(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a folder"):
        read_source(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(SourceError, match="not a regular file"):
        read_source(tmp_path / "pipe.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.txt", _TEXT)
    path.chmod(0)
    with pytest.raises(SourceError, match="cannot be read"):
        read_source(path)


def test_an_enormous_file_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(reading.LARGEST_FILE + 1)
    with pytest.raises(SourceError, match="more than 64 MiB"):
        read_source(path)


@pytest.mark.parametrize("name", ["long.txt", "long.md", "long.jsonl"])
def test_an_endless_paragraph_is_refused(tmp_path: Path, name: str) -> None:
    text = "字" * (reading.LONGEST_PARAGRAPH + 1)
    body = json.dumps({"id": "a", "title": "办法", "text": text}) if name.endswith("jsonl") else text
    with pytest.raises(SourceError, match=r"a paragraph of 1,000,001 characters"):
        read_source(_write(tmp_path, name, body))
