from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from corpus.collection import shipped_corpus
from corpus.passages import split_passages
from embeddings.encoder import Encoder
from embeddings.model_folder import BUILTIN, MODELS
from embeddings.parts import embedded_text
from embeddings.static_model import StaticBackend, _choose_cutter, _PlainCutter, _RunCutter

FILE = MODELS / BUILTIN / "tokenizer.json"
TOKENIZER = Tokenizer.from_file(str(FILE))
CUTTER = _choose_cutter(TOKENIZER)


def plain_ids(text: str) -> list[int]:
    return TOKENIZER.encode(text, add_special_tokens=False).ids


def test_the_built_in_model_is_cut_the_fast_way() -> None:
    assert isinstance(CUTTER, _RunCutter)


def test_every_passage_has_the_tokenizers_own_tokens() -> None:
    texts = [embedded_text(passage) for passage in split_passages(shipped_corpus().clauses)]
    assert [list(ids) for ids in CUTTER(texts)] == [plain_ids(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "Ａ１型ＡＩ芯片，最高５００万元",
        "5G3D打印abc123補貼",
        "café naïve ﬁne ½ ① ㎡ ㍿ İstanbul Straße ÅÅ",
        "é\u0301 a\u0300\u0316b\u20dd1",
        "々〇〡⼀㐀𠀀豈",
        "가각 カﾞ ไทย हिन्दी ﷺ",
        " \t\n\u3000\u200b\x00",
        "[UNK]",
    ],
)
def test_odd_characters_have_the_tokenizers_own_tokens(text: str) -> None:
    assert [list(ids) for ids in CUTTER([text])] == [plain_ids(text)]


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_has_the_tokenizers_own_tokens(text: str) -> None:
    assert [list(ids) for ids in CUTTER([text])] == [plain_ids(text)]


def test_every_assigned_character_has_the_tokenizers_own_tokens() -> None:
    texts = ["".join(map(chr, range(start, start + 64))) for start in range(0, 0xD800, 64)]
    assert [list(ids) for ids in CUTTER(texts)] == [plain_ids(text) for text in texts]


def test_another_tokenizer_is_used_as_it_is() -> None:
    other = Tokenizer.from_file(str(FILE))
    other.normalizer = None  # type: ignore[assignment]
    assert type(_choose_cutter(other)) is _PlainCutter


def test_few_and_many_texts_have_the_mean_of_their_tokens(tmp_path: Path) -> None:
    backend = StaticBackend(MODELS / BUILTIN, [MODELS / BUILTIN])
    texts = [passage.text for passage in split_passages(shipped_corpus().clauses)][:300]
    means = np.array([backend.table[plain_ids(text)].mean(axis=0) for text in texts])

    many = backend.encode(texts, "document", None)
    few = np.concatenate([backend.encode([text], "document", None) for text in texts])

    assert np.abs(many - means).max() < 1e-6
    assert np.abs(few - means).max() < 1e-6


def test_nothing_known_gives_zeros() -> None:
    assert not Encoder.load().encode_query(["", "，。！"]).any()
