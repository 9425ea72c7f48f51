"""Reads a source file of any format: what it is, is told by its content; its suffix is a hint."""

from __future__ import annotations

import re
from pathlib import Path

from corpus.errors import SourceError
from corpus.loaders.decoding import decode
from corpus.source import SourceText

SUFFIXES = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".pdf", ".jsonl"})
"""Suffixes of the files that are looked for in a folder."""

LARGEST_FILE = 64 * 2**20
"""Bytes."""

LONGEST_PARAGRAPH = 1_000_000
"""Characters: the longest statute without any line break has far fewer, and cutting one takes seconds."""

_FOREIGN = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old or password-protected Office file; save it as .docx without one",
    ),
    (b"{\\rtf", "a rich text file; save it as .docx"),
    (b"\x89PNG", "a picture, not a text"),
    (b"\xff\xd8\xff", "a picture, not a text"),
    (b"GIF8", "a picture, not a text"),
    (b"\x1f\x8b", "a compressed archive; unpack it first"),
    (b"Rar!", "a compressed archive; unpack it first"),
    (b"7z\xbc\xaf", "a compressed archive; unpack it first"),
    (b"\x7fELF", "a program, not a text"),
    (b"MZ\x90", "a program, not a text"),
)
_HTML_START = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S)
_HTML_TAG = re.compile(
    r"</?(?:html|body|head|div|p|br|h[1-6]|table|span|ul|ol|li|article|section)\b[^<>]*>", re.I
)


def read_source(path: Path) -> tuple[SourceText, ...]:
    """Reads one source file.

    Args:
        path: a ``.txt``, ``.md``, ``.html``, ``.docx``, ``.pdf`` or ``.jsonl`` file, or a text file of
            any other name.

    Returns:
        Its documents: one, or several from ``.jsonl``.

    Raises:
        SourceError: the file cannot be used; one line that says which and why.
    """
    sources = _read(read_file(path), path)
    if not any(source.blocks for source in sources):
        raise SourceError(f"{path.name}: holds no text")
    longest = max(block.end - block.start for source in sources for block in source.blocks)
    if longest > LONGEST_PARAGRAPH:
        raise SourceError(
            f"{path.name}: a paragraph of {longest:,} characters, more than {LONGEST_PARAGRAPH:,}; "
            "it is no policy text, or has lost its line breaks"
        )
    return sources


def read_file(path: Path) -> bytes:
    """The bytes of a source file.

    Args:
        path: any path.

    Raises:
        SourceError: it is no regular file, empty, larger than ``LARGEST_FILE``, or cannot be read.
    """
    try:
        if path.is_dir():
            raise SourceError(f"{path}: a folder, not a file")
        if not path.exists():
            raise SourceError(f"{path}: no such file")
        if not path.is_file():
            raise SourceError(f"{path}: not a regular file")
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise SourceError(f"{path.name}: {size / 2**20:.0f} MiB, more than {LARGEST_FILE >> 20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError:
        raise SourceError(f"{str(path)!r}: not a possible file name") from None
    if not data.strip():
        raise SourceError(f"{path.name}: the file is empty")
    return data


def _read(data: bytes, path: Path) -> tuple[SourceText, ...]:
    name, suffix = path.name, path.suffix.lower()
    if b"%PDF-" in data[:1024]:
        from corpus.loaders.pdf import read_pdf

        return read_pdf(data, name)
    if data.startswith(b"PK\x03\x04"):
        from corpus.loaders.word import read_word

        return read_word(data, name)
    for start, meaning in _FOREIGN:
        if data.startswith(start):
            raise SourceError(f"{name}: {meaning}")
    if suffix in (".pdf", ".docx"):
        raise SourceError(f"{name}: damaged, or not a {suffix} file")
    return _read_text(decode(data, name), name, suffix)


def _read_text(text: str, name: str, suffix: str) -> tuple[SourceText, ...]:
    from corpus.loaders.records import looks_like_records, read_records

    if suffix == ".jsonl" or looks_like_records(text):
        return read_records(text, name)
    if _HTML_START.match(text) or (suffix in (".html", ".htm", ".xhtml") and _HTML_TAG.search(text)):
        from corpus.loaders.web import read_web

        return read_web(text, name)
    if suffix in (".md", ".markdown"):
        from corpus.loaders.markdown import read_markdown

        return read_markdown(text, name)
    from corpus.loaders.plain import read_plain

    return read_plain(text, name)
