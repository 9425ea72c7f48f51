"""A language model in this process, by transformers; nothing is ever downloaded."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from corpus.errors import PolicyQAError
from rag.generators.arithmetic import Speed, choose_arithmetic
from rag.generators.decoding import Decoder, Detokenizer
from rag.generators.language_model import Message
from rag.generators.model_files import check_files, find_model
from rag.generators.turns import Turns

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_CHUNK_SECONDS = 0.4
"""Reading a prompt is broken off within about this time."""

_SMALLEST_CHUNK, _LARGEST_CHUNK = 8, 2048
_OUT_OF_MEMORY = ("not enough memory", "can't allocate memory")  # what torch says of a CPU's


class TransformersModel:
    """A causal language model with a chat template. One generation at a time, in the order of arrival.

    Attributes:
        name: the name or folder it was loaded by.
        setting: device and arithmetic, and how they were chosen.
        speed: tokens a second.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        name: str,
        setting: str,
        speed: Speed,
    ) -> None:
        """Joins ready parts; ``load`` makes them of a folder.

        Args:
            model: a transformers causal language model.
            tokenizer: its tokenizer, with a chat template.
            name: what an answer names it by.
            setting: device and arithmetic in a few words.
            speed: how fast it reads and writes here.
        """
        self.name = name
        self.setting = setting
        self.speed = speed
        self._tokenizer = tokenizer
        self._ends = _end_tokens(model, tokenizer)
        self._longest = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        chunk = int(min(max(speed.reading * _CHUNK_SECONDS, _SMALLEST_CHUNK), _LARGEST_CHUNK))
        self._decoder = Decoder(model, chunk)
        self._turns = Turns()

    @property
    def reading(self) -> float:
        """Tokens a second that it reads."""
        return self.speed.reading

    def ahead(self, cancel: Event) -> int:
        """How many generations come before the one that an event ends."""
        return self._turns.ahead(cancel)

    @classmethod
    def load(cls, name_or_path: str, four_bit: bool = False) -> TransformersModel:
        """Loads a model that is on this machine, onto the GPU where there is one.

        Args:
            name_or_path: a folder as transformers saves it, or the name of a model in the local Hugging
                Face cache.
            four_bit: whether its weights are read into 4 bits each, by bitsandbytes.

        Returns:
            The model, ready to write.

        Raises:
            PolicyQAError: if there is no such model, it is incomplete, it has no chat template, it needs
                more memory than there is, or bitsandbytes is wanted and not installed.
        """
        folder = find_model(name_or_path)
        if folder is None:
            raise PolicyQAError(
                f"No language model {name_or_path!r} on this machine, and nothing is downloaded unasked: "
                "set POLICYQA_MODEL to its folder or to a name in the Hugging Face cache"
            )
        check_files(folder)
        with _told_out_of_memory(name_or_path):
            model, tokenizer = _read(folder, four_bit)
            setting, speed = choose_arithmetic(model)
        return cls(model, tokenizer, name_or_path, setting, speed)

    def generate(
        self, messages: Sequence[Message], max_tokens: int, cancel: Event | None = None
    ) -> Generator[str, None, None]:
        """Writes the next message; see ``LanguageModel.generate``."""
        cancel = cancel or Event()
        prompt = self._encode(messages)
        if self._longest and len(prompt) + max_tokens > self._longest:
            raise PolicyQAError(
                f"The language model {self.name} reads {self._longest:,} tokens at most: "
                f"{len(prompt):,} and {max_tokens:,} to write are too many"
            )
        with self._turns.turn(cancel) as mine:
            if not mine:
                return
            detokenizer = Detokenizer(self._tokenizer)
            tokens = self._decoder.decode(prompt, self._ends, max_tokens, cancel)
            with _told_out_of_memory(self.name):
                yield from filter(None, map(detokenizer.add, tokens))

    def _encode(self, messages: Sequence[Message]) -> list[int]:
        from jinja2 import TemplateError

        rows = [{"role": m.role, "content": m.content} for m in messages]
        try:
            return self._fill_template(rows)
        except TemplateError:  # some templates know no system messages
            return self._fill_template(_without_system(rows))

    def _fill_template(self, rows: list[dict[str, str]]) -> list[int]:
        filled: Any = self._tokenizer.apply_chat_template(
            rows, add_generation_prompt=True, tokenize=True, return_dict=True, enable_thinking=False
        )
        return list(filled["input_ids"])


def _read(folder: Path, four_bit: bool) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    # Read by huggingface_hub when it is first imported; a person may still set it to 0.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        how = _in_four_bits() if four_bit else {"dtype": "auto"}
        model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, **how)
    except (OSError, ValueError, KeyError, ImportError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise PolicyQAError(f"The language model in {folder} cannot be read: {reason}") from error
    if not tokenizer.chat_template:
        raise PolicyQAError(f"The language model in {folder} has no chat template: take an instruct model")
    return model.eval(), tokenizer


def _in_four_bits() -> dict[str, Any]:
    """How a model is read with weights of 4 bits.

    Raises:
        PolicyQAError: bitsandbytes is not installed.
    """
    import torch
    from transformers import BitsAndBytesConfig

    if find_spec("bitsandbytes") is None or find_spec("accelerate") is None:
        raise PolicyQAError(
            'POLICYQA_MODEL_4BIT needs bitsandbytes, which is not installed: pip install "policyqa[4bit]"'
        )
    on_gpu = torch.cuda.is_available()
    dtype = torch.float16 if on_gpu else torch.float32
    if on_gpu and torch.cuda.is_bf16_supported():
        dtype = torch.bfloat16
    setting = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)  # type: ignore[no-untyped-call]
    return {"quantization_config": setting, "dtype": dtype, "device_map": {"": 0} if on_gpu else None}


def _end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    ends = model.generation_config.eos_token_id
    listed = ends if isinstance(ends, list) else [ends]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)


def _without_system(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The same messages with the system's words at the beginning of the first other one."""
    said = "\n\n".join(row["content"] for row in rows if row["role"] == "system")
    first, *rest = (row for row in rows if row["role"] != "system")
    return [{"role": first["role"], "content": f"{said}\n\n{first['content']}"}, *rest]


@contextmanager
def _told_out_of_memory(name: str) -> Iterator[None]:
    """Tells in one line that the memory is not enough."""
    import torch

    try:
        yield
    except (MemoryError, RuntimeError) as error:
        full = isinstance(error, (MemoryError, torch.OutOfMemoryError))
        if not full and not any(words in str(error) for words in _OUT_OF_MEMORY):
            raise
        raise PolicyQAError(
            f"There is not enough memory for the language model {name}: take a smaller one, or free some"
        ) from error
