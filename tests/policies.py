"""A small collection of two invented cities, for tests that need clauses but no index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from corpus.text import fold
from corpus.types import Clause, ClauseKind, Contact, Document, Enrichment, Number, Reference, Span
from rag.types import Concept, Fact, Query, Ranked


class Collection:
    """Documents and clauses by id."""

    def __init__(self, documents: Sequence[Document], clauses: Sequence[Clause]) -> None:
        self.documents: Mapping[str, Document] = {d.id: d for d in documents}
        self.clauses: Mapping[str, Clause] = {c.id: c for c in clauses}
        self.enrichment: dict[str, Enrichment] = {}

    def children(self, clause_id: str) -> Sequence[Clause]:
        return tuple(c for c in self.clauses.values() if c.parent == clause_id)

    def clauses_of(self, document_id: str) -> Sequence[Clause]:
        return tuple(c for c in self.clauses.values() if c.document == document_id)


def clause(document: Document, number: str, text: str, **fields) -> Clause:
    style, value = (number[0], int(number[1:])) if number[0] != "段" else ("段", int(number[1:]))
    mark = {"条": f"第{'零一二三四五六七八九十'[value]}条", "项": f"（{'零一二三四五六七八九十'[value]}）"}[
        style
    ]
    parent = fields.get("parent", "")
    suffix = f"{parent}/{value}" if parent else f"{document.id}/{value}"
    marks = (f"第{'零一二三四五六七八九十'[int(parent.rsplit('/', 1)[1])]}条", mark) if parent else (mark,)
    return Clause(
        id=suffix,
        kind=ClauseKind.ARTICLE if style == "条" else ClauseKind.ITEM,
        document=document.id,
        title=document.title,
        zone=document.zone,
        number=Number(style, value),
        path=marks,
        marks=marks,
        heading="",
        text=text,
        spans=(Span(0, len(text)),),
        **fields,
    )


def paragraphs(whole: Clause) -> list[Clause]:
    """The paragraph units of a clause."""
    return [
        replace(
            whole,
            id=f"{whole.id}/p{n}",
            kind=ClauseKind.PARAGRAPH,
            number=Number("段", n),
            marks=(*whole.marks, f"第{n}段"),
            text=text,
            parent=whole.id,
        )
        for n, text in enumerate(whole.text.split("\n"), 1)
    ]


NORTH = Document(
    id="north-measures",
    title="北江市支持人工智能产业发展若干政策",
    zone="北江",
    effective=date(2020, 1, 1),
    expires=date(2022, 12, 31),
    effective_text="自2020年1月1日起施行",
    validity="有效期至2022年12月31日",
    effective_clause="north-measures/9",
    expires_clause="north-measures/9",
)
NORTH_RULES = Document(id="north-rules", title="北江市支持人工智能产业发展若干政策实施细则", zone="北江")
SOUTH = Document(id="south-measures", title="南山县促进人工智能产业发展意见", zone="南山县")

_LONG = (
    "对参加国内外人工智能展会的企业，按展位费的50%给予补助，单个企业每年最高20万元。（责任单位：市商务局）\n"
    + "鼓励企业举办人工智能论坛、峰会和赛事，"
    + "提升本地产业的影响力和知名度，营造良好的发展氛围，" * 14
    + "经认定后给予最高100万元补助。（责任单位：市科技局、市财政局）"
)
_FAIR = clause(NORTH, "条4", "第四条 " + _LONG)
_MONEY = clause(
    NORTH,
    "条2",
    "第二条 对新建的人工智能项目，固定资产投资总额达到5000万元、1亿元、5亿元的，"
    "分别给予500万元、1000万元、5000万元奖励。"
    "（责任单位：市投资促进局、市财政局）",
    responsible=("市投资促进局", "市财政局"),
)
_CONDITIONS = clause(NORTH, "条5", "第五条 申请本政策奖励的企业应当同时符合以下条件：")

COLLECTION = Collection(
    (NORTH, NORTH_RULES, SOUTH),
    (
        _MONEY,
        clause(
            NORTH,
            "条3",
            "第三条 对企业开展人工智能技术攻关的，按项目研发投入的20%给予补助，最高不超过500万元。"
            "对新取得军工资质的企业，给予每证20万元一次性补助。（责任单位：市科技局）",
            responsible=("市科技局",),
            references=(Reference("实施细则", "north-rules"),),
        ),
        _FAIR,
        *paragraphs(_FAIR),
        _CONDITIONS,
        clause(NORTH, "项1", "（一）在本市注册并纳税的独立法人；", parent=_CONDITIONS.id),
        clause(NORTH, "项2", "（二）三年内没有严重失信记录。", parent=_CONDITIONS.id),
        clause(
            NORTH, "条9", "第九条 本政策自2020年1月1日起施行，有效期至2022年12月31日，由市科技局负责解释。"
        ),
        clause(
            NORTH_RULES,
            "条1",
            "第一条 对企业开展人工智能技术攻关的，按项目研发投入的20%给予补助，最高不超过300万元。"
            "（政策咨询部门：市科技局高新处，咨询电话：12345678）",
            contacts=(Contact("市科技局高新处", "12345678"),),
        ),
        clause(NORTH_RULES, "条2", "第二条 申请企业向市科技局提交申报书和审计报告，公示5个工作日后拨付。"),
        clause(SOUTH, "条1", "第一条 对企业开展人工智能技术攻关的，按研发投入的10%给予补助，最高100万元。"),
        clause(SOUTH, "条2", "第二条 到2025年，培育8-10家人工智能骨干企业，建成3个产业园。"),
    ),
)


def query(question: str, words: Sequence[str] = (), facts: Sequence[Fact] = (), **fields) -> Query:
    """A question as understood, with its content words given."""
    language = fields.pop("language", "zh")
    concepts = tuple(Concept((fold(w),), 1.0) for w in words)
    return Query(
        question=question,
        standalone=fields.pop("standalone", question),
        language=language,
        folded=fold(question),
        terms=tuple((fold(w), 1.0) for w in words),
        facts=tuple(facts),
        concepts=concepts,
        **fields,
    )


def ranked(*clause_ids: str) -> list[Ranked]:
    """Clauses in the order given, with falling scores."""
    return [Ranked(c, 1.0 - 0.1 * i, 1.0 - 0.1 * i, 0.5, 0.5) for i, c in enumerate(clause_ids)]
