"""Attention within each of many texts laid end to end, by the fastest kernel at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Spans:
    """Where the texts lie among the tokens.

    Attributes:
        lengths: tokens of each of n texts, as known on the host.
        bounds: (n + 1,) int32 on the device: where each begins, and where the last ends.
    """

    lengths: Sequence[int]
    bounds: Tensor

    @property
    def starts(self) -> Tensor:
        """(n,) where each begins."""
        return self.bounds[:-1]

    @property
    def ends(self) -> Tensor:
        """(n,) where each ends."""
        return self.bounds[1:]


Attend = Callable[[Tensor, Tensor, Tensor, Spans], Tensor]
"""Queries, keys and values (tokens, heads, size) and where the texts lie, to (tokens, heads, size)."""


def choose_attention(device: str, dtype: torch.dtype) -> Attend:
    """FlashAttention where installed, PyTorch's own variable-length kernel on CUDA, else text by text."""
    if device.startswith("cuda") and dtype in (torch.float16, torch.bfloat16):
        try:
            from flash_attn import flash_attn_varlen_func
        except ImportError:
            pass
        else:
            return _by_flash_attention(flash_attn_varlen_func)
        try:
            from torch.nn.attention.varlen import varlen_attn
        except ImportError:
            pass
        else:
            return _by_torch(varlen_attn)
    return attend_by_length


def attend_by_length(query: Tensor, key: Tensor, value: Tensor, spans: Spans) -> Tensor:
    """Texts of one length that lie side by side are computed at once, without copies and without padding."""
    attended = torch.empty_like(query, memory_format=torch.contiguous_format)
    start = 0
    for length, texts in groupby(spans.lengths):
        shape = (len(list(texts)), length, *query.shape[1:])
        end = start + shape[0] * length
        q, k, v = (part[start:end].view(shape).transpose(1, 2) for part in (query, key, value))
        attended[start:end] = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(0, 1)
        start = end
    return attended


def _by_torch(varlen_attn: Callable[..., object]) -> Attend:
    def attend(query: Tensor, key: Tensor, value: Tensor, spans: Spans) -> Tensor:
        longest = max(spans.lengths)
        found = varlen_attn(query, key, value, spans.bounds, spans.bounds, longest, longest)
        return cast(Tensor, found)

    return attend


def _by_flash_attention(kernel: Callable[..., object]) -> Attend:
    def attend(query: Tensor, key: Tensor, value: Tensor, spans: Spans) -> Tensor:
        longest = max(spans.lengths)
        found = kernel(query, key, value, spans.bounds, spans.bounds, longest, longest)
        return cast(Tensor, found)

    return attend
