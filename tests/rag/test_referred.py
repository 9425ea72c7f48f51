import pytest

from rag.engine import PolicyQA


@pytest.mark.parametrize(
    "question",
    ["中关村科学城引进图灵奖得主团队，最高给多少？", "引进图灵奖得主团队，成都和中关村科学城哪边给得多？"],
)
def test_the_clause_referred_to_says_how_much(compendium: PolicyQA, question: str) -> None:
    answer = compendium.ask(question)
    cited = [c.clause_id for c in answer.citations]
    assert cited.index("beijing-2019-measures/12") < cited.index("beijing-2019-measures/1")
    assert "2亿元" in answer.text


def test_a_clause_that_says_how_much_itself_stands_alone(compendium: PolicyQA) -> None:
    answer = compendium.ask("中关村科学城企业攻关AI芯片，单个项目最高给多少？")
    assert [c.clause_id for c in answer.citations] == ["beijing-2019-measures/2"]
