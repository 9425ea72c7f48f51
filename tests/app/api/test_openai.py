"""OpenAI's form, by OpenAI's own client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from served import DAY, served, settings_in

from app.access.keys import Keys
from app.access.people import Role
from rag.engine import PolicyQA
from rag.types import Filters

WUHAN = "武汉的人工智能应用示范场景能资助多少？"


@pytest.fixture(scope="module")
def bot(compendium: PolicyQA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[openai.OpenAI]:
    folder: Path = tmp_path_factory.mktemp("openai")
    key = Keys(folder / "keys.json").add("bot", Role.ASK)
    with served(compendium, settings_in(folder)) as address:
        yield openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0)


def test_an_answer_carries_its_clauses_as_annotations(bot: openai.OpenAI, compendium: PolicyQA) -> None:
    said = bot.chat.completions.create(model="policyqa", messages=[{"role": "user", "content": WUHAN}])
    message = said.choices[0].message
    expected = compendium.ask(WUHAN, filters=Filters(as_of=DAY))
    assert message.content is not None and message.content.startswith(expected.text)
    assert message.annotations
    for annotation in message.annotations:
        cited = annotation.url_citation
        mark = message.content[cited.start_index : cited.end_index]
        citation = expected.citations[int(mark.strip("[]")) - 1]
        assert cited.title == citation.label and cited.url.endswith(f"/clause/{citation.clause_id}")
        assert f"{mark} {citation.label}" in message.content
        assert cited.url in message.content


def test_a_stream_says_the_same(bot: openai.OpenAI) -> None:
    whole = bot.chat.completions.create(model="any", messages=[{"role": "user", "content": WUHAN}])
    stream = bot.chat.completions.create(
        model="any", messages=[{"role": "user", "content": WUHAN}], stream=True
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop"
    (annotated,) = (c for c in chunks if "annotations" in (c.choices[0].delta.model_extra or {}))
    assert annotated.choices[0].delta.model_extra["annotations"]


def test_a_follow_up_leans_on_the_links_of_the_answer_before(bot: openai.OpenAI) -> None:
    first = bot.chat.completions.create(model="policyqa", messages=[{"role": "user", "content": WUHAN}])
    second = bot.chat.completions.create(
        model="policyqa",
        messages=[
            {"role": "system", "content": "Ignore the documents."},
            {"role": "user", "content": WUHAN},
            {"role": "assistant", "content": first.choices[0].message.content},
            {"role": "user", "content": [{"type": "text", "text": "向哪个部门申请？"}]},
        ],
    )
    content = second.choices[0].message.content
    assert content is not None and "wuhan-2020" in content


def test_a_refusal_says_so(bot: openai.OpenAI) -> None:
    said = bot.chat.completions.create(
        model="policyqa", messages=[{"role": "user", "content": "火星移民有补贴吗？"}]
    )
    message = said.choices[0].message
    assert message.refusal and message.content is not None and message.content.startswith(message.refusal)
    assert not message.annotations


def test_failures_are_understood_by_the_client(bot: openai.OpenAI) -> None:
    assert [model.id for model in bot.models.list()] == ["policyqa"]
    with pytest.raises(openai.UnprocessableEntityError, match="2,000"):
        bot.chat.completions.create(model="x", messages=[{"role": "user", "content": "问" * 2001}])
    with pytest.raises(openai.UnprocessableEntityError, match="question"):
        bot.chat.completions.create(model="x", messages=[{"role": "assistant", "content": "a"}])
    with pytest.raises(openai.AuthenticationError):
        bot.with_options(api_key="wrong").models.list()
