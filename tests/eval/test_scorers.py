import pytest

from corpus.text import squash
from eval.scorers import Reference, score_answer
from eval.sets import Gold

UNITS = {
    "a/1": "第一条 对企业给予最高 500 万元补助。",
    "a/2": "第二条 本办法自发布之日起施行。",
    "b/1": "第一条 对企业给予贴息。",
}
REFERENCE = Reference({name: squash(text) for name, text in UNITS.items()}, {"a": 1, "b": 2}, {"a": "长沙"})


def gold(**changes):
    fields = {
        "id": "q",
        "language": "zh",
        "kind": "direct",
        "question": "最高补助多少？",
        "evidence": (("给予最高500万元补助",),),
        "points": ("500万元",),
        "documents": (1,),
    }
    return Gold(**(fields | changes))


def citation(clause_id, quote, text=None):
    document = clause_id.split("/")[0]
    return {"clause_id": clause_id, "document": document, "text": text or UNITS[clause_id], "quote": quote}


def answer(*citations, **changes):
    fields = {
        "answer": "给予最高 500 万元补助。[1]",
        "refused": False,
        "citations": list(citations),
        "retrieved": [{"clause_id": name, "text": UNITS[name]} for name in ("a/2", "a/1")],
    }
    return fields | changes


def test_a_right_first_citation_counts_fully():
    values = score_answer(gold(), answer(citation("a/1", "给予最高 500 万元补助")), REFERENCE).values
    assert values["first citation"] == values["citation recall"] == values["citation precision"] == 1.0
    assert values["points"] == values["points lead"] == values["quote verbatim"] == 1.0
    assert (values["R@1"], values["R@5"]) == (0.0, 1.0)
    assert (values["hit@1"], values["MRR@10"]) == (0.0, 0.5)


def test_a_question_belongs_to_the_document_of_its_first_evidence():
    score = score_answer(gold(documents=(1, 2)), answer(), REFERENCE)
    assert (score.document, score.zone) == ("a", "长沙")
    assert score_answer(gold(evidence=(), documents=()), answer(), REFERENCE).document == ""


@pytest.mark.parametrize(
    ("clause_id", "right_document", "wrong_clause"), [("a/1", 1, 0), ("a/2", 1, 1), ("b/1", 0, 0)]
)
def test_the_right_document_counts_apart_from_the_right_clause(clause_id, right_document, wrong_clause):
    values = score_answer(gold(), answer(citation(clause_id, UNITS[clause_id])), REFERENCE).values
    assert values["right document"] == right_document
    assert values["right document, wrong clause"] == wrong_clause


def test_recall_needs_every_group_and_any_alternative_of_it():
    both = gold(evidence=(("不在文中的话", "给予最高500万元补助"), ("对企业给予贴息",)))
    one = score_answer(both, answer(citation("a/1", "给予最高 500 万元补助")), REFERENCE)
    assert (one.values["citation recall"], one.values["citation precision"]) == (0.5, 1.0)
    two = score_answer(both, answer(citation("a/1", "500 万元"), citation("b/1", "贴息")), REFERENCE)
    assert two.values["citation recall"] == 1.0


def test_quotes_are_to_show_the_evidence_and_not_another_sentence():
    shown = score_answer(gold(), answer(citation("a/1", "给予最高 500 万元补助")), REFERENCE)
    beside = score_answer(gold(), answer(citation("a/1", "第一条 对企业")), REFERENCE)
    wrong = score_answer(gold(), answer(citation("a/2", "本办法自发布之日起")), REFERENCE)
    counts = [score.counts["evidence quoted"] for score in (shown, beside, wrong)]
    assert counts == [(1, 1), (0, 1), (0, 0)]


def test_a_citation_is_valid_with_its_own_text_and_a_verbatim_quote():
    cited = [
        citation("a/1", "给予最高 500 万元补助"),
        citation("a/1", "给予最高 800 万元补助"),
        citation("a/2", "给予最高 500 万元补助", text=UNITS["a/1"]),
    ]
    assert score_answer(gold(), answer(*cited), REFERENCE).counts["citation validity"] == (1, 3)


@pytest.mark.parametrize(
    ("outcome", "value"), [("gone", 1.0), ("changed", 1.0), ("twin", 1.0), ("kept", 0.0)]
)
def test_only_words_that_stay_without_their_clause_are_unfaithful(outcome, value):
    row = answer(counterfactual={"hidden": ["a/1"], "outcome": outcome})
    assert score_answer(gold(), row, REFERENCE).values["counterfactual"] == value


def test_a_second_wrong_citation_costs_precision_only():
    values = score_answer(
        gold(), answer(citation("a/1", "500 万元"), citation("a/2", "本办法")), REFERENCE
    ).values
    assert (values["first citation"], values["citation precision"]) == (1.0, 0.5)


def test_a_citation_whose_text_is_not_its_clause_supports_nothing():
    forged = citation("a/2", "给予最高 500 万元补助", text=UNITS["a/1"])
    assert score_answer(gold(), answer(forged), REFERENCE).values["first citation"] == 0.0


def test_a_quote_that_is_not_in_the_text_is_not_verbatim():
    altered = citation("a/1", "给予最高 800 万元补助")
    assert score_answer(gold(), answer(altered), REFERENCE).values["quote verbatim"] == 0.0


def test_points_beyond_the_window_do_not_count():
    late = answer(citation("a/1", "500 万元"), answer="前言" * 250 + "500万元")
    assert score_answer(gold(), late, REFERENCE).values["points"] == 0.0


def test_a_refusal_of_an_answerable_question_has_no_right_citation():
    score = score_answer(gold(), answer(refused=True), REFERENCE)
    assert score.refused and score.values["first citation"] == 0.0


def test_chitchat_met_without_citations_counts_as_refused():
    assert score_answer(gold(kind="chitchat", evidence=()), answer(), REFERENCE).refused


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
    values = score_answer(gold(), answer(citation("a/1", "500 万元"), answer=text), REFERENCE).values
    assert values["figures cited"] == share


def test_a_shown_computation_may_be_stated():
    note = {"kind": "computed", "text": "400万 × 30% = 120万"}
    shown = answer(citation("a/1", "500 万元"), answer="可得 120 万元。[1]", notes=[note])
    asked = gold(question="投入400万，按30%能得多少？")
    assert score_answer(asked, shown, REFERENCE).values["figures cited"] == 1.0
    assert score_answer(gold(), shown, REFERENCE).values["figures cited"] == 0.0  # of unknown inputs


def test_figures_of_an_answer_that_cites_nothing_are_not_known():
    assert score_answer(gold(), answer(), REFERENCE).values["figures cited"] == 0.0
