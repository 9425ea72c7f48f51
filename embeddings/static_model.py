"""Static models: the mean of one vector per token, with numpy and tokenizers alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from embeddings.model_folder import Task, own_prompts

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]

BATCH = 256
FEW = 32  # texts whose rows are widened one by one, sooner than the whole table

_RUNS = {
    "type": "Split",
    "pattern": {"Regex": r"\p{Han}+|[a-z]+|[0-9]+"},
    "behavior": "Removed",
    "invert": True,
}
_BY_CHARACTER = ("NFKD", "StripAccents", "Lowercase")
_RUN = re.compile("[a-z]+|[0-9]+|[^a-z0-9 ]+")


class StaticBackend:
    """The back end of `Encoder` for static models on a CPU.

    Attributes:
        tokenizer: the folder's tokenizer.
        dimension: numbers in a vector.
        device: ``cpu``.
        prompts: what goes before a query and before a document.
        note: empty.
    """

    device = "cpu"
    note = ""

    def __init__(self, folder: Path, modules: list[Path]) -> None:
        """Reads a folder whose module folders ``static_modules`` has found."""
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        files = modules[0]
        self.tokenizer = Tokenizer.from_file(str(files / "tokenizer.json"))
        self.tokenizer.no_padding()
        self._stored: npt.NDArray[np.floating[Any]]
        self._stored = load_file(files / "model.safetensors")["embedding.weight"]
        if self._stored.ndim != 2 or len(self._stored) < self.tokenizer.get_vocab_size():
            raise ValueError(f"{self._stored.shape} weights do not match the tokenizer's vocabulary")
        self.dimension = int(self._stored.shape[1])
        self.prompts = own_prompts(folder)
        self._cut = _choose_cutter(self.tokenizer)

    @cached_property
    def table(self) -> Vectors:
        """``(tokens, dimension)``: every token's vector."""
        return self._stored.astype(np.float32)

    def encode(
        self, texts: Sequence[str], task: Task, progress: Callable[[int, int], None] | None
    ) -> Vectors:
        """Encodes n texts as (n, dimension) float32 rows of any length."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        table = self.table if len(texts) > FEW else self._stored
        prompt = self.prompts[task]
        for start in range(0, len(texts), BATCH):
            batch = [prompt + text for text in texts[start : start + BATCH]]
            for row, ids in enumerate(self._cut(batch), start=start):
                if ids:
                    # A product with ones sums in half the time that `mean` takes.
                    own = table[ids].astype(np.float32, copy=False)
                    vectors[row] = np.ones(len(ids), np.float32) @ own / len(ids)
            if progress:
                progress(start + len(batch), len(texts))
        return vectors


class _Cutter(Protocol):
    def __call__(self, texts: Sequence[str]) -> Iterator[Sequence[int]]: ...


def _choose_cutter(tokenizer: Tokenizer) -> _Cutter:
    """The fast cutter where it gives the same tokens, else the tokenizer as it is."""
    described = json.loads(tokenizer.to_str())
    normalizer = described["normalizer"] or {}
    kinds = tuple(part.get("type") for part in normalizer.get("normalizers", ()))
    if described["pre_tokenizer"] == _RUNS and kinds == _BY_CHARACTER and not described["added_tokens"]:
        return _RunCutter(tokenizer, described)
    return _PlainCutter(tokenizer)


class _PlainCutter:
    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def __call__(self, texts: Sequence[str]) -> Iterator[Sequence[int]]:
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return (encoding.ids for encoding in found)


class _RunCutter(_PlainCutter):
    """Normalises and splits by a table of characters, which leaves the tokenizer its vocabulary alone."""

    def __init__(self, tokenizer: Tokenizer, described: dict[str, Any]) -> None:
        from tokenizers import Tokenizer as Reader
        from tokenizers.pre_tokenizers import WhitespaceSplit

        bare = Reader.from_str(json.dumps({**described, "normalizer": None, "pre_tokenizer": None}))
        bare.pre_tokenizer = WhitespaceSplit()
        super().__init__(bare)
        self._characters = _Characters(tokenizer)

    def __call__(self, texts: Sequence[str]) -> Iterator[Sequence[int]]:
        return super().__call__([" ".join(_RUN.findall(text.translate(self._characters))) for text in texts])


class _Characters(dict[int, str]):
    """What a tokenizer makes of single characters, asked once each: kept ones, and spaces for the others."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self._normalize = tokenizer.normalizer.normalize_str
        self._split = tokenizer.pre_tokenizer.pre_tokenize_str

    def __missing__(self, code: int) -> str:
        normal = self._normalize(chr(code))
        made = self[code] = "".join(letter if self._split(letter) else " " for letter in normal)
        return made
