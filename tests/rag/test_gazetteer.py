from datetime import date

import pytest

from corpus.text import fold
from corpus.types import Document
from rag.gazetteer import Gazetteer

DOCUMENTS = (
    Document("beijing-2017-opinions", "北京市加快科技创新培育人工智能产业的指导意见", "一、北京试点区"),
    Document("beijing-2019-measures", "北京市关于加快中关村科学城人工智能创新的十五条措施", "一、北京试点区"),
    Document("guangzhou-2020-plan", "广州市人工智能行动计划（2020—2022年）", "二、广州试点区"),
    Document("guangzhou-2021-plan", "广州市产业链高质量发展行动计划（2021—2023年）", "二、广州试点区"),
    Document("huangpu-rules", "广州市黄埔区 广州开发区实施意见细则", "二、广州试点区"),
    Document("xian", "西安市行动方案", "三、西安试点区", issued=date(2020, 5, 1)),
    Document("xian-2", "西安市实施办法", "三、西安试点区", issued=date(2018, 5, 1)),
    Document("chengdu", "成都市专项政策", "四、成都试点区"),
    Document("chengdu-rules", "成都市专项政策实施细则", "四、成都试点区"),
    Document("ningde", "宁德市鼓励投资的若干措施"),
    Document("handbook", "公司差旅手册"),
)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(DOCUMENTS)


def find(gazetteer: Gazetteer, question: str):
    return gazetteer.find(fold(question))


@pytest.mark.parametrize(
    ("question", "zones"),
    [
        ("广州奖励多少？", ("二、广州试点区",)),
        ("What does Guangzhou pay?", ("二、广州试点区",)),
        ("How about Xi'an?", ("三、西安试点区",)),
        ("How about Xi’an’s plan?", ("三、西安试点区",)),
        ("xian 有補助嗎", ("三、西安试点区",)),
        ("Does Yanan differ from Xian?", ("三、西安试点区",)),
        ("廣州有補助嗎", ("二、广州试点区",)),
        ("广洲有补助吗", ("二、广州试点区",)),
        ("成都和西安各补多少", ("四、成都试点区", "三、西安试点区")),
        ("这个程度的补助是什么背景", ()),
        ("把北京的项目挪到西安有补助吗", ("三、西安试点区",)),
        ("我们之前在广州和北京做过项目，西安有补助吗", ("三、西安试点区",)),
        ("我们是一家北京的软件公司，搬到西安有补助吗", ("三、西安试点区",)),
        ("看到广州也有，我只想问西安给多少", ("三、西安试点区",)),
        ("We are not a company. Does Xi'an pay us?", ("三、西安试点区",)),
        ("If a firm buys rather than rents offices in Xi'an, what does it get?", ("三、西安试点区",)),
        ("不看广州，西安给多少", ("三、西安试点区",)),
        ("除了西安，还有哪些城市有补助", ()),
    ],
)
def test_zones_are_found_in_any_spelling(gazetteer: Gazetteer, question: str, zones: tuple[str, ...]) -> None:
    assert find(gazetteer, question).zones == zones


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("海淀办大赛补多少", ("beijing-2019-measures",)),
        ("黄埔奖多少", ("huangpu-rules",)),
        ("Huangpu rewards", ("huangpu-rules",)),
        ("北京那份指导意见怎么说", ("beijing-2017-opinions",)),
        ("广州2020到2022年的行动计划要建几个", ("guangzhou-2020-plan",)),
        ("广州产业链行动计划要建几个", ("guangzhou-2021-plan",)),
        ("成都专项政策有效期多久", ("chengdu",)),
        ("成都专项政策的实施细则谁解释", ("chengdu-rules",)),
        ("《广州市产业链高质量发展行动计划》里的目标", ("guangzhou-2021-plan",)),
        ("西安2018年那份怎么说", ("xian-2",)),
        ("广州产业链规划要建几个", ("guangzhou-2021-plan",)),
        ("广州的规划要建几个", ()),
        ("西安和广州产业链的行动方案各建几个", ("xian", "guangzhou-2021-plan")),
        ("What do the implementation measures of Xi'an pay?", ("xian-2",)),
        ("How many firms does Guangzhou's industry-chain plan want to nurture?", ("guangzhou-2021-plan",)),
        ("How many firms does Guangzhou's 2021 plan want to nurture?", ("guangzhou-2021-plan",)),
        ("How many firms does Guangzhou's plan want to nurture?", ()),
        ("What does Guangzhou add to a project of the national key R&D plan?", ()),
        ("Does Guangzhou's industry chain plan to recruit talent?", ()),
        ("广州参与国家重点研发计划补多少", ()),
        ("广州奖励多少", ()),
    ],
)
def test_documents_are_found_by_place_kind_and_year(
    gazetteer: Gazetteer, question: str, documents: tuple[str, ...]
) -> None:
    assert find(gazetteer, question).documents == documents


@pytest.mark.parametrize(
    ("question", "excluded"),
    [
        ("北京的指导意见（不是中关村科学城的十五条）里有什么基金", ("beijing-2019-measures",)),
        ("不是广州产业链那份，广州另一份里有几个场景", ("guangzhou-2021-plan",)),
        ("西安的，不是2018年的", ("xian-2",)),
        ("是不是广州产业链那份", ()),
    ],
)
def test_what_is_not_meant_is_excluded(
    gazetteer: Gazetteer, question: str, excluded: tuple[str, ...]
) -> None:
    named = find(gazetteer, question)
    assert named.excluded == excluded
    assert not set(named.documents) & set(excluded)


@pytest.mark.parametrize("question", ["西安2018年的办法给多少", "西安2018年那份给多少"])
def test_a_year_that_names_a_document_is_part_of_its_name(gazetteer: Gazetteer, question: str) -> None:
    start = question.index("2018")
    assert any(name.start <= start < name.end for name in find(gazetteer, question).names)
    assert not any(name.start <= start < name.end for name in find(gazetteer, "西安2018年给多少").names)


def test_words_of_a_title_right_before_its_kind_are_part_of_the_name(gazetteer: Gazetteer) -> None:
    question = "产业链园区在广州，产业链的行动计划要建几个产业园"
    named = [question[name.start : name.end] for name in find(gazetteer, question).names]
    assert named == ["广州", "产业链的行动计划"]


def test_the_rules_of_one_district_do_not_hold_in_another(gazetteer: Gazetteer) -> None:
    assert find(gazetteer, "天河区也有吗").local == ("guangzhou-2020-plan", "guangzhou-2021-plan")


def test_a_place_outside_the_collection_is_absent(gazetteer: Gazetteer) -> None:
    assert find(gazetteer, "How much does Ningbo pay?").absent == ("宁波",)
    assert find(gazetteer, "How much does Ningbo pay?").local == ()


def test_a_city_in_a_title_stands_for_a_document_without_a_zone(gazetteer: Gazetteer) -> None:
    named = find(gazetteer, "宁德补多少")
    assert (named.zones, named.local, named.absent) == ((), ("ningde",), ())


def test_a_kind_is_looked_for_among_the_documents_spoken_of_before(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("那份指导意见呢", ("beijing-2017-opinions", "beijing-2019-measures")).documents == (
        "beijing-2017-opinions",
    )


def test_a_collection_without_places_names_nothing() -> None:
    named = Gazetteer((Document("a", "公司差旅手册"), Document("b", "采购手册"))).find("差旅标准是多少")
    assert (named.zones, named.documents, named.local, named.names) == ((), (), (), ())


def test_a_district_in_english_brings_its_chinese_name(gazetteer: Gazetteer) -> None:
    (name,) = find(gazetteer, "What is built in Pazhou?").names
    assert (name.chinese, name.steers) == ("琶洲", False)


def test_a_title_is_found_as_people_call_it() -> None:
    laws = Gazetteer(
        (Document("a", "中华人民共和国反垄断法"), Document("b", "中华人民共和国商标法(2019修正)"))
    )
    assert laws.find("反垄断法第十七条讲什么").documents == ("a",)
    assert laws.find("商标法里注册要多久").documents == ("b",)
    assert laws.find("不是商标法，反垄断法呢").documents == ("a",)
    assert laws.find("商标要多久").documents == ()
