"""Encoders of well-known shapes with random weights: speed does not depend on what a model has learnt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from corpus.collection import shipped_corpus
from embeddings.model_folder import BUILTIN, MODELS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Shape:
    """A model's shape, after its published configuration.

    Attributes:
        kind: how its layers and its tokenizer are made.
        layers: its layers.
        hidden: numbers a token has.
        heads: attention heads of a layer.
        intermediate: numbers a token has inside the feed-forward part.
        vocabulary: rows of the token table.
        longest: tokens a text may have.
        pooling: what makes the vector.
    """

    kind: Literal["bert", "xlm-roberta"]
    layers: int
    hidden: int
    heads: int
    intermediate: int
    vocabulary: int
    longest: int
    pooling: Literal["cls", "mean"]


SHAPES = {
    "bge-m3": Shape("xlm-roberta", 24, 1024, 16, 4096, 250_002, 8_192, "cls"),
    "bge-small": Shape("bert", 4, 512, 8, 2048, 21_128, 512, "cls"),
    "e5-small": Shape("bert", 12, 384, 12, 1536, 250_037, 512, "mean"),
}


def make_model(shape: Shape, folder: Path, seed: int = 7) -> Path:
    """Writes a model of a shape as a sentence-transformers folder.

    The tokenizer of a BERT takes every Han character for a token, that of an XLM-RoBERTa has the built-in
    model's words; a multilingual BERT such as e5-small has the latter too.

    Args:
        shape: the shape.
        folder: where it goes.
        seed: of the random weights.

    Returns:
        The folder.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

    base = folder / "base"
    common: dict[str, Any] = {
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate,
    }
    torch.manual_seed(seed)
    if shape.kind == "bert":
        BertModel(BertConfig(max_position_embeddings=shape.longest, **common)).save_pretrained(base)
    else:
        config = XLMRobertaConfig(
            max_position_embeddings=shape.longest + 2, type_vocab_size=1, layer_norm_eps=1e-5, **common
        )
        XLMRobertaModel(config).save_pretrained(base)
    characters = shape.kind == "bert" and shape.vocabulary < 100_000
    tokenizer = _character_tokenizer() if characters else _word_tokenizer(roberta=shape.kind != "bert")
    tokenizer.model_max_length = shape.longest
    tokenizer.save_pretrained(base)
    transformer = Transformer(str(base))
    pooling = Pooling(shape.hidden, shape.pooling)
    SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu").save(str(folder))
    for file in base.iterdir():
        file.unlink()
    base.rmdir()
    return folder


def _character_tokenizer() -> PreTrainedTokenizerBase:
    from transformers import BertTokenizer

    characters = sorted(set("".join(clause.text for clause in shipped_corpus().clauses)))
    letters = [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz0123456789"]
    pieces = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *letters])
    return BertTokenizer(vocab={piece: number for number, piece in enumerate(pieces)})


def _word_tokenizer(roberta: bool) -> PreTrainedTokenizerBase:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    described = json.loads((MODELS / BUILTIN / "tokenizer.json").read_text(encoding="utf-8"))
    words = [(word, score) for word, score in described["model"]["vocab"][1:] if word != "[UNK]"]
    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    if not roberta:
        marks = ["<pad>", "<s>", "</s>", "<unk>"]
    vocabulary = [*((mark, 0.0) for mark in marks), *words]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [(mark, marks.index(mark)) for mark in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
    )
