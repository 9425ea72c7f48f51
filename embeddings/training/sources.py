"""The texts that the built-in model is trained on, read into plain records."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from corpus.collection import shipped_corpus
from corpus.errors import PolicyQAError
from corpus.types import Corpus

HOLD_OUT_EVERY = 5
"""Every fifth STARD question is kept out of training, for ``eval/bench/model.py``; and, where the enrichment
of some documents is to be held out, that of every fifth document."""

COMPENDIUM = "ai-policy-compendium-2022-01.txt"
HEADING, SENTENCE = 4, 25  # characters of the shortest ones

_ENTRY = re.compile(r"(\S+) (\S+) \[[^\]]*\] /(.*)/")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\]]*\]|\{[^}]*\}|[\u3400-\u9fff|·]+")
_NO_GLOSS = re.compile(
    r"^(CL:|variant of|old variant|see |also written|surname |used in|erhua variant|Taiwan pr)"
)
_FILLER = re.compile(r"^(to be |to |a |an |the |abbr\. for )|\b(sb|sth|etc)\b")
_MARKUP = re.compile(r":\w+:`[^`]*`|`[^`]*`|https?://\S+|[#*_`|]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A dictionary word with its English glosses, the plainest first."""

    word: str
    glosses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything the model learns from.

    Attributes:
        dictionary: Chinese words with English glosses.
        runs: runs of aligned (English, Chinese) sentences that follow each other in one text.
        questions: lay questions with the articles that answer them, without the held-out fifth.
        clauses: (heading, text) of the policies.
        terms: groups of expressions with one meaning, Chinese and English mixed.
        enriched: the wordings by which people look for a clause or paragraph unit, and the unit with what
            stands above it.
    """

    dictionary: list[Entry]
    runs: list[list[tuple[str, str]]]
    questions: list[tuple[str, tuple[str, ...]]]
    clauses: list[tuple[str, str]]
    terms: list[tuple[str, ...]]
    enriched: list[tuple[tuple[str, ...], str]]


def read_sources(folder: Path, *, every_document: bool = True) -> Sources:
    """Reads the training folder and the shipped policy texts.

    Args:
        folder: where ``cedict.u8.gz``, ``tatoeba.en-zh.tsv.gz``, ``ntrex.{en,zh}.txt``,
            ``tech-docs.en-zh.jsonl.gz`` and ``stard-train.jsonl.gz`` lie.
        every_document: whether the enrichment of every document is taken; else that of every fifth is not.

    Returns:
        The sources.

    Raises:
        PolicyQAError: if a file is missing.
    """
    try:
        return Sources(
            dictionary=_read_dictionary(folder / "cedict.u8.gz"),
            runs=[
                _read_tatoeba(folder / "tatoeba.en-zh.tsv.gz"),
                _read_ntrex(folder),
                _read_tech_docs(folder / "tech-docs.en-zh.jsonl.gz"),
            ],
            questions=read_questions(folder, held_out=False),
            clauses=_read_clauses(),
            terms=_read_terms(),
            enriched=_read_enriched(every_document),
        )
    except OSError as error:
        raise PolicyQAError(f"Cannot read the training data: {error}") from error


def read_questions(folder: Path, held_out: bool) -> list[tuple[str, tuple[str, ...]]]:
    """The STARD questions with their articles: the fifth that is held out, or the rest."""
    records = list(_read_json_lines(folder / "stard-train.jsonl.gz"))
    return [
        (record["query"], tuple(record["articles"]))
        for position, record in enumerate(records)
        if (position % HOLD_OUT_EVERY == HOLD_OUT_EVERY - 1) == held_out
    ]


def clean_gloss(gloss: str) -> str:
    """An English gloss without asides, fillers and references to other entries; empty if nothing is left."""
    if _NO_GLOSS.match(gloss):
        return ""
    bare = _ASIDE.sub(" ", gloss)
    return " ".join(_FILLER.sub(" ", bare).split())


def _read_dictionary(path: Path) -> list[Entry]:
    glosses: dict[str, list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            match = _ENTRY.match(line)
            if not match:
                continue
            parts = [part for sense in match[3].split("/") for part in sense.split(";")]
            cleaned = [gloss for gloss in map(clean_gloss, map(str.strip, parts)) if gloss]
            glosses.setdefault(match[2].lower(), []).extend(cleaned)
    return [Entry(word, tuple(dict.fromkeys(found))) for word, found in glosses.items() if found]


def _read_tatoeba(path: Path) -> list[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [line.lstrip("\ufeff").split("\t") for line in lines]
    return [(row[0], row[1]) for row in rows if len(row) >= 2]


def _read_ntrex(folder: Path) -> list[tuple[str, str]]:
    english = (folder / "ntrex.en.txt").read_text(encoding="utf-8").splitlines()
    chinese = (folder / "ntrex.zh.txt").read_text(encoding="utf-8").splitlines()
    return list(zip(english, chinese, strict=True))


def _read_tech_docs(path: Path) -> list[tuple[str, str]]:
    return [
        (_MARKUP.sub(" ", record["en"]), _MARKUP.sub(" ", record["zh"])) for record in _read_json_lines(path)
    ]


def _read_json_lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _read_clauses() -> list[tuple[str, str]]:
    """The lines of the compendium that hold a sentence, each with the last short line above it.

    The lines are read as they stand, so that the model does not change whenever the parser learns.
    """
    text = (files("corpus") / "data" / COMPENDIUM).read_text(encoding="utf-8")
    clauses = []
    heading = ""
    for line in map(str.strip, text.splitlines()):
        if len(line) >= SENTENCE:
            clauses.append((heading, line))
        elif len(line) >= HEADING:
            heading = line
    return clauses


def _read_terms() -> list[tuple[str, ...]]:
    path = Path(__file__).parent / "data" / "terms.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        tuple(part.strip() for part in line.split("|"))
        for line in lines
        if line.strip() and not line.startswith("#")
    ]


def held_out_documents(corpus: Corpus) -> list[str]:
    """The ids of the documents whose enrichment a model for measuring is not shown: every fifth."""
    return [document.id for document in corpus.documents[HOLD_OUT_EVERY - 1 :: HOLD_OUT_EVERY]]


def _read_enriched(every_document: bool) -> list[tuple[tuple[str, ...], str]]:
    corpus = shipped_corpus()
    hidden = set() if every_document else set(held_out_documents(corpus))
    clauses = {clause.id: clause for clause in corpus.clauses if clause.document not in hidden}
    return [
        (entry.wordings, "\n".join((clause.zone, clause.title, *clause.path[:-1], clause.text)))
        for entry in corpus.enrichment
        if (clause := clauses.get(entry.id))
    ]
