from __future__ import annotations

import pytest

from app.collection import LISTED, Collection
from app.i18n import messages
from corpus.collection import shipped_corpus
from corpus.errors import PolicyQAError
from corpus.types import Document

SHIPPED = "ai-policy-compendium-2022-01.txt"


def collection(*documents: Document) -> Collection:
    return Collection({document.id: document for document in documents})


WUHAN = Document("w", "武汉政策", "武汉国家新一代试验区", SHIPPED)
DEQING = Document("d", "德清规划", "德清县国家新一代试验区", SHIPPED)
OWN = Document("o", "本公司办法", "", "own.txt")


def test_zones_go_by_what_tells_them_apart() -> None:
    both = collection(WUHAN, DEQING)
    assert both.short_zone(WUHAN.zone, "zh") == "武汉"
    assert both.short_zone(DEQING.zone, "en") == "Deqing 德清县"
    assert collection(WUHAN).short_zone(WUHAN.zone, "zh") == WUHAN.zone
    same_end = collection(Document("a", "甲", "试验区"), Document("b", "乙", "北江试验区"))
    assert same_end.short_zone("试验区", "zh") == "试验区"


def test_the_facts_come_from_the_documents() -> None:
    mixed = collection(WUHAN, DEQING, OWN)
    assert mixed.facts(messages("en")) == [
        "as collected in January 2022",
        "3 documents · 2 zones",
        "1 of them added here",
    ]
    own = collection(OWN)
    assert own.facts(messages("zh")) == ["1 份文件"]
    assert own.title(messages("zh")) == ""


def test_documents_stand_under_their_zones_and_the_list_ends_somewhere() -> None:
    mixed = collection(WUHAN, OWN, DEQING)
    assert [zone for zone, _ in mixed.by_zone("zh")] == ["", "武汉", "德清县"]
    many = collection(*(Document(str(n), f"办法{n}") for n in range(LISTED + 5)))
    assert sum(len(documents) for _, documents in many.by_zone("zh")) == LISTED
    assert many.unlisted == 5


def test_there_are_examples_for_any_collection_in_both_languages() -> None:
    own = collection(OWN)
    assert len(own.examples("zh")) == len(own.examples("en")) > 0


def test_examples_name_documents_of_the_shipped_compendium() -> None:
    shipped = Collection({document.id: document for document in shipped_corpus().documents})
    own = collection(OWN)
    assert len(shipped.examples("en")) > len(own.examples("en")) + 2


def test_a_zone_is_found_by_any_part_of_its_names() -> None:
    both = collection(WUHAN, DEQING)
    assert both.zones_named("武汉") == both.zones_named("wuhan") == (WUHAN.zone,)
    assert both.zones_named("试验区") == (WUHAN.zone, DEQING.zone)
    for name in ("巴黎", " "):
        with pytest.raises(PolicyQAError, match="武汉、德清县"):
            both.zones_named(name)
