import re

from corpus.identity import make_unique, slug_for


def test_a_slug_is_pinyin_and_a_short_hash() -> None:
    slug = slug_for("江城市算力券管理办法", "第一条")
    assert re.fullmatch(r"jiang-cheng-shi-suan-li-quan-guan-li-[a-z-]*-?[0-9a-f]{8}", slug)
    assert slug == slug_for("江城市算力券管理办法", "第一条")
    assert slug != slug_for("江城市算力券管理办法", "第二条")


def test_a_slug_is_safe_whatever_the_title() -> None:
    for title in ("", "../../etc/passwd", "<script>", "Ａ Ｂ/ｃ\n\0", "😀", "\ud800", "重庆 2020 年"):
        assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug_for(title, title))


def test_taken_identifiers_are_numbered() -> None:
    taken = {"a"}
    assert [make_unique("a", taken), make_unique("a", taken), make_unique("b", taken)] == ["a~2", "a~3", "b"]
