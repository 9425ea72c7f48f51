"""The XML parts of a Word file, as far as its text needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from docx.document import Document

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class Element(Protocol):
    """An XML element, as lxml gives it."""

    tag: str
    text: str | None

    def get(self, key: str) -> str | None:
        """The value of an attribute."""

    def find(self, path: str) -> Element | None:
        """The first child of that tag."""

    def iter(self, tag: str) -> Iterator[Element]:
        """The element itself and all below it of that tag."""

    def iterchildren(self, tag: str) -> Iterator[Element]:
        """The children of that tag."""

    def getparent(self) -> Element | None:
        """The element above."""

    def __iter__(self) -> Iterator[Element]: ...

    def __reversed__(self) -> Iterator[Element]: ...


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style: its name, its ``w:pPr``, and the id of the style it is based on."""

    name: str
    properties: Element | None
    base: str


def read_styles(document: Document) -> dict[str, Style]:
    """The paragraph styles of a document by their ids."""
    root: Element | None = part_of(document, "styles")
    styles = {}
    for style in root.iterchildren(f"{W}style") if root is not None else ():
        name, base = style.find(f"{W}name"), style.find(f"{W}basedOn")
        styles[style.get(f"{W}styleId") or ""] = Style(
            (name.get(f"{W}val") or "") if name is not None else "",
            style.find(f"{W}pPr"),
            (base.get(f"{W}val") or "") if base is not None else "",
        )
    return styles


def part_of(document: Document, kind: str) -> Element | None:
    """The root of a part beside the main text, such as ``footnotes``; None where there is none."""
    from docx.oxml import parse_xml

    for relation in document.part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            root: Element = parse_xml(relation.target_part.blob)
            return root
    return None
