from rag.engine import PolicyQA
from rag.types import Answer, Turn

FIRST = "我们在黄埔区建了人工智能项目，固定资产投资1亿，能拿多少奖励？"


def follow(engine: PolicyQA, *questions: str) -> Answer:
    history: list[Turn] = []
    for question in questions:
        history.append(Turn(question, engine.ask(question, history)))
    answer = history[-1].answer
    assert answer is not None
    return answer


def cited(answer: Answer) -> list[str]:
    return [c.clause_id for c in answer.citations]


def test_conditions_are_those_of_the_reward_before_with_all_items(compendium: PolicyQA) -> None:
    answer = follow(compendium, FIRST, "要什么条件？")
    items = [f"huangpu-rules/7/{i}" for i in (1, 2, 3)]
    assert cited(answer) == ["huangpu-rules/7", *items]
    assert not any("一档" in s.text for s in answer.statements)


def test_the_office_stands_alone_without_the_amount(compendium: PolicyQA) -> None:
    assert cited(follow(compendium, FIRST, "要什么条件？", "材料交给谁？")) == ["huangpu-rules/5"]


def test_another_amount_gets_its_own_tier_after_other_turns(compendium: PolicyQA) -> None:
    answer = follow(compendium, FIRST, "材料交给谁？", "那5亿呢？")
    assert cited(answer) == ["huangpu-rules/6/p1"]
    assert "5000万元" in answer.statements[0].text


def test_english_follow_ups_read_the_same_provisions(compendium: PolicyQA) -> None:
    first = "We put RMB 100 million of fixed assets into an AI project in Huangpu. What reward do we get?"
    assert cited(follow(compendium, first, "And what are the conditions?"))[0] == "huangpu-rules/7"
    assert cited(follow(compendium, first, "Whom do we apply to?")) == ["huangpu-rules/5"]
    assert cited(follow(compendium, first, "What about 500 million?"))[0] == "huangpu-rules/6/p1"


def test_a_clause_that_names_its_own_office_is_cited_again(compendium: PolicyQA) -> None:
    answer = follow(compendium, "天津给新建5G基站每个奖多少？", "哪些单位负责？")
    assert cited(answer) == ["tianjin-2020-manufacturing-measures/2/7"]
    assert "责任单位" in answer.statements[-1].text


def test_an_office_of_another_provision_of_the_chapter_is_not_taken(compendium: PolicyQA) -> None:
    answer = follow(compendium, "去参加国内外的展销会，黄埔补贴多少展位费？", "材料交给哪个部门？")
    assert cited(answer) == ["huangpu-rules/27"]


def test_a_question_with_a_subject_of_its_own_is_not_read_off_the_clause_before(compendium: PolicyQA) -> None:
    answer = follow(compendium, FIRST, "申请办公用房补贴要什么条件？")
    assert cited(answer)[0].startswith("huangpu-rules/24")


def test_conditions_of_another_reward_in_the_chapter_are_not_taken(compendium: PolicyQA) -> None:
    answer = follow(compendium, "去参加国内外的展销会，黄埔补贴多少展位费？", "要什么条件？")
    assert not any(c.startswith("huangpu-rules/33") for c in cited(answer))


def test_rules_that_repeat_a_policy_tell_how_to_apply_for_it(compendium: PolicyQA) -> None:
    first = "武汉对孵化器孵化出高新技术企业，每家补多少？"
    answer = follow(compendium, first, "怎么申请？")
    assert cited(answer)[0] == "wuhan-2020-rules/4"
    assert cited(follow(compendium, first, "怎么申请？", "咨询电话是多少？"))[0] == "wuhan-2020-rules/5"


def test_a_provision_for_several_things_holds_for_each(compendium: PolicyQA) -> None:
    answer = follow(compendium, "黄埔对主导国际标准制定的企业奖多少？", "找哪个部门？")
    assert cited(answer) == ["huangpu-rules/26"]


def test_who_is_to_be_asked_stands_in_the_bracket_of_the_clause_before(compendium: PolicyQA) -> None:
    answer = follow(compendium, "成都对引进的AI领军人才有什么奖励？", "具体找谁问？")
    assert cited(answer) == ["chengdu-2019-rules/3/9/3"]
    assert "市经信局人事处" in answer.text


def test_what_did_not_pass_is_what_is_not_up_to_standard(compendium: PolicyQA) -> None:
    answer = follow(compendium, "长沙开放创新平台的建设期多长？", "验收没通过会怎样？")
    assert "不给予资金补助" in answer.text


def test_who_runs_it_is_read_off_the_clause_before_though_the_question_shares_no_word_with_it(
    compendium: PolicyQA,
) -> None:
    asked = (
        "I'm hiring a star researcher for our Xi'an lab. What will the city make easier for her and her kids?"
    )
    answer = follow(compendium, asked, "Who runs that?")
    assert cited(answer) == ["xian-2020-plan/4/4/15"]
    assert "市委组织部" in answer.text
    assert follow(compendium, asked, "How much housing allowance would she be paid?").refusal is not None


def test_a_sum_taken_for_granted_is_held_against_it_first(compendium: PolicyQA) -> None:
    answer = follow(compendium, "成都对人工智能企业的融资贴息怎么补？", "这9000万元的奖励由谁负责？")
    assert answer.refusal is not None and "9000万元" in answer.refusal.reason


def test_whom_to_contact_is_answered_by_the_office_where_no_number_stands(compendium: PolicyQA) -> None:
    answer = follow(
        compendium,
        "We build robots in Tianjin under our own brand. Any money from the city for that?",
        "Who do I contact about it?",
    )
    assert cited(answer) == ["tianjin-2020-manufacturing-measures/3/10"]
    assert "市工业和信息化局" in answer.text


def test_who_bears_the_cost_is_settled_for_the_whole_document(compendium: PolicyQA) -> None:
    answer = follow(compendium, "天津的数据交易中心能拿什么补贴？", "这钱是市里出还是区里出？")
    assert cited(answer) == ["tianjin-2020-manufacturing-measures/8"]
    assert "市、区两级财政分别承担 50%" in answer.text
    answer = follow(
        compendium,
        "How much does Tianjin give for each new 5G base station?",
        "Who pays that, the city or the district?",
    )
    assert "由市级财政承担" in answer.text
