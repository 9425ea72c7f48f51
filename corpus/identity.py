"""Identifiers of documents: shipped slugs, ids that a source gives, or pinyin with a short hash."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from functools import cache
from importlib import resources

_LONGEST_SLUG = 40
_HASH_DIGITS = 8


@cache
def shipped_slugs(key: str) -> dict[str, str]:
    """The slugs of a source that ships with the project.

    Args:
        key: the SHA-256 of the source's text.

    Returns:
        Title to slug; empty for every other source.
    """
    text = (resources.files("corpus") / "data" / "slugs.jsonl").read_text("utf-8")
    rows = map(json.loads, text.splitlines())
    return {str(row["title"]): str(row["slug"]) for row in rows if row["source"] == key}


def slug_for(title: str, text: str) -> str:
    """A readable identifier for an added document: its title in pinyin and a short hash.

    Args:
        title: the document's title.
        text: the document's text; with the title it decides the hash.

    Returns:
        Lower-case letters, digits and hyphens only.
    """
    from pypinyin import lazy_pinyin

    latin = "-".join(lazy_pinyin(unicodedata.normalize("NFKC", title)[:60], errors="default"))
    words = re.findall(r"[a-z0-9]+", unicodedata.normalize("NFKD", latin).lower())
    slug = ""
    for word in words:
        if len(slug) + len(word) > _LONGEST_SLUG:
            break
        slug = f"{slug}-{word}" if slug else word
    digest = hashlib.sha256(f"{title}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{slug or 'document'}-{digest[:_HASH_DIGITS]}"


def make_unique(identifier: str, taken: set[str]) -> str:
    """Makes an identifier unique by a number behind it, and takes it.

    Args:
        identifier: the one wished for.
        taken: those in use; the result is added.

    Returns:
        ``identifier``, or it with ``~2``, ``~3``, … where it was taken.
    """
    unique, again = identifier, 2
    while unique in taken:
        unique, again = f"{identifier}~{again}", again + 1
    taken.add(unique)
    return unique
