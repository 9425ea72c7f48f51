"""A small real collection and a small real encoder for the tests of the index."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from corpus.enrichment import hash_text
from corpus.types import Clause, ClauseKind, Corpus, Document, Enrichment, Number, Span
from embeddings.index import Index
from embeddings.tokens import lexical_tokens

FIELDS = {"text": 1.0, "heading": 0.5, "title": 0.5}

TOPICS = (
    "算力券补贴",
    "人才公寓租金",
    "示范应用奖励",
    "首台套保险",
    "专利资助",
    "5G基站建设",
    "贷款贴息",
    "展会费用",
)


@dataclass
class WordEncoder:
    """The mean of one fixed random vector per token; it counts what it encodes."""

    name: str = "words"
    fingerprint: str = "f" * 32
    dimension: int = 32
    prompts: dict[str, str] = field(default_factory=lambda: {"query": "", "document": ""})
    encoded: int = 0

    def encode_document(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        self.encoded += len(texts)
        if progress:
            progress(len(texts), len(texts))
        return self.encode_query(texts)

    def encode_query(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> npt.NDArray[np.float32]:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for token in lexical_tokens(text):
            seed = zlib.crc32(token.encode())
            vector += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        return vector / max(float(np.linalg.norm(vector)), 1e-9)


def document(name: str, articles: Sequence[str], zone: str = "测试区") -> Corpus:
    """One document of numbered articles."""
    title = f"{zone}促进{name}发展若干政策"
    clauses = [
        Clause(
            id=f"{name}/{n}",
            kind=ClauseKind.ARTICLE,
            document=name,
            title=title,
            zone=zone,
            number=Number("条", n),
            path=(f"第{n}条 {text[:4]}",),
            marks=(f"第{n}条",),
            heading=text[:4],
            text=text,
            spans=(Span(n * 100, n * 100 + len(text)),),
        )
        for n, text in enumerate(articles, 1)
    ]
    entries = [
        Enrichment(
            id=clause.id,
            hash=hash_text(clause.text),
            gist_en=f"{name} pays for topic {n}.",
            questions_zh=(f"{clause.heading}给多少？",),
            questions_en=(f"How much does {name} pay for topic {n}?",),
            terms=("grant",),
        )
        for n, clause in enumerate(clauses)
    ]
    held = (Document(id=name, title=title, zone=zone, source="test.txt"),)
    return Corpus(held, tuple(clauses), enrichment=tuple(entries))


def articles(name: str, count: int = 8) -> list[str]:
    """Articles that differ by topic and amount."""
    return [
        f"对{name}的{TOPICS[n % len(TOPICS)]}，按实际支出的{n + 5}%给予最高{n * 10 + 10}万元支持。"
        for n in range(count)
    ]


def join(*parts: Corpus) -> Corpus:
    """Several corpora as one."""
    return Corpus(
        tuple(d for part in parts for d in part.documents),
        tuple(c for part in parts for c in part.clauses),
        enrichment=tuple(e for part in parts for e in part.enrichment),
    )


def collection(names: Sequence[str] = ("alpha", "beta", "gamma")) -> Corpus:
    """A corpus of one small document for each name."""
    return join(*(document(name, articles(name)) for name in names))


def lexical(index: Index, text: str, k: int = 10) -> list[tuple[int, float]]:
    """What an index finds by the words of a text."""
    return index.search_lexical([(token, 1.0) for token in lexical_tokens(text)], k, FIELDS)


def dense(index: Index, text: str, k: int = 10) -> list[tuple[int, float]]:
    """What an index finds by the vector of a text."""
    ids, scores = index.search_dense(WordEncoder().encode_query([text]), k)
    return list(zip(ids[0].tolist(), scores[0].tolist(), strict=True))


def clause_ids(index: Index, hits: list[tuple[int, float]]) -> list[str]:
    """The clauses of what was found."""
    return [index.passages[passage].clause for passage, _ in hits]
