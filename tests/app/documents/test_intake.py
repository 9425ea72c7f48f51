"""Files of strangers: read apart, within limits, refused in one line."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.documents.intake import LARGEST_UPLOAD, take_in
from app.documents.names import SUFFIXES, safe_name
from app.documents.remarks import remarks_on, texts_by_document
from app.i18n import messages
from corpus.errors import SourceError
from corpus.types import ClauseKind
from eval.bench.small_pdf import pdf_of

POLICY = (
    "东海市支持养蜂若干政策\n\n第一条 对新建蜂场，给予最高50万元补助。\n\n第二条 本政策由市农业局负责解释。\n"
)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)
KIND = "application/vnd.openxmlformats"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="{KIND}-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" '
    f'ContentType="{KIND}-officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def word(body: str, more: Mapping[str, bytes] | None = None, prolog: str = "") -> bytes:
    held = io.BytesIO()
    document = f'{prolog}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    parts = {"[Content_Types].xml": TYPES, "_rels/.rels": RELS, "word/document.xml": document} | (more or {})
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return held.getvalue()


def paragraphs(text: str) -> str:
    return "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.split("\n") if line)


LINES = POLICY.strip().split("\n\n")
GOOD = {
    "养蜂.txt": POLICY.encode(),
    "gb.txt": POLICY.encode("gb18030"),
    "a.md": ("# " + POLICY).encode(),
    "a.html": ("<html><h1>" + "</h1><p>".join(LINES[:2]) + f"</p><p>{LINES[2]}</p>").encode(),
    "a.docx": word(paragraphs(POLICY)),
    "a.pdf": pdf_of([[(0, line) for line in LINES]]),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_format_gives_its_articles(name: str) -> None:
    upload = take_in(GOOD[name], f"../../tmp/{name}")
    assert upload.name == name and [d.title for d in upload.corpus.documents] == [LINES[0]]
    texts = [clause.text for clause in upload.corpus.clauses if clause.kind is ClauseKind.ARTICLE]
    assert texts[0] == LINES[1]
    assert upload.corpus.documents[0].source == name


BOMB = word("<w:p/>", {"word/media/a.xml": b"\0" * (300 * 2**20)})
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {y} "{f"&{x};" * 20}">' for x, y in zip("abcdefg", "bcdefgh", strict=True))
    + "]>"
)
BAD = {
    "scan.pdf": (pdf_of([[], [], []]), "probably scanned"),
    "empty.txt": (b" \n ", "empty"),
    "tool.exe": (b"MZ\x90\0", "not one of"),
    "tool.txt": (b"MZ\x90\0abc", "a program"),
    "picture.pdf": (b"\x89PNG....", "a picture"),
    "text.docx": (POLICY.encode(), "not a .docx file"),
    "broken.pdf": (b"%PDF-1.7\n1 0 obj <<", "damaged PDF"),
    "broken.docx": (b"PK\x03\x04" + b"\0" * 100, "damaged"),
    "bomb.docx": (BOMB, "when unpacked"),
    "laughs.docx": (word("<w:p><w:r><w:t>&h;</w:t></w:r></w:p>", prolog=LAUGHS), "damaged Word"),
    "records.txt": (b'{"id": "wuhan-2020-measures", "title": "x", "text": "y"}\n', "records"),
    "large.txt": (b"a" * (LARGEST_UPLOAD + 1), "MiB"),
    "line.txt": (("字" * 1_500_000).encode(), "a paragraph of"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_is_told_in_one_line(name: str) -> None:
    data, reason = BAD[name]
    with pytest.raises(SourceError, match=reason) as told:
        take_in(data, name)
    assert str(told.value).startswith(f"{name}: ") and "\n" not in str(told.value)
    assert "/tmp" not in str(told.value) and "Traceback" not in str(told.value)


def test_time_and_memory_are_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The limits are the process's own: a parser that is taken over cannot lift them."""
    import subprocess
    import sys

    greedy = {
        "memory": "x = bytearray(4 * 2**30)",
        "output": "import sys; [sys.stdout.buffer.write(bytes(2**20)) for _ in range(200)]",
        "lift": "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))",
    }
    for name, code in greedy.items():
        program = f"from app.documents.reader import limit_process; limit_process(); {code}"
        with (tmp_path / name).open("wb") as out:
            ended = subprocess.run(
                [sys.executable, "-c", program], stdout=out, stderr=subprocess.DEVNULL, check=False
            )
        assert ended.returncode != 0, name
    assert (tmp_path / "output").stat().st_size <= 128 * 2**20

    import app.documents.intake as intake

    monkeypatch.setattr(intake, "_WAIT", 0.01)
    began = time.monotonic()
    with pytest.raises(SourceError, match="longer than"):
        take_in(POLICY.encode(), "a.txt")
    assert time.monotonic() - began < 30


def test_secrets_do_not_reach_the_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import subprocess

    seen: list[dict[str, str]] = []
    run = subprocess.run

    def noting(*arguments, **options):
        seen.append(options["env"])
        return run(*arguments, **options)

    monkeypatch.setenv("POLICYQA_MODEL_KEY", "secret")
    monkeypatch.setattr(subprocess, "run", noting)
    take_in(POLICY.encode(), "a.txt")
    assert seen and "secret" not in str(seen)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\政策.docx", "政策.docx"),
        ("a\x00b\n\u202etxt.exe.md", "abtxt.exe.md"),
        (".hidden.txt", "hidden.txt"),
        ("...", "document"),
        ("", "document"),
        ("<img src=x>.txt", "<img src=x>.txt"),
        ("字" * 300 + ".txt", "字" * 65 + ".txt"),
        ("\ud800.txt", "?.txt"),
    ],
)
def test_names_cannot_leave_a_folder_or_hide(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


def test_duplicates_and_texts_without_articles_are_told() -> None:
    first, again = take_in(POLICY.encode(), "a.txt").corpus, take_in(POLICY.encode(), "b.md").corpus
    renamed = take_in(POLICY.replace("若干政策", "办法").encode(), "c.txt").corpus
    changed = take_in(POLICY.replace("新建蜂场，给予最高50", "迁建蜂箱，给予每年3").encode(), "d.txt").corpus
    plain = take_in("东海市养蜂情况\n\n今年蜂蜜产量很好。\n\n明年也会很好的。".encode(), "e.txt").corpus
    documents = {d.id: d for d in first.documents}
    texts = texts_by_document(first.clauses)

    def kinds(corpus):
        return [remark.kind for remark in remarks_on(corpus, documents, texts)]

    assert kinds(again)[0] == kinds(renamed)[0] == "duplicate"
    assert kinds(changed)[0] == "same_title" and kinds(plain)[0] == "no_articles"
    for language in ("zh", "en"):
        for remark in remarks_on(again, documents, texts):
            assert "东海市支持养蜂若干政策" in remark.told(messages(language))


def test_the_suffixes_are_those_that_are_read() -> None:
    from corpus.loaders import SUFFIXES as READ

    assert set(SUFFIXES) == READ - {".jsonl"}
