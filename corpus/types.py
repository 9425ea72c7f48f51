"""The records of the policy texts: documents, clauses, passages.

Everything here is immutable. A clause's text is the source's own words; labels are computed from the
records and never typed by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class ClauseKind(StrEnum):
    """What sort of unit a clause is."""

    CHAPTER = "chapter"  # 第一章, 第一节, 第一编: a heading above articles
    ARTICLE = "article"  # 第五条
    ITEM = "item"  # 一、 （一） 1. （1） ①
    DASH = "dash"  # ——先行先试。…
    BOX = "box"  # 专栏 3
    TABLE = "table"  # a table or a figure's text, kept whole
    PREAMBLE = "preamble"  # unnumbered text before the first numbered unit
    NOTICE = "notice"  # the notice that a document was issued with
    CLOSING = "closing"  # unnumbered provisions after the last unit: 施行, 有效期, 解释
    TEXT = "text"  # a heading or text without any number (plain documents)
    PARAGRAPH = "paragraph"  # one paragraph of a clause that has several


class Validity(StrEnum):
    """Whether a document is in force on a given date."""

    IN_FORCE = "in force"
    NOT_YET = "not yet in force"
    EXPIRED = "expired"
    NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Number:
    """A clause's parsed number.

    Attributes:
        style: how it is written: 章 节 编 条 一、 （一） 1. （1） ① 专栏 —— 段.
        value: its value; for —— and unnumbered units the position among its siblings, from 1.
        suffix: 1 for 之一, 2 for 之二; 0 where there is none.
    """

    style: str
    value: int
    suffix: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Character offsets ``[start, end)`` in the decoded source file."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Contact:
    """An office to ask, as a clause states it."""

    office: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention of another clause or document inside a clause.

    Attributes:
        text: the words of the mention, such as 第六条 or 《…若干政策》第四条.
        target: id of the clause or document meant; empty where it is not in the collection.
    """

    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    r"""One numbered unit with its own text, before its first numbered child.

    Attributes:
        id: stable and readable: document id + number path, such as ``wuhan-2020-measures/5`` or
            ``…/3/2/p4`` for a paragraph unit.
        kind: what sort of unit it is.
        document: id of its document.
        title: the document's title, for labels.
        zone: the document's zone; empty where the document belongs to none.
        number: its parsed number, or None for unnumbered units.
        path: the headings from the top level down to and including this unit, as short labels such as
            ``二、主要任务`` or ``第六条 对新建立的…项目``.
        marks: the bare number labels of the same levels, such as ``("三、", "（二）", "第4段")``; those of a
            box begin at the box: ``("专栏3", "第2项")``.
        heading: its own heading words without the number; empty where it has none.
        text: the source's exact words with page-break damage mended; paragraphs joined by ``\n``.
        spans: where the text stands in the source file.
        parent: id of the unit above; empty at the top. A paragraph unit's parent is its clause.
        responsible: offices named in a 责任单位 bracket.
        contacts: offices and telephone numbers to ask.
        references: clauses and documents it mentions.
    """

    id: str
    kind: ClauseKind
    document: str
    title: str
    zone: str
    number: Number | None
    path: tuple[str, ...]
    marks: tuple[str, ...]
    heading: str
    text: str
    spans: tuple[Span, ...]
    parent: str = ""
    responsible: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def label(self) -> str:
        """The clause's citation label, such as 《武汉…若干政策》第五条 or 《…》三、（二）第4段."""
        marks = [
            m
            for m in self.marks
            if not (
                m.endswith(("章", "节", "编")) and any(x.startswith("第") and "条" in x for x in self.marks)
            )
        ]
        title = self.title.replace("《", "〈").replace("》", "〉")
        return f"《{title}》{''.join(marks)}"


@dataclass(frozen=True, slots=True)
class Document:
    """One policy text.

    Attributes:
        id: slug of a shipped document, pinyin and a short hash for an added one, or the id that a
            ``.jsonl`` source gave.
        title: full title, without line breaks.
        zone: the zone or place it holds for, as the source names it; empty where unknown.
        source: name of the source file.
        position: its place among the documents of its source, from 1.
        issuer: who issued it, where the text says so.
        doc_number: its 文号, such as 武政规〔2020〕18号.
        issued: date of issue.
        effective: first day in force.
        expires: last day in force.
        effective_text: the words that state when it takes effect.
        validity: the clause's own words about how long it holds.
        effective_clause: id of the clause that states ``effective_text``.
        expires_clause: id of the clause that states ``validity``.
        interpreting_department: who explains it.
        interpreting_clause: id of the clause that says so.
    """

    id: str
    title: str
    zone: str = ""
    source: str = ""
    position: int = 1
    issuer: str = ""
    doc_number: str = ""
    issued: date | None = None
    effective: date | None = None
    expires: date | None = None
    effective_text: str = ""
    validity: str = ""
    effective_clause: str = ""
    expires_clause: str = ""
    interpreting_department: str = ""
    interpreting_clause: str = ""

    def status(self, on: date) -> Validity:
        """Whether the document is in force on the day ``on``."""
        if self.expires and on > self.expires:
            return Validity.EXPIRED
        if self.effective and on < self.effective:
            return Validity.NOT_YET
        if self.expires or (self.effective and self.validity):
            return Validity.IN_FORCE
        return Validity.NOT_STATED


@dataclass(frozen=True, slots=True)
class Passage:
    """What is embedded and indexed: one clause, or a sentence-bounded part of a very long one.

    Attributes:
        id: stable 63-bit id, a hash of the clause id, the part's number and the text.
        clause: id of the clause.
        text: the words, a verbatim stretch of the clause's text.
        start: offset of ``text`` in the clause's text.
        context: zone, title and headings, kept apart from the words.
    """

    id: int
    clause: str
    text: str
    start: int = 0
    context: str = ""


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The words by which people look for one clause or paragraph unit; never shown as the source's.

    Attributes:
        id: the unit's id.
        hash: ``corpus.enrichment.hash_text`` of the text it was written for.
        gist_en: one English sentence with the unit's amounts, conditions and names; an unofficial summary.
            Empty where there is none that holds.
        questions_zh: questions that the unit answers, as people type them.
        questions_en: the same in English.
        terms: lay and English synonyms of its terms.
    """

    id: str
    hash: str
    gist_en: str
    questions_zh: tuple[str, ...]
    questions_en: tuple[str, ...]
    terms: tuple[str, ...]

    @property
    def wordings(self) -> tuple[str, ...]:
        """Whole sentences that say or ask what the unit says."""
        return tuple(filter(None, (self.gist_en, *self.questions_zh, *self.questions_en)))


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A source file that could not be used, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents with their clauses, in source order, paragraph units right after their clause."""

    documents: tuple[Document, ...] = ()
    clauses: tuple[Clause, ...] = ()
    skipped: tuple[SkippedFile, ...] = field(default=())
    enrichment: tuple[Enrichment, ...] = field(default=())
