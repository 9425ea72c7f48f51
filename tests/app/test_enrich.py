"""``policyqa corpus enrich`` from the command to the answer."""

import json
import shutil
import socket

import pytest
from enrichable import write_policies
from running import policyqa

from corpus.errors import PolicyQAError
from embeddings.index import Index
from rag.generators import choice
from rag.generators.transformers_model import TransformersModel

QUESTION = "How much does a school get for a robot?"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("policies")
    saucers, robots = write_policies(folder)
    index = folder / "index"
    assert policyqa("index", "build", "--source", saucers, robots, "--index", index).returncode == 0
    return index


@pytest.fixture
def index(built, tmp_path):
    return shutil.copytree(built, tmp_path / "index")


def enriched(index):
    return {unit.split("/")[0].split("-")[0] for unit in Index.open(index).enrichment}


def test_clauses_are_found_by_the_words_that_the_model_wrote(index, language_model):
    model = {"POLICYQA_MODEL": str(language_model)}
    ran = policyqa("corpus", "enrich", "--index", index, "--json", **model)
    assert ran.returncode == 0, ran.stderr
    facts = json.loads(ran.stdout)
    assert (facts["documents"], facts["units"], facts["entries"]) == (2, 5, 4)
    assert facts["dropped"]["summary: a figure that the clause does not state"] == 1
    assert f"{language_model}, CPU, float32" in ran.stderr
    row = json.loads(policyqa("ask", QUESTION, "--index", index, "--json").stdout)
    assert "2万元" in row["citations"][0]["text"]
    assert "RMB 20,000 for each" in policyqa("ask", QUESTION, "--index", index).stdout
    again = policyqa("corpus", "enrich", "--index", index, **model)
    assert again.returncode == 0 and "has enrichment already" in again.stderr


def test_a_real_server_writes_them_too(index, language_model, model_server):
    server = {"POLICYQA_MODEL_URL": model_server, "POLICYQA_MODEL": str(language_model)}
    ran = policyqa("corpus", "enrich", "--index", index, **server)
    assert ran.returncode == 0, ran.stderr
    assert "entries    4" in ran.stdout and "1 × answer that is not" in ran.stdout
    assert len(enriched(index)) == 2


def test_named_documents_alone_and_then_the_rest(index, language_model):
    first, second = Index.open(index).documents
    model = {"POLICYQA_MODEL": str(language_model)}
    assert policyqa("corpus", "enrich", second, "--index", index, **model).returncode == 0
    assert {entry.rpartition("/")[0] for entry in Index.open(index).enrichment} == {second}
    rest = json.loads(policyqa("corpus", "enrich", "--index", index, "--json", **model).stdout)
    assert rest["documents"] == 1
    assert {entry.rpartition("/")[0] for entry in Index.open(index).enrichment} == {first, second}


def test_what_is_finished_stays_when_the_model_fails(index, language_model, monkeypatch):
    class Failing(TransformersModel):
        def generate(self, messages, max_tokens, cancel=None):
            if "机器人" in messages[-1].content:
                raise PolicyQAError("the model is gone")
            yield from super().generate(messages, max_tokens, cancel)

    monkeypatch.setattr(choice, "open_language_model", lambda _: Failing.load(str(language_model)))
    ran = policyqa("corpus", "enrich", "--index", index)
    assert ran.returncode == 2
    assert ran.stderr.strip().splitlines()[-1] == "policyqa: the model is gone"
    assert len(enriched(index)) == 1 and Index.check(index) == []


def test_what_cannot_be_done_is_told_in_one_line(index, monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as free:
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
    for arguments, settings, told in (
        ((), {}, "A language model is needed"),
        (("nobody",), {}, "no document nobody"),
        ((), {"POLICYQA_GENERATOR": "openai", "POLICYQA_MODEL_URL": dead}, "does not answer"),
        ((), {"POLICYQA_MODEL_URL": dead}, "does not answer"),
        ((), {"POLICYQA_GENERATOR": "poet"}, "POLICYQA_GENERATOR=poet"),
    ):
        ran = policyqa("corpus", "enrich", *arguments, "--index", index, **settings)
        assert ran.returncode == 2 and told in ran.stderr, ran.stderr
        assert len(ran.stderr.strip().splitlines()) == 1
    assert Index.open(index).enrichment == {}


def test_info_says_what_writes_the_answers(index, language_model, monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

    def facts(**settings):
        return json.loads(policyqa("info", "--json", "--index", index, **settings).stdout)

    assert facts()["because"] == "no language model is in place"
    local = facts(POLICYQA_MODEL=str(language_model))
    assert (local["generator"], local["language_model"]) == ("transformers", str(language_model))
    assert "POLICYQA_MODEL_URL" in facts(POLICYQA_GENERATOR="openai")["generator_problem"]
    secret = policyqa("info", "--index", index, POLICYQA_MODEL_KEY="sk-hidden")
    assert "sk-hidden" not in secret.stdout + secret.stderr
