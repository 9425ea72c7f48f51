from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.errors import PolicyQAError
from embeddings.encoder import Encoder
from embeddings.gloss import Glossary
from embeddings.training.export import export_model

ROWS = {
    "[UNK]": [0.0, 0.0, 0.0, 0.0],
    "reward": [3.0, 0.0, 0.0, 0.0],
    "re": [0.0, 0.0, 0.0, 1.0],
    "paid": [0.0, 2.0, 0.0, 0.0],
    "the": [0.0, 0.0, 0.3, 0.0],
    "奖励": [1.0, 0.1, 0.0, 0.0],
    "赏": [1.0, 1.0, 0.0, 0.0],
    "付款额": [0.0, 1.0, 0.0, 0.2],
    "这": [0.0, 0.0, 1.0, 0.0],
}


@pytest.fixture(scope="module")
def glossary(tmp_path_factory: pytest.TempPathFactory) -> Glossary:
    """A glossary of four English and four Chinese words with vectors written by hand."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    scores = [(word, -9.0 if word in ("[UNK]", "re") else -1.0) for word in ROWS]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(r"\p{Han}+|[a-z]+|[0-9]+"), behavior="removed", invert=True
    )
    folder = tmp_path_factory.mktemp("model") / "tiny"
    export_model(tokenizer, np.array(list(ROWS.values()), dtype=np.float32), folder)
    return Glossary(Encoder.load(folder))


def test_gloss_gives_the_nearest_chinese_words_first(glossary: Glossary) -> None:
    terms = glossary.gloss("Reward")

    assert [term for term, _ in terms] == ["奖励", "赏"]
    assert terms[0][1] == pytest.approx(1 / np.sqrt(1.01), abs=1e-3)
    assert terms[1][1] == pytest.approx(np.sqrt(0.5), abs=1e-3)
    assert glossary.gloss("reward", k=1) == terms[:1]


def test_gloss_joins_the_pieces_of_a_word(glossary: Glossary) -> None:
    assert [term for term, _ in glossary.gloss("repaid")] == ["付款额", "赏"]


@pytest.mark.parametrize("word", ["", "奖励", "2021", "!?"])
def test_gloss_of_what_is_no_english_word_is_empty(glossary: Glossary, word: str) -> None:
    assert glossary.gloss(word) == []


def test_search_tokens_weigh_words_by_length_and_nearness(glossary: Glossary) -> None:
    weights = glossary.search_tokens("The reward 2021 奖励")

    assert weights["2021"] == 1.0
    assert weights["奖励"] == 1.0, "the question's own Chinese words keep their full weight"
    assert weights["reward"] == pytest.approx(1.0)
    assert weights["赏"] == pytest.approx(0.5, abs=1e-3)
    assert weights["the"] == pytest.approx(0.1, abs=1e-3)
    assert weights["这"] == pytest.approx(0.1, abs=1e-3)


def test_search_tokens_share_a_long_gloss_among_its_pairs(glossary: Glossary) -> None:
    weights = glossary.search_tokens("paid")

    assert weights["付款"] == weights["款额"] == pytest.approx(1 / 1.04 / 2, abs=1e-3)


def test_search_tokens_of_a_chinese_question_are_its_own(glossary: Glossary) -> None:
    assert glossary.search_tokens("奖励5G") == {"奖": 1.0, "励": 1.0, "奖励": 1.0, "5g": 1.0}


def test_a_model_that_is_not_static_is_refused(tmp_path: Path) -> None:
    encoder = Encoder(_Opaque(), "opaque", tmp_path)
    with pytest.raises(PolicyQAError, match="opaque is no static model"):
        Glossary(encoder)


class _Opaque:
    """A back end without a vector per token."""

    dimension = 4
    device = "cpu"
    prompts: dict[str, str] = {"query": "", "document": ""}  # noqa: RUF012

    def encode(self, texts: object, task: object, progress: object) -> np.ndarray:
        raise AssertionError("never called")
