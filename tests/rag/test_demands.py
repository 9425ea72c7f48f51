"""The detail that a question demands, and whether an answer tells it."""

import pytest

from rag.demands import demands_of
from rag.engine import PolicyQA
from rag.types import Turn


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("到底补百分之几？", ["比例"]),
        ("能贴几个点，一年封顶多少？", ["比例", "数字"]),
        ("截止到几月几号，要交哪些材料？", ["日期", "材料"]),
        ("学生至少要实习满几个月？", ["时长"]),
        ("一亩大概什么价？", ["金额"]),
        ("一期课最少要上多少学时？", ["学时"]),
        ("What percentage of our stand rent would come back?", ["比例"]),
        ("What is the largest stake it may take?", ["比例"]),
        ("How many rent-free months do we get?", ["时长"]),
        ("What is the web address of the desk?", ["网址或邮箱"]),
        ("我开了几家实体门店，鼓励不鼓励？", []),
        ("归哪几个部门管？", []),
        ("谈了大半年也没拿到多少，怎么开放？", []),
        ("那个人呢？", []),
        ("我们给几家大厂供货，账期半年以上。能拿这笔钱去融资吗？", []),
        ("我们给几家大厂供货。一个方向能认几家？", ["数量"]),
        ("我们给几家大厂供货，能认几家", ["数量"]),
        ("我想知道最多能补几个月。这个要自己申请吗？", ["时长"]),
        ("We have 30 staff, in how many offices I forget. Who is in charge?", []),
        ("试验区分成几块片区建设？", []),
        ("一只芯片补几块？", ["金额"]),
    ],
)
def test_what_a_question_demands(question: str, names: list[str]) -> None:
    assert [demand.names["zh"] for demand in demands_of(question)] == names


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("补百分之几？", "给予一定比例的补贴。", False),
        ("补百分之几？", "给予最高 50 万元补助。", False),
        ("补几成？", "按其软硬件投入的 30% 给予补助。", True),
        ("补几成？", "按 1:1 比例配套。", True),
        ("补多少万？", "给予一次性落地费用配套补贴。", False),
        ("一共多少钱？", "统筹安排 100 亿经费。", True),
        ("要干满几个月？", "有效期至 2022 年。", False),
        ("要干满几个月？", "实习满 6 个月。", True),
        ("In which month can we sign up?", "力争到 2025 年，培育 30 家标杆企业。", False),
        ("In which month can we sign up?", "每年 3-4 月启动。", True),
        ("一年能领几张？", "推广“人才激励券”。", False),
        ("一个方向能认几家？", "每个具体细分领域认定一家。", True),
        ("一个方向能认几家？", "支持专家和用户参与。", False),
        ("一个方向能认几家？", "同一个项目不重复支持，形成一套标准体系。", False),
        ("从哪个网站下载？", "填写申请表，向所在区提出申请。", False),
    ],
)
def test_what_tells_it(question: str, text: str, told: bool) -> None:
    assert any(demand.told_by(text) for demand in demands_of(question)) is told


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        ("长沙对智能化改造效果明显的企业，按投资额的百分之几补贴？", "没有写明所问的比例"),
        ("德清的“人才激励券”一年能领几张？", "没有写明所问的数量"),
        (
            "Shenyang helps with booth costs at trade fairs. What percentage of our stand rent comes back?",
            "the share",
        ),
    ],
)
def test_a_clause_that_leaves_the_detail_open_is_a_hint_and_no_answer(
    compendium: PolicyQA, question: str, detail: str
) -> None:
    answer = compendium.ask(question)
    assert answer.refusal is not None
    assert detail in answer.refusal.reason
    assert answer.citations == ()
    assert answer.refusal.nearest


def test_the_same_clause_answers_where_no_figure_is_demanded(compendium: PolicyQA) -> None:
    answer = compendium.ask("长沙对智能化改造效果明显的企业有补贴吗？")
    assert "changsha-2021-plan/3/1/3/2" in [c.clause_id for c in answer.citations]


def test_the_best_clause_is_quoted_anew_where_another_was_quoted_without_the_detail(
    compendium: PolicyQA,
) -> None:
    answer = compendium.ask('What\'s the annual budget Suzhou put behind its "one zone, two centres"?')
    assert [c.clause_id for c in answer.citations] == ["suzhou-2021-opinions/5/12"]
    assert "100 亿经费" in answer.text


def test_a_follow_up_looks_at_the_next_clause_where_the_nearest_leaves_it_open(compendium: PolicyQA) -> None:
    history: list[Turn] = []
    for question in (
        "Does Chengdu pay anything when a lead company builds a public AI service platform?",
        "What about the companies that buy services on it?",
        "How quickly does the platform have to pass the money on to them?",
    ):
        answer = compendium.ask(question, history)
        history.append(Turn(question, answer))
    assert [c.clause_id for c in answer.citations] == ["chengdu-2019-rules/1/4/2"]
    assert "30 日" in answer.text


def test_an_office_that_is_told_is_an_answer_though_a_month_is_not(compendium: PolicyQA) -> None:
    answer = compendium.ask("武汉应用场景补贴兑现，申请表交给谁？几月份开始办？")
    assert answer.refusal is None


def test_places_compared_are_not_held_to_it(compendium: PolicyQA) -> None:
    answer = compendium.ask("天津和武汉对新建5G基站各奖励多少万？")
    assert answer.refusal is None
