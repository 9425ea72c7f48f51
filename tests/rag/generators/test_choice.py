import shutil
import socket

import pytest

from corpus.errors import PolicyQAError
from rag.generators.choice import (
    CPU_MODELS,
    EXTRACTIVE,
    GPU_MODELS,
    Choice,
    Wanted,
    choose,
    open_language_model,
    open_writer,
)
from rag.generators.model_files import KNOWN
from rag.generators.openai_server import OpenAIServer
from rag.generators.transformers_model import TransformersModel


@pytest.fixture(autouse=True)
def hub_cache(tmp_path, monkeypatch):
    """An empty Hugging Face cache."""
    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    return folder


@pytest.fixture
def dead():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def put_into_cache(hub_cache, name, model):
    folder = hub_cache / f"models--{name.replace('/', '--')}"
    shutil.copytree(model, folder / "snapshots" / "abc")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc")


def test_what_is_set_is_taken(language_model, model_server):
    assert choose(Wanted("extractive", str(language_model))) == EXTRACTIVE
    local = choose(Wanted("transformers", str(language_model)))
    assert local == Choice("transformers", str(language_model), "set", "as set")
    server = choose(Wanted("openai", "some-name", model_server))
    assert (server.kind, server.model) == ("openai", "some-name") and model_server in server.reason


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Wanted("openai"), "POLICYQA_MODEL_URL"),
        (Wanted("transformers"), "No language model is"),
        (Wanted("transformers", "nobody/none"), "'nobody/none' is not on this machine"),
        (Wanted("openai", url="nonsense"), "no address of a server"),
    ],
)
def test_what_is_set_and_cannot_be_had_is_told(wanted, told):
    with pytest.raises(PolicyQAError, match=told):
        choose(wanted)


def test_auto_takes_the_best_in_place_and_says_why(hub_cache, language_model, model_server):
    assert choose(Wanted()) == Choice("extractive", "", "none", "no language model is in place")
    for name in reversed(CPU_MODELS):
        put_into_cache(hub_cache, name, language_model)
        assert choose(Wanted()) == Choice("transformers", name, "best", "the best language model in place")
    assert choose(Wanted(model=str(language_model))).reason == "as set"
    assert choose(Wanted(model="served", url=model_server)).kind == "openai"


def test_a_gpu_has_the_largest_model_taken(hub_cache, language_model, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    for name in (*CPU_MODELS, *GPU_MODELS):
        put_into_cache(hub_cache, name, language_model)
    assert choose(Wanted()).model == "Qwen/Qwen3-4B-Instruct-2507"
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert choose(Wanted()).model == "Qwen/Qwen3-1.7B"


def test_a_model_that_only_reranks_writes_nothing(hub_cache, language_model):
    for known in KNOWN:
        if known.role != "writes":
            put_into_cache(hub_cache, known.name, language_model)
    assert choose(Wanted()).kind == "extractive"


def test_auto_goes_without_what_cannot_be_had_and_says_so(dead):
    choice = choose(Wanted(url=dead))
    assert choice.kind == "extractive" and "does not answer" in choice.reason
    assert "not on this machine" in choose(Wanted(model="nobody/none")).reason


def test_a_chosen_model_is_opened(language_model, model_server):
    assert isinstance(open_language_model(Wanted(model=str(language_model))), TransformersModel)
    server = open_language_model(Wanted(model=str(language_model), url=model_server))
    assert isinstance(server, OpenAIServer) and server.setting == f"server {model_server}/v1"
    with pytest.raises(PolicyQAError, match="none is used"):
        open_language_model(Wanted())


def test_a_writer_is_opened_and_auto_goes_without_one_that_cannot_be_used(language_model, tmp_path):
    writer, choice = open_writer(Wanted(model=str(language_model)))
    assert writer.model.name == choice.model == str(language_model) and writer.because == "as set"
    assert open_writer(Wanted("extractive")) == (None, EXTRACTIVE)
    (tmp_path / "config.json").write_text("{}")
    writer, choice = open_writer(Wanted(model=str(tmp_path)))
    assert writer is None and choice.why == "fault" and "incomplete" in choice.reason
    with pytest.raises(PolicyQAError, match="incomplete"):
        open_writer(Wanted("transformers", str(tmp_path)))


def test_the_key_is_not_shown():
    assert "secret" not in repr(Wanted(key="secret"))
