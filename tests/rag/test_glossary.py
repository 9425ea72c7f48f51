import json
from pathlib import Path
from typing import Any

import pytest

import rag
from corpus.text import fold
from rag.glossary import NO_GLOSSARY, load_glossary, make_glossary

DATA = Path(rag.__file__).parent / "data"
SMALL = make_glossary(
    [
        ("贴息", ["补利息", "利息"], ["interest subsidy"]),
        ("贷款贴息", ["补利息"], ["first-time loan"]),
        ("孵化器", [], ["incubator"]),
    ]
)


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def test_a_lay_word_brings_all_official_ones_of_the_longest_match() -> None:
    assert list(SMALL.lay_words("能补利息吗，利息呢")) == [
        (1, 4, ("贴息", "贷款贴息")),
        (6, 8, ("贴息",)),
    ]


def test_english_phrases_are_found_with_and_without_hyphens() -> None:
    assert SMALL.english["first-time loan"] == SMALL.english["first time loan"] == ("贷款贴息",)
    assert SMALL.longest_phrase == 3


def test_an_empty_glossary_finds_nothing() -> None:
    assert list(NO_GLOSSARY.lay_words("能补利息吗")) == []
    assert not NO_GLOSSARY.english and not NO_GLOSSARY.learned


@pytest.mark.parametrize(
    ("said", "official"),
    [("房租", "租金"), ("流片", "首次工程批"), ("免租金", "房租减免"), ("发改委", "市发展改革委")],
)
def test_what_people_say_brings_the_official_word(said: str, official: str) -> None:
    assert official in load_glossary().lay[said]


@pytest.mark.parametrize(
    ("said", "official"),
    [("unicorn", "独角兽"), ("interest subsidy", "贴息"), ("science and technology bureau", "市科技局")],
)
def test_english_brings_the_official_word(said: str, official: str) -> None:
    assert official in load_glossary().english[said]


def test_the_shipped_glossary_is_sorted_and_says_nothing_twice() -> None:
    entries = rows("glossary.jsonl")
    officials = [e["official"] for e in entries]
    assert len(entries) >= 800
    assert officials == sorted(set(officials))
    for entry in entries:
        assert set(entry) == {"official", "lay", "en"}
        words = [*entry["lay"], *entry["en"]]
        assert words and len(words) == len(set(words))
        assert entry["official"] not in words
        assert all(fold(w) == w and w.isascii() for w in entry["en"])


def test_no_spelling_of_the_gazetteer_stands_for_two_zones() -> None:
    zones: dict[str, str] = {}
    for entry in rows("gazetteer.jsonl"):
        assert set(entry) - {"title"} == {"name", "kind", "zone", "aliases", "en", "pinyin"}
        for name in (entry["name"], *entry["aliases"], *entry["en"]):
            assert zones.setdefault(fold(name), entry["zone"]) == entry["zone"], name


def test_no_name_that_any_city_could_bear_is_tied_to_a_zone() -> None:
    tied = [entry for entry in rows("gazetteer.jsonl") if entry["zone"]]
    names = {name for e in tied for name in (e["name"], *e["aliases"])}
    assert not names & {
        "产业创新发展区",
        "高铁站前区",
        "智能总部园",
        "区科技行政主管部门",
        "市科技局",
        "税务局",
    }
