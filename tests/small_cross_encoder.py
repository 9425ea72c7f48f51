"""Small cross-encoders of the XLM-RoBERTa architecture that know some pairs by heart.

They are built from a configuration and trained in the test session. They prove that such models are loaded
and that what they tell goes the whole way; they say nothing about how well any model tells it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from small_language_model import one_thread
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForSequenceClassification

NLI = ("entailment", "neutral", "contradiction")
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
Pair = tuple[str, str]

_LONGEST = 256
_STEPS, _SURE = 500, 0.05


def small_cross_encoder(folder: Path, known: Mapping[Pair, int], labels: Sequence[str] = NLI) -> Path:
    """A model folder of a cross-encoder.

    Args:
        folder: where it is to be.
        known: pairs with the number of their label; for a model of one output, 0 or 1.
        labels: its outputs; a single one makes it a reranker.
    """
    tokenizer = _tokenizer([text for pair in known for text in pair])
    torch.manual_seed(1)
    model = XLMRobertaForSequenceClassification(
        XLMRobertaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=_LONGEST + 2,
            type_vocab_size=1,
            pad_token_id=1,
            bos_token_id=0,
            eos_token_id=2,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            initializer_range=0.1,  # so small a model hardly starts to learn from 0.02
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
        )
    )
    with one_thread():
        _train(model, tokenizer, known)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """One token a character; pairs are joined as XLM-RoBERTa joins them."""
    characters = sorted({c for text in texts for c in text})
    vocabulary = {token: number for number, token in enumerate((*SPECIAL, *characters))}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    names = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, cls_token="<s>", sep_token="</s>", model_max_length=_LONGEST, **names
    )


def _train(
    model: XLMRobertaForSequenceClassification,
    tokenizer: PreTrainedTokenizerFast,
    known: Mapping[Pair, int],
) -> None:
    """Trains until every pair is all but certain."""
    batch = tokenizer(*map(list, zip(*known, strict=True)), padding=True, return_tensors="pt")
    labels = torch.tensor(list(known.values()))
    one = model.config.num_labels == 1
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    model.train()
    for _ in range(_STEPS):
        logits = model(**batch).logits
        losses = (
            torch.nn.functional.binary_cross_entropy_with_logits(
                logits[:, 0], labels.float(), reduction="none"
            )
            if one
            else torch.nn.functional.cross_entropy(logits, labels, reduction="none")
        )
        if float(losses.detach().max()) < _SURE:
            model.eval()
            return
        optimizer.zero_grad()
        losses.mean().backward()
        optimizer.step()
    raise AssertionError(f"the small cross-encoder did not learn its pairs: {losses.detach().max():.3f}")
