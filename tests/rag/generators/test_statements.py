import pytest

from rag.generators.statements import StatementParser, Written

TWO = [("给予20万元补助。", (1,)), ("由市科技局负责。", (2,))]


def parsed(text, size=1000):
    parser = StatementParser()
    found = []
    for k in range(0, len(text), size):
        found += parser.feed(text[k : k + size])
    return [(w.text, w.ids) for w in found + parser.close()]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("给予20万元补助。[1]\n由市科技局负责。[2]", TWO),
        ("给予20万元补助[1]。由市科技局负责[2]。", TWO),
        ("给予补助。[1][2]由市科技局负责。【2】", [("给予补助。", (1, 2)), ("由市科技局负责。", (2,))]),
        ("给予补助。［１、３］\n", [("给予补助。", (1, 3))]),
        ("给予补助 [1, 3] [3]。", [("给予补助 。", (1, 3))]),
        ("企业[1]可获补助[2]。", [("企业可获补助。", (1, 2))]),
        ("按武科规[2020]5号给予补助。[1]", [("按武科规[2020]5号给予补助。", (1,))]),
        ("没有编号的一句。\n有编号。[1]", [("没有编号的一句。", ()), ("有编号。", (1,))]),
        ("编号另起一行。\n[2]\n下一句。[1]", [("编号另起一行。", (2,)), ("下一句。", (1,))]),
        ("- **给予补助**。[1]\n2. 每年1.5%。[2]", [("给予补助。", (1,)), ("每年1.5%。", (2,))]),
        (
            "Up to RMB 5 million. [1] It is 1.5 percent [2].",
            [("Up to RMB 5 million.", (1,)), ("It is 1.5 percent .", (2,))],
        ),
        ("给予“补助。”[99]", [("给予“补助。”", (99,))]),
        ("甲。乙。[1]", [("甲。乙。", (1,))]),
        ("[1]\n\n", []),
        ("", []),
        ("没有写完[", [("没有写完[", ())]),
    ],
)
def test_statements_end_in_their_ids_however_the_text_is_cut(text, statements, size):
    assert parsed(text, size) == statements


def test_a_statement_is_given_as_soon_as_the_next_begins():
    parser = StatementParser()
    assert parser.feed("给予补助。[1") == []
    assert parser.feed("]") == []
    assert parser.feed("[") == []
    assert parser.feed("2]由") == [Written("给予补助。", (1, 2))]
    assert parser.feed("市科技局负责。[1]\n") == [Written("由市科技局负责。", (1,))]
