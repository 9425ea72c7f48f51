"""The encoder itself: BERT's layers over the tokens of many texts laid end to end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from embeddings.packed.attention import Attend, Spans, choose_attention
from embeddings.packed.recipe import NotUnderstoodError, Recipe

_PREFIXES = ("auto_model.", "bert.", "roberta.", "model.")
_OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}


class PackedEncoder(nn.Module):
    """A BERT- or XLM-RoBERTa-shaped encoder that computes no padding.

    The layers are those of "BERT: Pre-training of Deep Bidirectional Transformers" (Devlin et al. 2019) with
    the normalisation after each half. With CLS pooling the last layer's second half is computed for the
    first tokens alone.

    Attributes:
        recipe: how its vectors are computed.
        compiled: whether the halves of a layer between the attentions run as one compiled graph.
    """

    def __init__(self, recipe: Recipe, weights: dict[str, Tensor], device: str, dtype: torch.dtype) -> None:
        super().__init__()
        self.recipe = recipe
        self.compiled = False
        self._finish: Callable[..., Tensor] = _finish_layer
        given = {_plain_name(name): tensor for name, tensor in weights.items()}
        try:
            parts = _arrange(recipe, given)
        except KeyError as error:
            raise NotUnderstoodError(f"weights without {error.args[0]}") from None
        for name, tensor in parts.items():
            self.register_buffer(name, tensor.to(device, dtype).contiguous())
        self._attend: Attend = choose_attention(device, dtype)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self._of("words").device

    @torch.inference_mode()
    def compile_layers(self) -> None:
        """Fuses what lies between the attentions; worth its seconds on a GPU.

        Raises:
            Exception: whatever the compiler raises where it cannot work here.
        """
        finish = torch.compile(_finish_layer, dynamic=True)
        for rows in (64, 96):
            hidden = self._of("words")[:1].expand(rows, -1)
            finish(hidden, hidden, self._second_half(0), self.recipe.epsilon)
        self._finish, self.compiled = finish, True

    @torch.inference_mode()
    def forward(self, ids: Tensor, positions: Tensor, spans: Spans) -> Tensor:
        """Encodes texts laid end to end.

        Args:
            ids: (tokens,) token ids.
            positions: (tokens,) rows of the position table.
            spans: where the n texts lie.

        Returns:
            ``(n, hidden)`` float32 vectors as pooled, of any length.
        """
        recipe = self.recipe
        shape, epsilon = (recipe.hidden,), recipe.epsilon
        hidden = functional.embedding(ids, self._of("words")) + functional.embedding(
            positions, self._of("positions")
        )
        hidden = functional.layer_norm(hidden, shape, self._of("norm_weight"), self._of("norm_bias"), epsilon)
        for layer in range(recipe.layers):
            qkv = functional.linear(hidden, self._of(f"qkv_weight_{layer}"), self._of(f"qkv_bias_{layer}"))
            query, key, value = qkv.view(len(ids), 3, recipe.heads, -1).unbind(1)
            attended = self._attend(query, key, value, spans).reshape(len(ids), recipe.hidden)
            if recipe.pooling == "cls" and layer == recipe.layers - 1:
                hidden, attended = hidden[spans.starts], attended[spans.starts]
            hidden = self._finish(hidden, attended, self._second_half(layer), epsilon)
        return hidden.float() if recipe.pooling == "cls" else _means(hidden, spans)

    def _second_half(self, layer: int) -> list[Tensor]:
        return [self._of(f"{name}_{layer}") for name in _SECOND_HALF]

    def _of(self, name: str) -> Tensor:
        tensor: Tensor = self._buffers[name]  # type: ignore[assignment]
        return tensor


def load_model(recipe: Recipe, device: str, dtype: torch.dtype) -> PackedEncoder:
    """Reads the weights of a folder.

    Raises:
        NotUnderstoodError: if they are not those of the shape its configuration states.
    """
    if recipe.weights.suffix == ".safetensors":
        from safetensors.torch import load_file

        weights = load_file(recipe.weights)
    else:
        weights = torch.load(recipe.weights, map_location="cpu", weights_only=True, mmap=True)
    return PackedEncoder(recipe, weights, device, dtype)


def _finish_layer(hidden: Tensor, attended: Tensor, weights: Sequence[Tensor], epsilon: float) -> Tensor:
    """What follows a layer's attention; the weights in the order of ``_SECOND_HALF``."""
    shape = (hidden.shape[-1],)
    out_weight, out_bias, norm_weight, norm_bias, up_weight, up_bias, down_weight, down_bias = weights[:8]
    hidden = hidden + functional.linear(attended, out_weight, out_bias)
    hidden = functional.layer_norm(hidden, shape, norm_weight, norm_bias, epsilon)
    widened = functional.gelu(functional.linear(hidden, up_weight, up_bias))
    hidden = hidden + functional.linear(widened, down_weight, down_bias)
    return functional.layer_norm(hidden, shape, weights[8], weights[9], epsilon)


def _means(hidden: Tensor, spans: Spans) -> Tensor:
    """The mean row of each text, summed in float32."""
    lengths = spans.ends - spans.starts
    # Unsafe leaves out checks that would wait for the device.
    return torch.segment_reduce(hidden.float(), "mean", lengths=lengths, unsafe=True)


_SECOND_HALF = {
    "out_weight": "attention.output.dense.weight",
    "out_bias": "attention.output.dense.bias",
    "first_norm_weight": "attention.output.LayerNorm.weight",
    "first_norm_bias": "attention.output.LayerNorm.bias",
    "up_weight": "intermediate.dense.weight",
    "up_bias": "intermediate.dense.bias",
    "down_weight": "output.dense.weight",
    "down_bias": "output.dense.bias",
    "second_norm_weight": "output.LayerNorm.weight",
    "second_norm_bias": "output.LayerNorm.bias",
}


def _arrange(recipe: Recipe, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights by the names they have here: queries, keys and values of a layer as one matrix."""
    embeddings = "embeddings."
    parts = {
        "words": given[embeddings + "word_embeddings.weight"],
        # Every token is of the first type.
        "positions": given[embeddings + "position_embeddings.weight"]
        + given[embeddings + "token_type_embeddings.weight"][0],
        "norm_weight": given[embeddings + "LayerNorm.weight"],
        "norm_bias": given[embeddings + "LayerNorm.bias"],
    }
    for layer in range(recipe.layers):
        prefix = f"encoder.layer.{layer}."
        for kind in ("weight", "bias"):
            own = [given[f"{prefix}attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            parts[f"qkv_{kind}_{layer}"] = torch.cat(own)
        for name, source in _SECOND_HALF.items():
            parts[f"{name}_{layer}"] = given[prefix + source]
    return parts


def _plain_name(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    for old, new in _OLD_NAMES.items():
        name = name.replace(old, new)
    return name


def flops(recipe: Recipe, lengths: Sequence[int]) -> float:
    """Floating-point operations that texts of these lengths take, counted as they are computed here.

    Two for each multiplication with a weight, and for each pair of tokens of a text two times the hidden
    size for the scores and again for the sums; lookups, normalisations and activations are not counted.

    Args:
        recipe: the model's shape.
        lengths: (n,) tokens of each text.

    Returns:
        The operations.
    """
    tokens, pairs, texts = float(sum(lengths)), float(sum(n * n for n in lengths)), float(len(lengths))
    hidden, inner = recipe.hidden, recipe.intermediate
    before, after = 3 * hidden * hidden, hidden * hidden + 2 * hidden * inner
    full = 2 * tokens * (before + after) + 4 * pairs * hidden
    saved = 2 * (tokens - texts) * after if recipe.pooling == "cls" else 0.0
    return recipe.layers * full - saved
