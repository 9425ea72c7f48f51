import pytest

from corpus.text import squash
from eval.grounding import is_verbatim, judge_alce, judge_statements

TEXT = "第一条 对企业按投入的 20% 给予最高 500 万元补助。"
TEXTS = {"a/1": squash(TEXT)}
CITED = {"clause_id": "a/1", "text": TEXT, "quote": "给予最高 500 万元补助", "lead_in": ""}


def judge(text, numbers=(1,), question="补多少？", notes=(), cited=CITED):
    statements = [{"text": text, "citations": list(numbers)}]
    row = {"citations": [cited], "statements": statements, "notes": list(notes)}
    found = judge_statements(question, row, TEXTS)
    return found["statement coverage"][0], found["evidence support"][0]


@pytest.mark.parametrize(
    ("text", "supported"),
    [
        ("对企业按投入的20%给予最高500万元补助。", 1),
        ("对企业按照投入的百分之二十给予最高五百万元补助。", 1),
        ("Original wording: 给予最高 500 万元补助", 1),
        ("对企业给予最高 800 万元补助。", 0),
        ("市政府为人才提供免费公寓和落户便利。", 0),
        ("算下来超过了，因此以“给予最高500万元补助”为限。", 1),
    ],
)
def test_a_statement_is_supported_by_its_figures_and_words(text, supported):
    assert judge(text) == (1, supported)


def test_a_statement_without_citation_is_neither_covered_nor_supported():
    assert judge("对企业给予最高500万元补助。", numbers=()) == (0, 0)


def test_a_forged_citation_supports_nothing():
    forged = CITED | {"text": TEXT.replace("500", "800"), "quote": "给予最高 800 万元补助"}
    assert judge("给予最高800万元补助。", cited=forged) == (0, 0)


@pytest.mark.parametrize(("note", "supported"), [("400万 × 20% = 80万", 1), ("400万 × 20% = 90万", 0)])
def test_the_result_of_a_right_computation_may_be_stated(note, supported):
    notes = [{"kind": "computed", "text": note}]
    text = "按投入的20%给予补助，即" + note[-3:]
    assert judge(text, question="投入400万补多少？", notes=notes) == (1, supported)


@pytest.mark.parametrize(("note", "supported"), [("400万 × 20% = 80万", 1), ("400万 × 20% = 90万", 0)])
def test_a_computation_may_be_the_whole_statement(note, supported):
    notes = [{"kind": "computed", "text": note}]
    text = f"以您的具体情形加以换算的话：{note}。"
    assert judge(text, question="投入400万补多少？", notes=notes) == (1, supported)
    assert judge(text, question="补多少？", notes=notes) == (1, 0)  # of an unknown input


def test_a_quote_is_words_of_the_text_and_no_scrap():
    assert is_verbatim(CITED)
    assert not is_verbatim(CITED | {"quote": "企业"})
    assert not is_verbatim(CITED | {"quote": "给予最高 800 万元补助"})


OTHER = "第二条 由市科技局负责受理。"
AMOUNT, OFFICE = "对企业按投入的20%给予最高500万元补助。", "由市科技局负责受理。"
BOTH = [CITED, {"clause_id": "a/2", "text": OTHER, "quote": "由市科技局负责受理", "lead_in": ""}]


@pytest.mark.parametrize(
    ("told", "recall", "precision"),
    [
        ([(AMOUNT, [1])], 1, 1),
        ([(AMOUNT + OFFICE, [1, 2])], 1, 1),  # neither says it all
        ([(AMOUNT, [1, 2])], 1, 0.5),  # the second is not needed
        ([(AMOUNT, [2])], 0, 0),
        ([(AMOUNT, [1]), (OFFICE, [1])], 0.5, 0.5),
        ([(AMOUNT, [1]), ("没有依据的一句话。", [])], 0.5, 1),
        ([("Companies get 20%, up to RMB 5 million.", [1])], 0, 0),  # rules cannot tell what it says
    ],
)
def test_citation_recall_and_precision_by_statement_are_those_of_alce(told, recall, precision):
    statements = [{"text": text, "citations": numbers} for text, numbers in told]
    row = {"citations": BOTH, "statements": statements}
    texts = TEXTS | {"a/2": squash(OTHER)}
    found = judge_alce("补多少？", row, texts)
    assert found == {"statement recall": recall, "statement precision": precision}


def test_without_statements_there_is_nothing_to_recall():
    assert judge_alce("补多少？", {"citations": [], "statements": []}, TEXTS) == {}
