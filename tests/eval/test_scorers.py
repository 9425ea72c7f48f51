import pytest

from eval.scorers import score_answer
from eval.sets import Gold

TEXTS = {"a/1": "第一条 对企业给予最高 500 万元补助。", "a/2": "第二条 本办法自发布之日起施行。"}


def gold(**changes):
    fields = {
        "id": "q",
        "language": "zh",
        "kind": "direct",
        "question": "最高补助多少？",
        "evidence": (("给予最高500万元补助",),),
        "points": ("500万元",),
    }
    return Gold(**(fields | changes))


def citation(clause_id, quote, text=None):
    return {"clause_id": clause_id, "text": text or TEXTS[clause_id], "quote": quote}


def answer(*citations, **changes):
    fields = {
        "answer": "给予最高 500 万元补助。[1]",
        "refused": False,
        "citations": list(citations),
        "retrieved": [{"clause_id": "a/2", "text": TEXTS["a/2"]}, {"clause_id": "a/1", "text": TEXTS["a/1"]}],
    }
    return fields | changes


def test_a_right_first_citation_counts_fully():
    values = score_answer(gold(), answer(citation("a/1", "给予最高 500 万元补助")), TEXTS).values
    assert values["first citation"] == values["citation recall"] == values["citation precision"] == 1.0
    assert values["points"] == values["points lead"] == values["quote verbatim"] == 1.0
    assert (values["R@1"], values["R@5"]) == (0.0, 1.0)


def test_a_second_wrong_citation_costs_precision_only():
    values = score_answer(
        gold(), answer(citation("a/1", "500 万元"), citation("a/2", "本办法")), TEXTS
    ).values
    assert (values["first citation"], values["citation precision"]) == (1.0, 0.5)


def test_a_citation_whose_text_is_not_its_clause_supports_nothing():
    forged = citation("a/2", "给予最高 500 万元补助", text=TEXTS["a/1"])
    assert score_answer(gold(), answer(forged), TEXTS).values["first citation"] == 0.0


def test_a_quote_that_is_not_in_the_text_is_not_verbatim():
    altered = citation("a/1", "给予最高 800 万元补助")
    assert score_answer(gold(), answer(altered), TEXTS).values["quote verbatim"] == 0.0


def test_points_beyond_the_window_do_not_count():
    late = answer(citation("a/1", "500 万元"), answer="前言" * 250 + "500万元")
    assert score_answer(gold(), late, TEXTS).values["points"] == 0.0


def test_a_refusal_of_an_answerable_question_has_no_right_citation():
    score = score_answer(gold(), answer(refused=True), TEXTS)
    assert score.refused and score.values["first citation"] == 0.0


def test_chitchat_met_without_citations_counts_as_refused():
    assert score_answer(gold(kind="chitchat", evidence=()), answer(), TEXTS).refused


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("最高 500 万元。[1]", 1.0),
        ("Up to RMB 5 million.[1]", 1.0),
        ("最高 800 万元。[1]", 0.0),
        ("最高 500 万元，另加 30 万元。", 0.5),
    ],
)
def test_figures_are_looked_for_in_the_cited_clause_by_value(text, share):
    values = score_answer(gold(), answer(citation("a/1", "500 万元"), answer=text), TEXTS).values
    assert values["figures cited"] == share


def test_a_shown_computation_may_be_stated():
    note = {"kind": "computed", "text": "400万 × 30% = 120万"}
    shown = answer(citation("a/1", "500 万元"), answer="可得 120 万元。[1]", notes=[note])
    assert score_answer(gold(), shown, TEXTS).values["figures cited"] == 1.0
