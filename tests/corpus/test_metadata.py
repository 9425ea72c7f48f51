"""Metadata of whole documents."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from corpus_sources import lines_of

from corpus.collection import load_sources, parse_sources, shipped_corpus
from corpus.metadata import enrich
from corpus.types import Clause, Corpus, Document, Validity
from shared import shared_path

_NOTICE = """江州市人民政府办公厅关于印发江州市支持算力产业若干措施的通知
江政办规〔2021〕18号
各区人民政府，市有关部门：
现将《江州市支持算力产业若干措施》（参照江政发〔2019〕7号制定）印发给你们，请认真贯彻执行。
江州市人民政府办公厅
2021年4月30日
江州市支持算力产业若干措施
第一条 为了落实《关于本市发展数字经济的意见》（江政发〔2020〕3号），制定本措施。
第二条 对符合条件的企业，给予最高100万元奖励。（责任单位：市科技局、市财政局）
第三条 企业按照第二条的规定申请。咨询电话：88880000。
第四条 本措施由市科技局负责解释，自发布之日起施行，有效期两年。
"""
_RULES = """江州市支持算力产业若干措施实施细则
一、申请条件（第二条政策）
在本市注册的企业。
二、申请程序
见第一部分。
"""
_OPINION = """江州市发展数字经济的意见
一、目标
到2025年建成中心。
"""


def _parse(*texts: str) -> Corpus:
    sources = [lines_of(text) for text in texts]
    return parse_sources([replace(s, metadata=(("zone", "江州市"),)) for s in sources])


def _clause(corpus: Corpus, ending: str) -> Clause:
    return next(c for c in corpus.clauses if c.id.endswith(ending))


def test_particulars_of_issue_and_validity() -> None:
    (document,) = _parse(_NOTICE).documents
    assert document.title == "江州市支持算力产业若干措施"
    assert (document.issuer, document.doc_number) == ("江州市人民政府办公厅", "江政办规〔2021〕18号")
    assert (document.issued, document.effective) == (date(2021, 4, 30), date(2021, 4, 30))
    assert (document.validity, document.expires) == ("有效期两年", date(2023, 4, 29))
    assert document.effective_text == "自发布之日起施行"
    assert document.interpreting_department == "市科技局"
    assert {document.effective_clause, document.expires_clause, document.interpreting_clause} == {
        f"{document.id}/4"
    }
    assert document.status(date(2023, 4, 29)) is Validity.IN_FORCE
    assert document.status(date(2023, 4, 30)) is Validity.EXPIRED


def test_offices_contacts_and_references_of_clauses() -> None:
    corpus = _parse(_NOTICE)
    name = corpus.documents[0].id
    assert _clause(corpus, "/2").responsible == ("市科技局", "市财政局")
    third = _clause(corpus, "/3")
    assert [c.phone for c in third.contacts] == ["88880000"]
    assert [(r.text, r.target) for r in third.references] == [("第二条", f"{name}/2")]


def test_an_implementing_document_refers_to_what_it_implements() -> None:
    corpus = _parse(_NOTICE, _RULES)
    measures, rules = (d.id for d in corpus.documents)
    targets = {c.id: [r.target for r in c.references] for c in corpus.clauses if c.references}
    assert targets[f"{rules}/1"] == [f"{measures}/2"]
    assert targets[f"{rules}/2"] == [f"{rules}/1"]


def test_an_implementing_document_refers_to_the_clauses_whose_headings_it_takes_up() -> None:
    policy = "江州市算力专项政策\n一、支持企业购买算力\n给予补助。\n二、附则\n解释。"
    rules = "江州市算力专项政策实施细则\n一、申报材料\n申请书。\n二、支持企业购买算力\n每年三月申报。"
    corpus = _parse(policy, rules)
    first, second = (d.id for d in corpus.documents)
    targets = {c.id: [r.target for r in c.references] for c in corpus.clauses if c.references}
    assert targets == {f"{second}/2": [f"{first}/1"]}


def test_a_document_cited_by_title_is_found_and_takes_its_number() -> None:
    corpus = _parse(_NOTICE, _OPINION)
    opinion = corpus.documents[1]
    assert opinion.doc_number == "江政发〔2020〕3号"
    (reference,) = _clause(corpus, f"{corpus.documents[0].id}/1").references
    assert (reference.text, reference.target) == ("《关于本市发展数字经济的意见》", opinion.id)


def test_a_title_outside_the_collection_has_no_target() -> None:
    (reference,) = _clause(_parse(_NOTICE), "/1").references
    assert reference.target == ""


def test_what_is_known_already_is_kept() -> None:
    corpus = _parse(_NOTICE)
    known = Document("d", "江州市措施", issuer="某局", issued=date(2020, 1, 1), effective=date(2020, 2, 1))
    document, _ = enrich(known, corpus.clauses)
    assert (document.issuer, document.issued) == ("某局", date(2020, 1, 1))
    assert (document.effective, document.expires) == (date(2020, 2, 1), date(2022, 1, 31))


def test_an_end_before_the_beginning_is_not_believed() -> None:
    (document,) = _parse(
        "江州市办法\n第一条 奖励。\n第二条 本办法自2021年1月1日起施行，有效期至2020年12月31日。"
    ).documents
    assert (document.effective, document.expires) == (None, None)
    assert document.validity == "有效期至2020年12月31日"


def test_an_empty_document() -> None:
    document = Document("d", "江州市办法")
    assert enrich(document, ()) == (document, ())


@pytest.mark.parametrize(
    ("law", "effective"),
    [
        ("经济法__中小企业促进法(2017-09-01).md", "2018-01-01"),
        ("行政法__密码法(2019-10-26).md", "2020-01-01"),
    ],
)
def test_laws_say_when_they_take_effect(law: str, effective: str) -> None:
    (document,) = load_sources([shared_path(f"eval/laws/{law}")]).documents
    assert document.effective == date.fromisoformat(effective)
    assert document.expires is None


def test_the_known_facts_of_the_compendium() -> None:
    documents = shipped_corpus().documents
    for fact in json.loads(shared_path("eval/documents.json").read_text("utf-8")):
        document = documents[fact["doc"] - 1]
        who = fact["interpreting_dept"] or ""
        assert document.interpreting_department == who
        assert bool(document.validity) == bool(fact["validity"] and "有效期" in fact["validity"])


def test_the_dates_of_the_compendium_are_those_of_its_closing_provisions() -> None:
    stated = {
        d.id: (d.effective and d.effective.isoformat(), d.expires and d.expires.isoformat())
        for d in shipped_corpus().documents
        if d.effective or d.expires
    }
    assert stated == {
        "shanghai-2018-measures": ("2018-09-17", "2020-12-31"),
        "hangzhou-2020-measures": ("2020-01-13", "2023-12-31"),
        "chengdu-2020-plan": ("2020-12-10", "2022-12-31"),
        "jinan-2020-measures": (None, "2023-06-16"),
        "guangzhou-2020-guidelines": (None, "2025-12-31"),
        "wuhan-2020-measures": (None, "2023-12-31"),
        "changsha-2021-platform-rules": ("2021-11-12", "2023-11-11"),
        "changsha-2021-plan": (None, "2023-12-31"),
    }
