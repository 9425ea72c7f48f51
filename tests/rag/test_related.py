from datetime import date

from policies import COLLECTION, query

from rag.citations import cite, lead_in
from rag.related import find_related
from rag.types import Draft, Fact
from rag.verification import verify

AS_OF = date(2022, 6, 1)


def related(clause_id, quote, *facts):
    citation = cite(COLLECTION, clause_id, (quote,), AS_OF, "zh")
    return {r.kind: r for r in find_related(query("?", facts=facts), (citation,), COLLECTION, AS_OF)}


def test_contact_and_validity_are_offered_beside_an_amount():
    found = related("north-measures/3", "按项目研发投入的20%给予补助，最高不超过500万元", Fact.AMOUNT)
    assert found["contact"].text == "（责任单位：市科技局）"
    assert found["validity"].citation.clause_id == "north-measures/9"
    assert found["validity"].citation.validity == "在有效期内（至2022年12月31日）"
    assert all(r.citation.quote in COLLECTION.clauses[r.citation.clause_id].text for r in found.values())


def test_what_was_asked_is_not_offered_again():
    assert "contact" not in related("north-measures/3", "按项目研发投入的20%给予补助", Fact.OFFICE)
    assert "validity" not in related("north-measures/3", "按项目研发投入的20%给予补助", Fact.VALIDITY)
    assert "contact" not in related("north-measures/3", "（责任单位：市科技局）", Fact.AMOUNT)


def test_the_telephone_comes_before_the_office():
    found = related("north-rules/1", "按项目研发投入的20%给予补助", Fact.AMOUNT)
    assert "12345678" in found["contact"].text


def test_nothing_is_related_to_several_documents_at_once():
    citations = tuple(
        cite(COLLECTION, i, ("按",), AS_OF, "zh") for i in ("north-measures/3", "south-measures/1")
    )
    assert find_related(query("?"), citations, COLLECTION, AS_OF) == ()


def test_a_document_without_closing_provision_offers_none():
    assert related("south-measures/1", "按研发投入的10%给予补助", Fact.AMOUNT) == {}


def test_an_item_is_shown_with_the_words_that_lead_in():
    item = COLLECTION.clauses["north-measures/5/1"]
    assert lead_in(COLLECTION, item) == "第五条 申请本政策奖励的企业应当同时符合以下条件："
    assert lead_in(COLLECTION, COLLECTION.clauses["north-measures/3"]) == ""


def test_conditions_under_the_same_heading_are_listed_and_hold():
    found = related("north-measures/3", "按项目研发投入的20%给予补助", Fact.AMOUNT)
    assert found["conditions"].citation.clause_id == "north-measures/5"
    assert "（二）三年内没有严重失信记录" in found["conditions"].text
    kept = verify(Draft(related=tuple(found.values())), COLLECTION, query("?"))
    assert len(kept.draft.related) == len(found) and not kept.failures
