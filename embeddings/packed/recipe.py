"""What a model folder says about how its vectors are computed, as far as it is understood here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Pooling = Literal["cls", "mean"]

WEIGHTS = ("model.safetensors", "pytorch_model.bin")

_POOLING_KEYS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_NUMBERS = (
    "num_hidden_layers",
    "num_attention_heads",
    "hidden_size",
    "intermediate_size",
    "layer_norm_eps",
    "max_position_embeddings",
    "pad_token_id",
)
_PLAIN_TRANSFORMER: Mapping[str, tuple[Any, ...]] = {
    "transformer_task": ("feature-extraction",),
    "modality_config": ({"text": {"method": "forward", "method_output_name": "last_hidden_state"}},),
    "module_output_name": ("token_embeddings",),
}


class NotUnderstoodError(Exception):
    """A folder holds something that is computed here in no way, or perhaps in another way."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a folder's vectors are computed.

    Attributes:
        folder: where its files lie.
        weights: the file of its weights.
        layers: how many layers it has.
        heads: how many attention heads a layer has.
        hidden: numbers a token has between the layers.
        intermediate: numbers a token has inside the feed-forward part.
        epsilon: of the layer normalisations.
        longest: tokens a text may have, special ones included.
        pad: the id that takes no position; None where every token takes one.
        first_position: the position of a text's first token.
        pooling: which rows of the last layer make the vector.
    """

    folder: Path
    weights: Path
    layers: int
    heads: int
    hidden: int
    intermediate: int
    epsilon: float
    longest: int
    pad: int | None
    first_position: int
    pooling: Pooling


def read_recipe(folder: Path) -> Recipe:
    """Reads a sentence-transformers folder of the BERT or XLM-RoBERTa kind.

    Args:
        folder: the model's folder.

    Returns:
        How its vectors are computed.

    Raises:
        NotUnderstoodError: if anything in it is not known here.
    """
    transformer, pooling = _modules(folder)
    config = _json(transformer / "config.json")
    kind = config.get("model_type")
    if kind not in ("bert", "roberta", "xlm-roberta"):
        raise NotUnderstoodError(f"model type {kind}")
    for key, usual in (
        ("hidden_act", "gelu"),
        ("position_embedding_type", "absolute"),
        ("is_decoder", False),
        ("add_cross_attention", False),
        ("quantization_config", None),
        ("auto_map", None),
    ):
        if config.get(key, usual) != usual:
            raise NotUnderstoodError(f"{key} {config[key]}")
    weights = next((transformer / name for name in WEIGHTS if (transformer / name).is_file()), None)
    if weights is None:
        raise NotUnderstoodError(f"weights in none of {', '.join(WEIGHTS)}")
    if missing := [key for key in _NUMBERS if not isinstance(config.get(key), int | float)]:
        raise NotUnderstoodError(f"config.json without {', '.join(missing)}")
    pad = int(config["pad_token_id"]) if kind != "bert" else None
    first = 0 if pad is None else pad + 1
    return Recipe(
        folder=transformer,
        weights=weights,
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        hidden=int(config["hidden_size"]),
        intermediate=int(config["intermediate_size"]),
        epsilon=float(config["layer_norm_eps"]),
        longest=min(_longest(transformer, config), int(config["max_position_embeddings"]) - first),
        pad=pad,
        first_position=first,
        pooling=pooling,
    )


def read_tokenizer(recipe: Recipe) -> Tokenizer:
    """The folder's tokenizer, cutting texts at the model's longest.

    Raises:
        NotUnderstoodError: if its files say different things of it.
    """
    from tokenizers import Tokenizer

    path = recipe.folder / "tokenizer.json"
    if not path.is_file():
        raise NotUnderstoodError("no tokenizer.json")
    said = _json(recipe.folder / "tokenizer_config.json")
    normalizer = _json(path).get("normalizer") or {}
    for key, name in (
        ("do_lower_case", "lowercase"),
        ("tokenize_chinese_chars", "handle_chinese_chars"),
        ("strip_accents", "strip_accents"),
    ):
        if name in normalizer and said.get(key, normalizer[name]) != normalizer[name]:
            raise NotUnderstoodError(f"tokenizer.json and tokenizer_config.json differ in {key}")
    if _settings(recipe.folder).get("do_lower_case") and not normalizer.get("lowercase"):
        raise NotUnderstoodError("lower-casing that tokenizer.json does not state")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(recipe.longest)
    marks = [said.get("cls_token"), said.get("sep_token")]
    if tokenizer.encode("").tokens != [mark["content"] if isinstance(mark, dict) else mark for mark in marks]:
        raise NotUnderstoodError("other special tokens around a text than the first and the separator")
    return tokenizer


def _modules(folder: Path) -> tuple[Path, Pooling]:
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    if not all(module["type"].startswith("sentence_transformers.") for module in modules):
        raise NotUnderstoodError("modules of its own")
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise NotUnderstoodError(f"modules {', '.join(kinds)}")
    config = _json(folder / modules[1]["path"] / "config.json")
    named = config.get("pooling_mode") or [mode for key, mode in _POOLING_KEYS.items() if config.get(key)]
    mode = [named] if isinstance(named, str) else list(named) or ["mean"]
    if mode not in (["cls"], ["mean"]) or not config.get("include_prompt", True):
        raise NotUnderstoodError(f"pooling {', '.join(mode)}")
    return folder / modules[0]["path"], mode[0]


def _settings(transformer: Path) -> dict[str, Any]:
    """The Transformer module's own settings, whose file has had several names."""
    path = next(iter(sorted(transformer.glob("sentence_*_config.json"))), None)
    return _json(path) if path else {}


def _longest(transformer: Path, config: Mapping[str, Any]) -> int:
    settings = _settings(transformer)
    for key, value in settings.items():
        if key in ("max_seq_length", "do_lower_case") or not value:
            continue
        if value not in _PLAIN_TRANSFORMER.get(key, ()):
            raise NotUnderstoodError(f"{key} {value}")
    if settings.get("max_seq_length"):
        return int(settings["max_seq_length"])
    said = _json(transformer / "tokenizer_config.json").get("model_max_length")
    positions = int(config["max_position_embeddings"])
    return min(int(said), positions) if said else positions


def _json(path: Path) -> dict[str, Any]:
    held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return held if isinstance(held, dict) else {}
