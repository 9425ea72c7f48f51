import pytest

from corpus.text import fold
from embeddings.tokens import lexical_tokens
from rag.engine import PolicyQA
from rag.gazetteer import Name
from rag.glossary import NO_GLOSSARY, make_glossary
from rag.types import Concept
from rag.wording import NAME, concepts_of, terms_of

QUESTIONS = (
    "我们租办公室，房租能报销吗？",
    "大学里做检测的公司能拿钱吗",
    "流片和打样政府补多少",
    "Is there an interest subsidy or matching fund for a unicorn's first-of-its-kind equipment?",
    "What does the science and technology bureau ask of startups?",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_expansion_never_outweighs_the_person_s_own_words(compendium: PolicyQA, question: str) -> None:
    idf = compendium._snapshot.index.idf
    expanded = 0
    for concept in concepts_of(fold(question)):
        own = set(lexical_tokens(concept.words[0]))
        terms = terms_of([concept], idf)
        said = sum(weight * idf(token) for token, weight in terms if token in own)
        instead = sum(weight * idf(token) for token, weight in terms if token not in own)
        assert instead <= said + 1e-9
        expanded += instead > 0
    assert expanded


def test_the_cap_binds_where_the_own_word_is_common() -> None:
    rarity = {"大学": 1.0}
    terms = dict(terms_of([Concept(("大学", "高等院校"), 1.0)], lambda token: rarity.get(token, 4.0)))
    others = sum(weight * 4.0 for token, weight in terms.items() if token not in ("大学", "大", "学"))
    assert others == pytest.approx(terms["大学"] * 1.0 + (terms["大"] + terms["学"]) * 4.0)


def test_a_known_word_is_not_broken_by_a_function_character() -> None:
    glossary = make_glossary([("重复享受", ["一块领"], [])])
    found = {c.words[0]: c for c in concepts_of("能一块领吗", (), glossary)}
    plain = {c.words[0]: c for c in concepts_of("能一块领吗", (), NO_GLOSSARY)}
    assert found["一块"].words == ("一块", "重复享受")
    assert found["一块"].weight > plain["一块"].weight
    assert plain["一块"].words == ("一块",)


def test_words_of_a_phrase_count_beside_it_but_less() -> None:
    glossary = make_glossary([("创新联合体", [], ["innovation consortium"]), ("联盟", [], ["consortium"])])
    found = {c.words[0]: c for c in concepts_of("innovation consortium", (), glossary)}
    assert found["innovation consortium"].words[1:] == ("创新联合体",)
    assert found["consortium"].words[1:] == ("联盟",)
    assert 0 < found["consortium"].weight < found["innovation consortium"].weight


def test_a_long_name_weighs_no_more_than_a_short_one() -> None:
    title = "关于加快推进智能传感产业发展的若干意见"
    names = (Name(0, 2), Name(2, 2 + len(title)))
    weights = {c.words[0]: c.weight for c in concepts_of(f"苏州{title}里培育", names)}
    assert weights["苏州"] == NAME
    assert sum(w for word, w in weights.items() if word in title) <= 1.5
    assert weights["培育"] == 1.0


def test_without_a_glossary_each_word_stands_for_itself() -> None:
    assert all(len(c.words) == 1 for c in concepts_of("房租补贴 for hospital rent", (), NO_GLOSSARY))
