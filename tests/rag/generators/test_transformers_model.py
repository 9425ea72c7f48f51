"""Real generation with a small trained model: loading, writing, breaking off, and what can go wrong."""

import json
import shutil
import sys
import time
from threading import Event, Thread

import pytest
import torch
from enrichable import conversations

from corpus.errors import PolicyQAError
from rag.generators.decoding import Detokenizer
from rag.generators.language_model import Message
from rag.generators.transformers_model import TransformersModel

KNOWN = conversations()
UNKNOWN = [Message("user", "从一数到一万。")]


@pytest.fixture(scope="module")
def model(language_model):
    return TransformersModel.load(str(language_model))


@pytest.fixture
def forwards(model, monkeypatch):
    """How many tokens each forward pass of the model reads."""
    sizes = []
    inner = model._decoder._model
    hook = inner.register_forward_pre_hook(
        lambda _module, _args, kwargs: sizes.append(kwargs["input_ids"].shape[1]), with_kwargs=True
    )
    yield sizes
    hook.remove()


def test_it_writes_what_it_knows_in_pieces(model):
    for messages, said in KNOWN:
        pieces = list(model.generate(messages, 500))
        assert "".join(pieces) == said
        assert all(pieces)
    assert len(list(model.generate(KNOWN[0][0], 500))) > 10
    assert model.setting == "CPU, float32"


def test_what_a_prompt_shares_with_the_last_one_is_not_read_again(model, forwards):
    (first, _), (second, said), *_ = KNOWN
    list(model.generate(first, 1))
    forwards.clear()
    assert "".join(model.generate(second, 500)) == said
    prompt = len(model._encode(second))
    read = sum(size for size in forwards if size > 1)
    assert 0 < read < prompt / 2


def test_no_more_than_the_tokens_asked_for(model):
    assert sum(1 for _ in model._decoder.decode([5, 6, 7], frozenset(), 12, Event())) == 12


@pytest.mark.parametrize("way", ["cancel", "close"])
def test_breaking_off_ends_the_computing_and_lets_the_next_in(model, forwards, way):
    cancel = Event()
    pieces = model.generate(UNKNOWN, 3000, cancel)
    next(pieces)
    done = len(forwards)
    if way == "cancel":
        cancel.set()
        assert list(pieces) == []
    else:
        pieces.close()
    assert len(forwards) <= done + 1
    assert "".join(model.generate(KNOWN[0][0], 500)) == KNOWN[0][1]


def test_reading_a_long_prompt_is_broken_off_too(model, forwards, monkeypatch):
    monkeypatch.setattr(model._decoder, "chunk", 16)
    cancel = Event()
    inner = model._decoder._model
    hook = inner.register_forward_hook(lambda *_: cancel.set())
    assert list(model.generate([Message("user", "补" * 900)], 50, cancel)) == []
    hook.remove()
    assert len(forwards) == 1
    assert "".join(model.generate(KNOWN[1][0], 500)) == KNOWN[1][1]


def test_a_second_question_waits_for_the_first_and_may_give_up(model):
    pieces = model.generate(UNKNOWN, 3000)
    next(pieces)
    cancel, got = Event(), []
    waiting = Thread(target=lambda: got.extend(model.generate(KNOWN[0][0], 500, cancel)))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    started = time.perf_counter()
    cancel.set()
    waiting.join(5)
    assert time.perf_counter() - started < 1 and got == []
    pieces.close()


def test_characters_of_several_tokens_come_whole(model):
    text = "补贴🛸犇骉"
    detokenizer = Detokenizer(model._tokenizer)
    tokens = model._tokenizer.encode(text, add_special_tokens=False)
    pieces = [piece for token in tokens if (piece := detokenizer.add(token))]
    assert "".join(pieces) == text and len(tokens) > len(pieces) > 2
    assert not any("\ufffd" in piece for piece in pieces)


def test_a_template_without_system_messages_gets_their_words_all_the_same(model, monkeypatch):
    strict = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "{{ m.content }}{% endfor %}"
    )
    monkeypatch.setattr(model._tokenizer, "chat_template", strict)
    tokens = model._encode([Message("system", "只说中文。"), Message("user", "补贴？")])
    assert model._tokenizer.decode(tokens) == "只说中文。\n\n补贴？"


def test_a_prompt_that_is_too_long_is_refused(model):
    with pytest.raises(PolicyQAError, match="4,096 tokens at most"):
        next(model.generate([Message("user", "补" * 5000)], 100))


def test_too_little_memory_is_told_and_the_model_goes_on(model):
    def fail(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    hook = model._decoder._model.register_forward_hook(fail)
    with pytest.raises(PolicyQAError, match="not enough memory"):
        list(model.generate(KNOWN[0][0], 500))
    hook.remove()
    assert "".join(model.generate(KNOWN[0][0], 500)) == KNOWN[0][1]


def test_half_precision_is_measured_against_float32(language_model, tmp_path):
    half = TransformersModel.load(str(language_model))._decoder._model.to(torch.bfloat16)
    folder = tmp_path / "half"
    shutil.copytree(language_model, folder)
    half.save_pretrained(folder)
    model = TransformersModel.load(str(folder))
    assert "bfloat16" in model.setting and "float32" in model.setting and " s for a usual" in model.setting
    assert model.speed.reading > 0 and model.speed.writing > 0
    assert str(model._decoder._model.dtype).removeprefix("torch.") in model.setting.partition(" (")[0]


def test_half_precision_stays_where_float32_does_not_fit(language_model, tmp_path, monkeypatch):
    folder = shutil.copytree(language_model, tmp_path / "half")
    TransformersModel.load(str(language_model))._decoder._model.to(torch.bfloat16).save_pretrained(folder)
    monkeypatch.setattr("rag.generators.arithmetic._fits", lambda size: False)
    model = TransformersModel.load(str(folder))
    assert model.setting == "CPU, bfloat16: too little memory for float32"
    assert model._decoder._model.dtype == torch.bfloat16


def test_too_little_memory_to_load_is_told(language_model, monkeypatch):
    def fail(model):
        torch.empty(1 << 50)

    monkeypatch.setattr("rag.generators.transformers_model.choose_arithmetic", fail)
    with pytest.raises(PolicyQAError, match="not enough memory for the language model"):
        TransformersModel.load(str(language_model))


def test_weights_of_4_bits_write_too_and_take_less(language_model):
    import bitsandbytes

    whole, small = (TransformersModel.load(str(language_model), four_bit) for four_bit in (False, True))
    assert small.setting == "CPU, float32, weights of 4 bits"
    layer = small._decoder._model.model.layers[0].mlp.up_proj
    assert isinstance(layer, bitsandbytes.nn.Linear4bit) and layer.weight.element_size() == 1
    assert small._decoder._model.get_memory_footprint() < whole._decoder._model.get_memory_footprint()
    assert "".join(small.generate(KNOWN[0][0], 20))


def test_4_bits_without_bitsandbytes_are_told(language_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(PolicyQAError, match=r"needs bitsandbytes, which is not installed.*policyqa\[4bit\]"):
        TransformersModel.load(str(language_model), four_bit=True)


def broken(language_model, tmp_path, name):
    folder = tmp_path / "model"
    shutil.copytree(language_model, folder)
    if name == "chat template":
        (folder / "chat_template.jinja").unlink()
    elif name == "incomplete":
        (folder / "model.safetensors").unlink()
    elif name == "model-00002-of-00002.safetensors":
        (folder / "model.safetensors.index.json").write_text(
            json.dumps({"weight_map": {"a": "model.safetensors", "b": name}})
        )
    elif name == "config.json":
        (folder / name).unlink()
    else:
        (folder / "config.json").write_text("{}")
    return folder


@pytest.mark.parametrize(
    "fault",
    ["chat template", "incomplete", "model-00002-of-00002.safetensors", "config.json", "cannot be read"],
)
def test_a_folder_that_cannot_be_used_is_told(language_model, tmp_path, fault):
    with pytest.raises(PolicyQAError, match=fault):
        TransformersModel.load(str(broken(language_model, tmp_path, fault)))


def test_nothing_is_downloaded():
    with pytest.raises(PolicyQAError, match="nothing is downloaded unasked"):
        TransformersModel.load("nobody/no-such-model")
