"""BM25 over our own tokens: one tantivy folder a segment, searched together as one index."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tantivy import Query, Schema

FIELDS = ("text", "heading", "title", "asked")
"""The passage's own words, its clause's headings, its document's title with the zone, and the words by
which people look for its clause."""

MOST_POSTINGS = 4_000_000
"""So many passages are looked at for one question at most, each counted once for every word it holds."""

_META = "meta.json"
_HEAP = 64 * 2**20
_SLACK = 32
# Tantivy adds single-precision scores in an order of its own: sums closer than this may be ties.
_DIGITS = 4
_ROW_BITS = 32


def write_lexical(folder: Path, number: int, rows: Iterable[Mapping[str, Sequence[str]]]) -> None:
    """Writes the tokens of a segment's passages.

    Args:
        folder: the folder to make.
        number: the segment's number.
        rows: for every passage in order its tokens by field.
    """
    import tantivy

    folder.mkdir()
    index = tantivy.Index(_schema(), path=str(folder))
    # More threads would make several parts of it, in an order of their own.
    writer = index.writer(_HEAP, 1)
    for row, tokens in enumerate(rows):
        fields = {name: " ".join(words) for name, words in tokens.items()}
        writer.add_document(tantivy.Document(key=number << _ROW_BITS | row, **fields))
    writer.commit()
    writer.wait_merging_threads()
    for path in folder.glob(".*"):
        path.unlink()


def _schema() -> Schema:
    import tantivy

    builder = tantivy.SchemaBuilder().add_integer_field("key", fast=True)
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class WordSearcher(Protocol):
    """Finds passages by their words; ``LexicalSearcher`` is one."""

    def search(
        self, terms: Sequence[tuple[str, float]], fields: Mapping[str, float], k: int
    ) -> list[tuple[float, int, int]]:
        """See ``LexicalSearcher.search``."""

    def idf(self, term: str, field: str) -> float:
        """See ``LexicalSearcher.idf``."""


class LexicalSearcher:
    """All segments' tokens as one index, so that a word's rarity is counted over the whole collection."""

    def __init__(self, folders: Sequence[Path], removed: int, postings: int = MOST_POSTINGS) -> None:
        """Opens folders of ``write_lexical``.

        Args:
            folders: one a segment.
            removed: how many of their passages are no longer answered from.
            postings: how many are read for a question; words that say least for what they cost are left
                out until the others keep to it.

        Raises:
            ValueError: if a folder is damaged.
        """
        import tantivy

        # Tantivy reads one folder, and locks it by writing into it: it gets links in a folder of its own,
        # which may go as soon as the files are open.
        view = Path(tempfile.mkdtemp(prefix="policyqa-"))
        try:
            _link(folders, view)
            index = tantivy.Index.open(str(view))
            index.config_reader("manual")
            index.reload()
            self._searcher = index.searcher()
        finally:
            shutil.rmtree(view, ignore_errors=True)
        self._schema = index.schema
        self._removed = removed
        self._postings = postings

    def search(
        self, terms: Sequence[tuple[str, float]], fields: Mapping[str, float], k: int
    ) -> list[tuple[float, int, int]]:
        """Finds the passages that hold the terms.

        Args:
            terms: tokens with weights; those without weight are left out.
            fields: weights of the fields to look in.
            k: how many passages to find.

        Returns:
            Triples of BM25 score, segment number and row, the best first: at least ``k`` passages that
            were not removed, as far as there are so many, and the ties of the last one.
        """
        query = self._query(terms, fields)
        if query is None or k < 1:
            return []
        limit = k + self._removed + _SLACK
        while True:
            hits = self._searcher.search(query, limit=limit, count=False).hits
            if len(hits) < limit or hits[-1][0] < hits[k + self._removed - 1][0] - 10**-_DIGITS:
                break
            limit *= 2
        keys = self._searcher.fast_field_values("key", [address for _, address in hits])
        mask = (1 << _ROW_BITS) - 1
        return [
            (round(score, _DIGITS), key >> _ROW_BITS, key & mask)
            for (score, _), key in zip(hits, keys, strict=True)
            if isinstance(key, int)
        ]

    def _query(self, terms: Sequence[tuple[str, float]], fields: Mapping[str, float]) -> Query | None:
        from tantivy import Occur, Query

        parts = [
            (Occur.Should, Query.boost_query(Query.term_query(self._schema, name, term, "freq"), weight))
            for name, term, weight in self._affordable(terms, fields)
        ]
        return Query.boolean_query(parts) if parts else None

    def _affordable(
        self, terms: Sequence[tuple[str, float]], fields: Mapping[str, float]
    ) -> Iterator[tuple[str, str, float]]:
        """Fields, tokens and weights to look for: all, or those that say most for what they cost."""
        wanted = []
        for name, boost in fields.items():
            for term, weight in terms:
                if weight * boost > 0 and (cost := self._searcher.doc_freq(name, term)):
                    gain = weight * boost * self._rarity(cost)
                    wanted.append((cost / gain, cost, (name, term, weight * boost)))
        left = self._postings
        for n, (_, cost, part) in enumerate(sorted(wanted)):
            left -= cost
            if left >= 0 or n == 0:
                yield part

    def idf(self, term: str, field: str) -> float:
        """How rare a token is: ln(1 + (N - n + 0.5) / (n + 0.5)), n of N passages having it in ``field``."""
        return self._rarity(self._searcher.doc_freq(field, term))

    def _rarity(self, having: int) -> float:
        return math.log(1 + (self._searcher.num_docs - having + 0.5) / (having + 0.5))


def _link(folders: Sequence[Path], view: Path) -> None:
    """Joins the folders in ``view``: links to their files, and one list of their parts."""
    for folder in folders:
        for path in folder.iterdir():
            if path.name != _META:
                (view / path.name).symlink_to(path.resolve())
    if len(folders) == 1:
        # Nothing is written: an index can be read where the disk is full.
        (view / _META).symlink_to((folders[0] / _META).resolve())
        return
    metas = [json.loads((folder / _META).read_bytes()) for folder in folders]
    if any(meta["schema"] != metas[0]["schema"] for meta in metas):
        raise ValueError("the segments have different fields")
    metas[0]["segments"] = [part for meta in metas for part in meta["segments"]]
    (view / _META).write_text(json.dumps(metas[0]))
