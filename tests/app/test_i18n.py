from __future__ import annotations

import re
import string
import tomllib
from datetime import date

import pytest

from app.i18n import DATA, choose_language, messages


def words(language: str) -> dict[str, str]:
    return tomllib.loads((DATA / f"{language}.toml").read_text(encoding="utf-8"))


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    def shape(language: str) -> dict[str, set[str | None]]:
        return {key: {f[1] for f in string.Formatter().parse(text)} for key, text in words(language).items()}

    chinese, english = shape("zh"), shape("en")
    assert chinese.keys() == english.keys()
    for key, values in chinese.items():
        assert values - {None} == english[key] - {None}, key


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN", "zh"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB", "en"),
        ("en;q=0.4, zh-Hans;q=0.9", "zh"),
        ("fr-FR,fr;q=0.9,zh;q=0.2", "zh"),
        ("fr", "en"),
        ("zh;q=nonsense,en;q=0.1", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_language_is_the_one_the_browser_prefers(accepted: str | None, language: str) -> None:
    assert choose_language(accepted) == language


def test_dates_are_written_as_people_write_them() -> None:
    assert messages("zh").day(date(2022, 1, 5)) == "2022年1月5日"
    assert messages("en").day(date(2022, 1, 5)) == "5 January 2022"
    assert messages("en").month(date(2022, 1, 5)) == "January 2022"


def test_every_word_is_used_and_every_word_used_is_there() -> None:
    folder = DATA.parent
    files = [*folder.rglob("*.py"), *folder.rglob("*.html")]
    files.remove(folder / "templates" / "portal.html")  # a made-up company's page with words of its own
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    composed = ("note_", "related_", "why_", "instead_", "table_", "verdict_", "remark_")
    unused = [key for key in words("en") if not re.search(rf"[\"']{key}[\"']", source)]
    assert [key for key in unused if not key.startswith(composed)] == []
    used = re.findall(r"\b(?:t|words)\([\"'](\w+)[\"']", source)
    assert [key for key in used if key not in words("en") and key not in composed] == []
