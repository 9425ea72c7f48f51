"""What a sentence gives, told apart from whom it gives it to."""

import re

import pytest

from corpus.collection import shipped_corpus
from corpus.types import ClauseKind
from rag.figures import FigureKind, figures
from rag.giving import Gift, is_limit, part_gift, states_amount
from rag.pieces import cut


@pytest.mark.parametrize(
    "marked",
    [
        # the rate with what it is taken of, and the cap behind it
        "对通过验收的平台，<按设备投入的30%给予补助，最高不超过500万元>。",
        # both in one part
        "对评审通过的项目<按总投入的20%给予最高3000万元资助>；",
        # what is demanded stays with the condition, all of a list too
        "固定资产投资达到1亿元、5亿元的，<分别给予100万元、300万元奖励>。",
        "对年销售收入不超过2000万元的企业，<给予50万元补贴>。",
        # what the amount goes by, and a verb without a figure before its cap
        "对示范园区，<视其集聚企业数量，给予最高500万元补助>。",
        "对承办活动的单位，<可参照有关规定给予补助，单个单位最高50万元>。",
        # how it is given stands before the verb
        "支持制定标准，<每项标准分别给予100万元、50万元奖励>。",
        "支持建设平台，经认定后<一次性给予20万元补助>。",
        # a comma inside brackets parts nothing
        "对购置办公用房（不含食堂、车库，仓库）的，<按购买价的10%给予补贴>。",
    ],
)
def test_an_amount_is_told_from_its_condition(marked: str) -> None:
    gift = part_gift(marked.replace("<", "").replace(">", ""))
    condition, amount, _ = re.split("[<>]", marked)
    assert gift == Gift(amount, condition.rstrip("，"))


@pytest.mark.parametrize(
    "sentence",
    [
        "对国家级平台给予500万元奖励，对省级平台给予100万元奖励。",  # two rules
        "国家级赛事按成本的50%、省级赛事按成本的30%给予补助。",  # two rates
        "对新办企业给予100万元补贴，同一企业不重复享受。",  # something behind it
        "按项目投入的20%给予补贴。",  # nothing says for whom
        "支持办会，对投资1亿元项目给予50万元补助。",  # what is demanded has no mark
        "专职人员经费（不高于资助总额的30%）列入预算，由平台支付。",  # gives nothing
    ],
)
def test_where_they_cannot_be_told_apart_for_certain_nothing_is_parted(sentence: str) -> None:
    assert part_gift(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "对获奖企业给予一定奖励。",
        "产业规模突破500亿元，带动相关产业5000亿元。",
        "投资1亿元以上的企业可以申报。",
    ],
)
def test_a_sentence_that_says_no_amount_given(sentence: str) -> None:
    assert not states_amount(sentence)
    assert part_gift(sentence) is None


def test_a_cap_in_a_sentence_of_its_own() -> None:
    assert is_limit("每家企业每年最高不超过100万元。")
    assert not is_limit("对首次获奖的企业最高奖励100万元。")
    assert not is_limit("最高按投入的30%补助。")
    assert is_limit("企业可多次申请，每家企业每年最高100万元，以自然年计算。")
    assert not is_limit("支持企业购置设备，给予最高200万元支持。"), "another rule"
    assert not is_limit("企业可多次申请，年产值满1亿元的每家最高100万元。"), "for some only"
    gift = part_gift("对获奖企业，按奖金的50%给予配套。每家企业最高100万元。")
    assert gift and gift.amount == "按奖金的50%给予配套。每家企业最高100万元"


def test_every_parted_sentence_of_the_compendium_keeps_its_words_and_its_figures() -> None:
    kinds = {FigureKind.MONEY, FigureKind.PERCENT, FigureKind.MULTIPLE}
    parted = stating = 0
    for clause in shipped_corpus().clauses:
        if clause.kind is ClauseKind.PARAGRAPH:
            continue
        for piece in cut(clause.id, clause.text):
            stating += states_amount(piece.text)
            gift = part_gift(piece.text)
            if gift is None:
                continue
            parted += 1
            assert gift.condition in piece.text
            assert piece.text.index(gift.condition) < piece.text.index(gift.amount)
            whole = [piece.text[f.start : f.end] for f in figures(piece.text) if f.kind in kinds]
            cells = [
                c[f.start : f.end]
                for c in (gift.condition, gift.amount)
                for f in figures(c)
                if f.kind in kinds
            ]
            assert cells == whole
            assert any(f.kind in kinds for f in figures(gift.amount))
    assert parted > 0.8 * stating > 100


def test_words_repeated_without_end_are_read_in_one_go() -> None:
    gift = part_gift(f"对企业{'每' * 80}的给予100万元补贴。")
    assert gift and gift.amount == "给予100万元补贴"
