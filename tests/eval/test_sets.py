import pytest

from corpus.errors import PolicyQAError
from eval.sets import load_golds, set_files


def test_every_shipped_development_question_loads():
    golds = load_golds(set_files("dev"))
    assert len({gold.id for gold in golds}) == len(golds) > 200
    assert {gold.language for gold in golds} == {"zh", "en"}
    assert any(gold.id.endswith("#2") and gold.kind == "later turn" for gold in golds)


def test_an_unknown_set_names_those_there_are():
    with pytest.raises(PolicyQAError, match="dev, test"):
        set_files("prod")


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": "a"}', '{"id":"a","lang":"zh","kind":"x","question":"q"}']
)
def test_a_bad_line_is_named(tmp_path, line):
    path = tmp_path / "bad.jsonl"
    path.write_text("\n" + line, encoding="utf-8")
    with pytest.raises(PolicyQAError, match=r"bad\.jsonl line 2"):
        load_golds([path])
