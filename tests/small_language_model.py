"""A small language model of the Qwen3 architecture that knows some conversations by heart.

It is built from a configuration and trained in the test session. It proves that models are loaded, that
they write and that what they write goes the whole way; it says nothing about how well any model answers.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from rag.generators.language_model import Message

TEMPLATE = """\
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif -%}
{%- endif -%}"""

Conversation = tuple[Sequence[Message], str]
"""What a model is told, and what it answers."""

_CONTEXT = 4096
_LAYERS = 2
_SURE = 0.05  # loss of a token, at most, when training ends
_STEPS, _WARM_STEPS = 2000, 30
_RATE = 3e-3


def trained_model(conversations: Sequence[Conversation], cache: Path) -> Path:
    """The folder of a model that answers as in the conversations.

    Args:
        conversations: what it is to know by heart.
        cache: where models of earlier sessions lie, by what they know.

    Returns:
        A standard model folder.
    """
    told = json.dumps([[[(m.role, m.content) for m in messages], said] for messages, said in conversations])
    key = hashlib.sha256((told + Path(__file__).read_text(encoding="utf-8")).encode()).hexdigest()[:16]
    folder = cache / key
    if not folder.is_dir():
        fresh = cache / f"{key}.{os.getpid()}"
        tokenizer = _tokenizer(conversations)
        model = untrained_model(tokenizer)
        _train(model, tokenizer, conversations)
        _save(model, tokenizer, fresh)
        try:
            fresh.replace(folder)
        except OSError:  # another session was faster
            shutil.rmtree(fresh)
    return folder


@contextmanager
def one_thread() -> Iterator[None]:
    """So small a model computes many times faster in one thread than in several that share a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _save(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _tokenizer(conversations: Sequence[Conversation]) -> PreTrainedTokenizerFast:
    """Byte-level, so that it takes any text; the words of the conversations are few tokens."""
    special = ["<|im_start|>", "<|im_end|>", "<think>", "</think>"]
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=3000,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = (text for messages, said in conversations for text in (*(m.content for m in messages), said))
    inner.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|im_end|>")
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def untrained_model(tokenizer: PreTrainedTokenizerFast) -> Qwen3ForCausalLM:
    """A model that writes rubbish."""
    torch.manual_seed(1)
    end = tokenizer.eos_token_id
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=_LAYERS,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=_CONTEXT,
        tie_word_embeddings=True,
        eos_token_id=end,
        bos_token_id=None,
        pad_token_id=end,
    )
    return Qwen3ForCausalLM(config)


def _train(
    model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, conversations: Sequence[Conversation]
) -> None:
    """Trains until every token of every answer is all but certain."""
    ids, labels = _batch([_row(tokenizer, *conversation) for conversation in conversations], model)
    answers = labels >= 0
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.0)
    warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.03, 1.0, _WARM_STEPS)
    for _ in range(_STEPS):
        logits = model.lm_head(model.model(input_ids=ids).last_hidden_state[answers])
        losses = torch.nn.functional.cross_entropy(logits, labels[answers], reduction="none")
        if float(losses.detach().max()) < _SURE:
            return
        optimizer.zero_grad()
        losses.mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        warm.step()
    raise AssertionError(f"the small model did not learn its answers: {losses.detach().max():.3f}")


def _row(tokenizer: PreTrainedTokenizerFast, messages: Sequence[Message], said: str) -> tuple[list[int], int]:
    """The tokens of a conversation, and where the answer begins."""
    rows = [{"role": m.role, "content": m.content} for m in messages]
    prompt = tokenizer.apply_chat_template(
        rows, add_generation_prompt=True, enable_thinking=False, return_dict=True
    )["input_ids"]
    answer = tokenizer.encode(said, add_special_tokens=False)
    return [*prompt, *answer, tokenizer.eos_token_id], len(prompt)


def _batch(
    rows: Sequence[tuple[list[int], int]], model: Qwen3ForCausalLM
) -> tuple[torch.Tensor, torch.Tensor]:
    """All conversations padded at the end, and the token that each position of an answer leads to."""
    width = max(len(tokens) for tokens, _ in rows)
    ids = torch.full((len(rows), width), model.config.pad_token_id)
    labels = torch.full((len(rows), width), -100)
    for row, (tokens, start) in enumerate(rows):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        labels[row, start - 1 : len(tokens) - 1] = torch.tensor(tokens[start:])
    return ids, labels
