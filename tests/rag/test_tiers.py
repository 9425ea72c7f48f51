import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.computing import recompute, show_money
from rag.figures import figures
from rag.tiers import apply_rule, parallel_lists

TIERS = "固定资产投资总额达到5000万元、1亿元、5亿元的，经认定，分别给予500万元、1000万元、5000万元奖励。"
SALES = "支持企业做大做强，对主营业务收入首次超过500万元、1000万元的企业，分别给予20万元、30万元奖励。"
RATE = "按项目研发投入的20%给予补助，最高不超过500万元。"
LOAN = "按其贷款利率的50%给予补贴，单个企业每年最高100万元。"
HEAD = "按每名1000元给予培训院校补贴，每所学校每年最高100万元。"
CERTIFICATE = "对新取得军工资质的企业，给予每证20万元一次性补助。"


@pytest.mark.parametrize(
    ("question", "text", "statement", "note"),
    [
        ("固定资产投资1亿，能拿多少？", TIERS, "1亿元的一档：1000万元。", ""),
        ("固定资产投资了3亿元，能拿多少？", TIERS, "1亿元的一档：1000万元。", ""),
        ("固定资产投资一亿元，能拿多少？", TIERS, "1亿元的一档：1000万元。", ""),
        ("固定资产投资三千万元，能拿多少？", TIERS, "未到最低一档“固定资产投资总额达到5000万元”。", ""),
        ("主营业务收入第一次到1000万，奖多少", SALES, "500万元的一档：20万元。", ""),
        ("研发投入400万，能补多少？", RATE, "", "400万 × 20% = 80万"),
        ("研发花了3000万，能补多少？", RATE, "以“最高不超过500万元”为限。", "3000万 × 20% = 600万"),
        ("研发花了3000万，按两成算会不会超？", RATE, "以“最高不超过500万元”为限。", "3000万 × 20% = 600万"),
        ("去年贷款800万，年利率4.5%，补多少？", LOAN, "", "800万 × 4.5% × 50% = 18万"),
        ("并购中介费花了80万，补多少？", "按发生的中介费用的50%给予补贴。", "", "80万 × 50% = 40万"),
        ("培训了800个学生，领多少？", HEAD, "", "800 × 1000 = 80万"),
        ("培训了1500名学生，领多少？", HEAD, "以“每所学校每年最高100万元”为限。", "1500 × 1000 = 150万"),
        ("办下来三个军工资质证，补多少？", CERTIFICATE, "", "3 × 20万 = 60万"),
        (
            "总投资3亿，其中固定资产2.5亿，给多少？",
            "按照其实际固定资产投资的10%给予最高5亿元资金支持。",
            "",
            "2.5亿 × 10% = 2500万",
        ),
    ],
)
def test_a_rule_is_applied_to_the_persons_case(question, text, statement, note):
    applied = apply_rule(question, text, "zh")
    assert applied is not None
    assert applied.text.endswith(statement or f"按您的情况计算：{note}。")
    assert (applied.note.text if applied.note else "") == note


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("能补多少？", RATE),  # no amount stated
        ("营业收入3000万，能补多少？", RATE),  # an amount of something else
        ("研发投入3000万，研发设备又投了500万，能补多少？", RATE),  # two amounts that may be meant
        ("活动直接费用花了400万，其中政府出了100万，补多少？", "对直接费用，按实际举办费用的30%给予补助。"),
        ("研发投入400万，补多少？", "按研发投入的20%或10%给予补助。"),  # two rates
        (
            "研发投入400万，补多少？",
            "对研发投入达到500万元以上的，按研发投入的20%给予补助。",
        ),  # below the threshold
        ("总投资1亿，奖多少？", "固定资产投资达到5000万元、1亿元的，给予奖励。"),  # no paired list
        ("投入400万，补多少？", "按法律、财务等中介费用的50%给予补贴，最高50万元。"),  # another kind of cost
        (
            "研发投入1亿元，通过了专家审定，补多少？",  # a rule of its own for some
            "按研发投入的20%给予补助，最高500万元，其中，对专家审定推荐的项目，给予最高2000万元补助。",
        ),
        ("主营业务收入前年过了500万，领过20万，今年第一次冲过1000万，奖多少？", SALES),  # what is 1000万?
        ("投入400万，补多少？", "给予资金扶持（人员费用不高于资助费用总额的30%）。"),  # a limit, not a grant
        ("我们有50名员工，补多少？", HEAD),  # not the people who are paid for
        ("营业收入3000万，补多少？", "对年销售收入不超过2000万元的企业，按所获投资额的10%给予补助。"),
        ("我们有30个人，补多少？", CERTIFICATE),  # a count of something else
        ("贷款800万，补多少？", LOAN),  # the interest is not stated
    ],
)
def test_nothing_is_said_where_it_is_not_certain(question, text):
    assert apply_rule(question, text, "zh") is None


def test_a_rule_of_its_own_for_others_does_not_matter():
    rule = "按研发投入的20%给予补助，最高500万元，其中，对专家审定推荐的项目，给予最高2000万元补助。"
    assert apply_rule("研发投入1000万元，补多少？", rule, "zh").note.text == "1000万 × 20% = 200万"


def test_a_cap_in_the_next_sentence_binds_as_well():
    rule = "按项目实际投入的50%给予奖励。每个项目奖励不超过企业贡献，最高奖励不超过100万元。"
    applied = apply_rule("项目投入400万，奖多少？", rule, "zh")
    assert applied.note.text == "400万 × 50% = 200万"
    assert applied.text == "按您的情况计算：400万 × 50% = 200万，超过上限，以“最高奖励不超过100万元”为限。"


TIERED = (
    "给予入围的项目不超过项目总投资20%的资助。其中，总投资在1500万元及以下的一般项目，资助最高不超过200万元；"
    "总投资在1500万元以上的重点项目，资助最高不超过1000万元。"
)


@pytest.mark.parametrize(
    ("invested", "statement"),
    [
        ("2000万", "2000万 × 20% = 400万。"),  # above the cap of the lower tier, which is not its own
        ("6000万", "6000万 × 20% = 1200万，超过上限，以“资助最高不超过1000万元”为限。"),
        ("1500万", "1500万 × 20% = 300万，超过上限，以“资助最高不超过200万元”为限。"),
        ("900万", "900万 × 20% = 180万。"),
    ],
)
def test_the_cap_of_the_persons_own_tier_binds(invested, statement):
    applied = apply_rule(f"我们项目总投资{invested}，能补多少？", TIERED, "zh")
    assert applied.text == f"按您的情况计算：{statement}"


def test_the_cap_of_another_rule_does_not_bind():
    rule = "按设备投资额的30%给予补助，最高1000万元，对平台企业引进上下游企业的，给予最高100万元奖励。"
    assert apply_rule("设备投资2000万，补多少？", rule, "zh").text == "按您的情况计算：2000万 × 30% = 600万。"


def test_nothing_is_said_where_the_tier_of_the_cap_is_about_something_else():
    rule = "按项目研发投入的20%给予补助。年营业收入2000万元以上的企业，补助最高不超过500万元。"
    assert apply_rule("研发投入400万，补多少？", rule, "zh") is None


def test_english_case_in_english():
    applied = apply_rule("We spent RMB 40 million on research.", RATE, "en")
    assert applied.note.text == "40 million × 20% = 8 million"
    assert applied.text == (
        "In your case: 40 million × 20% = 8 million, which exceeds the cap: “最高不超过500万元”."
    )


def test_parallel_lists_need_as_many_of_each():
    limits, given_ = parallel_lists(TIERS)
    assert [f.value for f in limits] == [5e7, 1e8, 5e8]
    assert [f.value for f in given_] == [5e6, 1e7, 5e7]
    assert parallel_lists("达到500万元、1000万元的，分别给予20万元、30万元、40万元") is None


@given(st.integers(1, 10**6), st.integers(1, 100))
def test_every_shown_sum_recomputes(thousands, percent):
    amount = thousands * 1000
    question = f"研发投入{amount}元，能补多少？"
    applied = apply_rule(question, f"按研发投入的{percent}%给予补助。", "zh")
    if amount < 10_000:
        return
    known = [*figures(question), *figures(f"{percent}%")]
    assert recompute(applied.note.text, known)


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("400万 × 30% = 120万", True),
        ("(400万 - 100万) × 30% = 90万", True),
        ("400万 × 30% = 130万", False),
        ("400万 × 40% = 160万", False),  # 40% stands nowhere
        ("500万 × 30% = 150万", False),
        ("400万 × 3‰ = 1.2万", False),
        ("400万 = 400万元", True),
        ("120万", False),
        ("400万 × (30% = 120万", False),
        ("400万 ÷ 0 = 0", False),
        ("__import__('os') × 30% = 1", False),
    ],
)
def test_recompute(note, right):
    assert bool(recompute(note, figures("投入400万，政府出了100万，按30%补助"))) is right


def test_show_money():
    assert [show_money(v) for v in (1.2e6, 1e8, 1.25e8, 9500, 123456)] == [
        "120万",
        "1亿",
        "1.25亿",
        "9500",
        "123456",
    ]
    assert [show_money(v, "en") for v in (1.2e6, 2.5e9, 9500)] == ["1.2 million", "2.5 billion", "9500"]
