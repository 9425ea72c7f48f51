import pytest

from corpus.text import fold
from corpus.types import Document
from rag.asking import facts_asked, small_talk
from rag.gazetteer import Gazetteer
from rag.question import understand
from rag.types import Fact, Query
from rag.wording import learned_glosses

GAZETTEER = Gazetteer(
    (Document("a", "武汉市若干政策", "武汉试点区"), Document("b", "长沙市若干政策", "长沙试点区"))
)


def ask(question: str) -> Query:
    return understand(question, (), GAZETTEER)


def weights(question: str) -> dict[str, float]:
    return dict(ask(question).terms)


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("最高补多少钱？", (Fact.AMOUNT,)),
        ("补几成，封顶多少", (Fact.RATIO, Fact.AMOUNT)),
        ("要培育多少家企业", (Fact.QUANTITY,)),
        ("谁牵头？", (Fact.OFFICE,)),
        ("平时的事谁在管", (Fact.OFFICE,)),
        ("Who runs that?", (Fact.OFFICE,)),
        ("奖补资金是不是全由区里掏？市里出不出？", (Fact.PAYER,)),
        ("由市承担的建设任务", ()),
        ("分成几块片区建设", ()),
        ("AI application fields", ()),
        ("Where do we hand in our application?", (Fact.PLACE, Fact.PROCEDURE)),
        ("智慧政务是哪家牵头？", (Fact.OFFICE,)),
        ("打什么电话", (Fact.PHONE,)),
        ("有效期到什么时候", (Fact.VALIDITY, Fact.DEADLINE)),
        ("多少天内返给企业", (Fact.DEADLINE,)),
        ("报名截止到几月几号", (Fact.DEADLINE,)),
        ("手头没多少本钱，开办公司有人帮忙吗", ()),
        ("When does it end?", (Fact.DEADLINE,)),
        ('When those rules say "up to", is the number itself included?', ()),
        ("交什么材料", (Fact.PROCEDURE,)),
        ("要什么条件", (Fact.CONDITION,)),
        ("放在哪几个园区", (Fact.PLACE,)),
        ("How much is paid, and who is responsible?", (Fact.AMOUNT, Fact.OFFICE)),
        ("What percentage is covered?", (Fact.RATIO,)),
        ("Do you prefer local firms when the city buys?", ()),
        ("武汉总部奖励政策", (Fact.AMOUNT,)),
        ("Huangpu rent subsidy?", (Fact.AMOUNT,)),
        ("建设原则", ()),
    ],
)
def test_the_facts_asked_for_are_found_in_order(question: str, facts: tuple[Fact, ...]) -> None:
    assert facts_asked(fold(question)) == facts


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("在吗？", "greeting"),
        ("你好，请问", "greeting"),
        ("Hi there!", "greeting"),
        ("谢谢啦", "thanks"),
        ("Thanks a lot, bye!", "thanks"),
        ("你好，武汉补多少？", ""),
        ("谢谢，那长沙呢？", ""),
        ("hippo", ""),
    ],
)
def test_only_small_talk_is_small_talk(question: str, kind: str) -> None:
    assert small_talk(fold(question)) == kind


def test_words_of_the_subject_weigh_more_than_question_words_and_places() -> None:
    found = weights("武汉的人形机器人能补多少")
    assert found["机器"] == 1.0
    assert found["武汉"] < 0.5
    assert found.get("多少", 0) < 0.5


def test_lay_words_bring_those_of_the_texts() -> None:
    found = weights("武汉流片补多少")
    assert found["首次"] > 0.2
    assert found["流片"] == 1.0


def test_english_words_bring_chinese_ones() -> None:
    found = weights("How much does Wuhan pay incubators?")
    assert found["孵化"] > 0.5
    assert found["武汉"] > 0


def test_words_that_the_glossary_lacks_are_glossed_by_the_model() -> None:
    assert "医院" in learned_glosses("hospital")
    assert learned_glosses("xqzv") == ()


def test_the_person_s_own_case_is_kept_as_typed() -> None:
    assert ask("我们投了３００万，有12个人，补多少").inputs == ("３００万", "12个人")


def test_two_places_are_a_comparison() -> None:
    query = ask("武汉和长沙各补多少")
    assert query.comparison
    assert query.zones == ("武汉试点区", "长沙试点区")


@pytest.mark.parametrize(
    ("question", "articles"),
    [("武汉若干政策第十二条讲什么", (12,)), ("What does article 5 say?", (5,)), ("条件是什么", ())],
)
def test_articles_named_are_read(question: str, articles: tuple[int, ...]) -> None:
    assert ask(question).articles == articles


@pytest.mark.parametrize(
    ("question", "articles"),
    [("第三条讲什么", (3,)), ("第四五七条的细则", (4, 5, 7)), ("第十二条", (12,)), ("article 4", (4,))],
)
def test_articles_named(question: str, articles: tuple[int, ...]) -> None:
    assert understand(question, (), Gazetteer(())).articles == articles


@pytest.mark.parametrize(
    ("story", "asked", "told", "subject"),
    [
        (
            "我们做了五年机器人，去年上了云，也给5G基站供过货，房东还说厂房租金能减，这些都不用管，",
            "我只想问博士后补多少",
            "机器",
            "博士",
        ),
        (
            "We have built robots for five years, moved to the cloud and supplied base stations. ",
            "My only question is how much a postdoc brings.",
            "robots",
            "postdoc",
        ),
    ],
)
def test_a_story_before_the_only_question_counts_little(
    story: str, asked: str, told: str, subject: str
) -> None:
    weight = {c.words[0]: c.weight for c in ask(story + asked).concepts}
    assert (weight[told], weight[subject]) == (0.2, 1.0)
    unlimited = asked.replace("只想问", "，").replace("My only question is", "And")
    weight = {c.words[0]: c.weight for c in ask(story + unlimited).concepts}
    assert (weight[told], weight[subject]) == (1.0, 1.0)
    assert {c.words[0]: c.weight for c in ask(asked).concepts}[subject] == 1.0
