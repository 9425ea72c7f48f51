"""Titles as they are mentioned."""

from __future__ import annotations

import pytest

from corpus.titles import Titles, cited_numbers, implemented_title
from corpus.types import Document

_SHELF = [
    Document("a", "江州市新一代人工智能发展规划（2018—2030年）", zone="江州国家试验区", source="x"),
    Document("b", "关于加快江州人工智能高质量发展的实施办法", zone="江州国家试验区", source="x"),
    Document("c", "江州市推动算力发展的实施意见", zone="江州国家试验区", source="x"),
    Document("d", "重名办法", source="x"),
    Document("e", "重名办法", source="y"),
]


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("《江州市新一代人工智能发展规划(2018-2030)》", "a"),
        ("《江州市人民政府关于印发江州市新一代人工智能发展规划（2018—2030年）的通知》", "a"),
        ("《加快江州人工智能高质量发展的实施办法》", "b"),
        ("《关于本市推动算力发展的实施意见》", "c"),
        ("《新一代人工智能发展规划》", ""),
        ("《江州市新一代人工智能发展规划》", ""),
        ("《重名办法》", "d"),
    ],
)
def test_titles(title: str, found: str) -> None:
    document = Titles(_SHELF).find(title, _SHELF[0])
    assert (document.id if document else "") == found


def test_this_city_is_that_of_the_document_that_says_so() -> None:
    elsewhere = Document("f", "湖州市办法", zone="湖州国家试验区")
    assert Titles(_SHELF).find("《关于本市推动算力发展的实施意见》", elsewhere) is None


@pytest.mark.parametrize(
    ("title", "implemented"),
    [
        ("《江州市若干政策》第四、五、七条政策实施细则", "江州市若干政策"),
        ("江州市加快人工智能产业发展专项政策实施细则", "江州市加快人工智能产业发展专项政策"),
        ("江州市加快人工智能产业发展专项政策", ""),
        ("细则", ""),
    ],
)
def test_implementing_documents(title: str, implemented: str) -> None:
    assert implemented_title(title) == implemented


def test_cited_numbers() -> None:
    text = "根据《甲办法》（江政 〔2020〕 1 号）和《乙办法》，参照江政〔2019〕2号"
    assert cited_numbers(text) == [("《甲办法》", "江政〔2020〕1号")]
