"""Files that are damaged, hostile or not what they are called, as somebody may send them."""

from __future__ import annotations

import html
import io
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from random import Random
from urllib.parse import quote

from corpus.collection import shipped_corpus
from eval.bench.fuzz_questions import Sent
from eval.bench.fuzz_texts import INJECTIONS, odd_text
from eval.bench.small_pdf import pdf_of

UPLOADS = "api/v1/admin/drafts"
SUFFIXES = ("pdf", "docx", "html", "md", "txt")

_DOCUMENTS = 4  # of the compendium, each in every format
_MOST_LINES = 60
_LINES_A_PAGE = 30
_BOMB = 300 * 2**20
_HUGE = (20 * 2**20 + 1, 10**12, 10**30)
_NAMES = (
    "../../../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/cron.d/x",
    "a\x00b",
    "CON",
    "..",
    "",
    "-rf",
    "$(id)",
    "字" * 300,
    "\u202etxt.exe",
    "a\nb",
    "<img src=x onerror=alert(1)>",
    "'; DROP TABLE x; --",
    "%2e%2e%2f",
    "\ud800",
)
_PDF_WORDS = (
    b"/Kids /Count /Parent /Length /Contents /Resources /ToUnicode /Root /Size /W endobj stream xref"
).split()

Files = Mapping[str, Sequence[bytes]]
"""Sound files by their suffix."""


def sound_files() -> Files:
    """Documents of the compendium in every format, and a bomb under ``bomb``."""
    corpus = shipped_corpus()
    files: dict[str, list[bytes]] = {suffix: [] for suffix in SUFFIXES}
    for document in corpus.documents[:_DOCUMENTS]:
        texts = [clause.text for clause in corpus.clauses if clause.document == document.id]
        lines = [line for text in texts for line in text.split("\n") if line.strip()][:_MOST_LINES]
        title = document.title
        files["txt"].append("\n\n".join([title, *lines]).encode())
        files["md"].append("\n\n".join([f"# {title}", *lines, "| a | b |\n|---|---|\n| 1 | 2 |"]).encode())
        body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        page = f"<title>x</title><h1>{title}</h1>{body}<table><tr><td>1</table>"
        files["html"].append(f"<!doctype html><html>{page}</html>".encode())
        files["docx"].append(_word(title, lines))
        rows = [(0, line) for line in [title, *lines]]
        pages = [rows[k : k + _LINES_A_PAGE] for k in range(0, len(rows), _LINES_A_PAGE)]
        files["pdf"].append(pdf_of(pages))
    files["bomb"] = [_with_part(files["docx"][0], "word/media/a.xml", bytes(_BOMB))]
    return files


def _word(title: str, lines: Sequence[str]) -> bytes:
    import docx

    document = docx.Document()
    document.add_heading(title, 0)
    for line in lines:
        document.add_paragraph(line)
    document.add_table(2, 2).cell(0, 0).text = "1"
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _with_part(data: bytes, name: str, part: bytes) -> bytes:
    """An archive with one more part; it may have one of this name already."""
    held = io.BytesIO(data)
    with warnings.catch_warnings(), zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        archive.writestr(name, part)
    return held.getvalue()


def fuzzed_upload(rng: Random, files: Files, questions: Sequence[str]) -> Sent:
    """One file sent to be answered from.

    Args:
        rng: chooses.
        files: sound ones, which most are made of.
        questions: texts that some names are made of.
    """
    suffix = rng.choice(SUFFIXES)
    data = rng.choice(files[suffix])
    if rng.random() < 0.9:
        data = rng.choice(_CHANGES[suffix])(rng, data, files)
    if rng.random() < 0.1:
        suffix = rng.choice((*SUFFIXES, "jsonl", "exe", "PDF", "docx.txt", ""))
    name = f"政策.{suffix}"
    if rng.random() < 0.2:
        name = rng.choice((*_NAMES, odd_text(rng, questions)[:300], rng.choice(_NAMES) + f".{suffix}"))
    headers = {"Content-Type": "application/octet-stream"}
    if rng.random() < 0.01:
        headers["Content-Length"] = str(rng.choice(_HUGE))
        data = data[:100]
    query = f"?name={quote(name, safe='', errors='surrogatepass')}"
    return Sent(f"upload {suffix[:4] or '-'}", "POST", UPLOADS + query, data, headers)


def _flipped(rng: Random, data: bytes, _: Files) -> bytes:
    changed = bytearray(data)
    for _turn in range(rng.choice((1, 5, 50, 1_000))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(rng: Random, data: bytes, _: Files) -> bytes:
    return data[: rng.randrange(len(data))]


def _spliced(rng: Random, data: bytes, files: Files) -> bytes:
    other = rng.choice(files[rng.choice(SUFFIXES)])
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def _repeated(rng: Random, data: bytes, _: Files) -> bytes:
    start = rng.randrange(len(data))
    part = data[start : start + rng.choice((1, 20, 500))]
    return data[:start] + part * rng.choice((2, 100, 5_000)) + data[start:]


def _noise(rng: Random, data: bytes, _: Files) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + rng.randbytes(rng.choice((1, 100, 20_000))) + data[place:]


def _nothing(rng: Random, _data: bytes, _: Files) -> bytes:
    return rng.choice(
        (
            b"",
            b" \n\t",
            b"\0" * 5_000,
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"MZ\x90\0",
            b"PK\x03\x04",
            b"%PDF-1.7\n",
        )
    )


def _nested(rng: Random, data: bytes, _: Files) -> bytes:
    unit = rng.choice(
        (b"<div>", b"<table><tr><td>", b"<ul><li>", b"> ", b"- ", b"[", b"**", b"<!--", b"<a href='", b"&#")
    )
    return unit * rng.choice((100, 5_000, 200_000)) + data


def _worded(rng: Random, data: bytes, _: Files) -> bytes:
    """A text with odd words in it."""
    words = rng.choice((odd_text(rng, [data.decode()[:200]]), rng.choice(INJECTIONS)))
    place = rng.randrange(len(data))
    return data[:place] + words.encode("utf-8", "surrogatepass") * rng.choice((1, 3)) + data[place:]


def _encoded(rng: Random, data: bytes, _: Files) -> bytes:
    encoding = rng.choice(("utf-16", "utf-16-le", "gb18030", "big5", "utf-32", "utf-7"))
    return data.decode().encode(encoding, "replace")


def _number_changed(rng: Random, data: bytes, _: Files) -> bytes:
    """A PDF whose numbers or words say something else."""
    for _turn in range(rng.choice((1, 3, 20))):
        word = rng.choice(_PDF_WORDS)
        found = [k for k in range(len(data)) if data.startswith(word, k)]
        if found:
            place = rng.choice(found)
            fresh = rng.choice(
                (*_PDF_WORDS, b"-1", b"99999999999", b"null", b"<<", b"[", b"(", word + b" 9999999 ")
            )
            data = data[:place] + fresh + data[place + len(word) :]
    return data


def _part_changed(rng: Random, data: bytes, files: Files) -> bytes:
    """A Word file, sound as an archive, with one part changed."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = rng.choice(("word/document.xml", rng.choice(names)))
        for name in names:
            part = old.read(name)
            if name == chosen:
                part = rng.choice((_flipped, _cut, _repeated, _noise, _tagged))(rng, part, files)
            new.writestr(name, part)
    return held.getvalue()


def _tagged(rng: Random, data: bytes, _: Files) -> bytes:
    """XML with tags lost, doubled or nested."""
    parts = data.split(b"<")
    start = rng.randrange(len(parts))
    part = parts[start : start + rng.choice((1, 10))]
    repeated = part * rng.choice((0, 2, 3_000))
    return b"<".join(parts[:start] + repeated + parts[start + len(part) :])


def _archive(rng: Random, data: bytes, files: Files) -> bytes:
    """A Word file that holds what none should."""
    if rng.random() < 0.1:
        return files["bomb"][0]
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 500 + b'">]><x>&b;</x>'
    return _with_part(
        data,
        rng.choice(
            (
                "../../../tmp/policyqa-fuzz",
                "/tmp/policyqa-fuzz",
                "word/document.xml",
                "word/styles.xml",
                "a" * 60_000,
            )
        ),
        rng.choice((laughs, b"", b"x" * 100_000, bytes(2**20))),
    )


_Change = Callable[[Random, bytes, Files], bytes]
_ANY: tuple[_Change, ...] = (_flipped, _cut, _spliced, _repeated, _noise, _nothing)
_TEXT: tuple[_Change, ...] = (*_ANY, _nested, _worded, _worded, _encoded)
_CHANGES: Mapping[str, tuple[_Change, ...]] = {
    "txt": _TEXT,
    "md": _TEXT,
    "html": _TEXT,
    "pdf": (*_ANY, *[_number_changed] * 4),
    "docx": (*_ANY, *[_part_changed] * 6, _archive),
}
