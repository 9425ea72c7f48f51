"""From question files to a saved run and its report."""

from __future__ import annotations

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from running import policyqa
from small_language_model import one_thread
from writable import OBEYS, RIGHT, WRONG

from corpus.errors import PolicyQAError
from eval.metrics import tabulate
from eval.misses import Fault, find_misses
from eval.report import render_report, shown_pieces
from eval.run import Run, evaluate
from eval.saved import load_run, save_run
from eval.summary import summarise
from rag.generators.choice import Wanted, open_writer

QUOTE = "每个应用项目经认定的实际投入费用的 50% 给予奖励"
ATTACK = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def evidence(quote: str, doc: int) -> list[dict[str, Any]]:
    return [{"any_of": [{"doc": doc, "quote": quote}]}]


ROWS: list[dict[str, Any]] = [
    {
        "id": "right",
        "lang": "zh",
        "kind": "direct",
        "question": "黄埔每年评的人工智能示范应用项目按投入补几成，封顶多少？",
        "evidence": evidence(QUOTE, 20),
        "answer_points": ["50%"],
    },
    {
        "id": "wrong",
        "lang": "zh",
        "kind": "direct",
        "question": f"黄埔固定资产投资奖励多少？{ATTACK}",
        "evidence": evidence("本办法自发布之日起施行", 30),
        "answer_points": [ATTACK],
    },
    {
        "id": "none",
        "lang": "en",
        "kind": "off-topic",
        "question": "What is the capital of France?",
        "evidence": [],
        "answer_points": [],
    },
    {
        "id": "talk",
        "lang": "zh",
        "turns": [
            {"question": "杭州攻关AI关键技术，最多补多少？", "evidence": [], "answer_points": []},
            {"question": "那成都呢？", "evidence": [], "answer_points": []},
        ],
    },
]


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("questions") / "few.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(questions: Path, compendium_index: Path) -> Run:
    return evaluate(compendium_index, [questions], date(2022, 1, 31))


def test_every_question_and_turn_is_answered_and_scored(run: Run) -> None:
    assert [row["id"] for row in run.answers] == ["right", "wrong", "none", "talk#1", "talk#2"]
    assert run.scores[0].values["first citation"] == 1.0
    assert "成都" in run.answers[-1]["standalone_question"]
    assert run.scores[0].document == "guangzhou-2020-huangpu-rules" or run.scores[0].zone.startswith("广州")


def test_the_manifest_names_what_was_measured(run: Run) -> None:
    manifest = run.manifest
    assert manifest["as_of"] == "2022-01-31" and manifest["generator"] == ["extractive"]
    assert list(manifest["questions"]) == ["few.jsonl"]
    assert {"ranking.toml", "answerability.toml"} <= set(manifest["config"])
    assert set(manifest["code"]) == {"corpus", "embeddings", "rag"}
    assert manifest["model"]["name"] == "static-zh-en" and manifest["index"]["corpus"]
    assert len(manifest["documents"]) == 33


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, policies_index: Path, writing_model: Path) -> list[Run]:
    """The same questions answered from the clauses' sentences, and by the small language model."""
    path = tmp_path_factory.mktemp("written") / "asked.jsonl"
    asked = {"lang": "zh", "kind": "direct", "evidence": [], "answer_points": []}
    questions = (RIGHT, WRONG, OBEYS, "法国的首都是哪里？")
    path.write_text(
        "\n".join(json.dumps(asked | {"id": str(n), "question": q}) for n, q in enumerate(questions))
    )
    writer, _ = open_writer(Wanted(model=str(writing_model)))
    with one_thread():
        return [evaluate(policies_index, [path], date(2022, 6, 1), writer=w) for w in (None, writer)]


def test_rows_of_written_answers_say_what_is_verified_and_how_they_were_written(runs: list[Run]) -> None:
    plain, written = (run.answers for run in runs)
    assert [s["verified"] for s in written[0]["statements"]] == [True, False]
    assert written[0]["statements"][1]["own"] and written[2]["instead"] == "unproven"
    assert all(s["verified"] for row in plain for s in row["statements"])
    for row in written[:2]:
        how = row["written"]
        assert 0 < how["first_word_ms"] < how["first_statement_ms"] < row["latency_ms"]
        assert how["pieces"] > 5 and how["pieces_a_second"] > 0 and how["memory_bytes"] > 1e6
    assert "first_statement_ms" not in written[2]["written"] and written[2]["written"]["pieces"]
    assert "written" not in written[3] and not any("written" in row for row in plain)
    assert runs[1].manifest["writer"] == "CPU, float32" and runs[0].manifest["writer"] == ""


def test_rows_of_a_language_model_are_shown_only_where_one_wrote(runs: list[Run], tmp_path: Path) -> None:
    of_models = {"written", "verified", "first word p50", "first statement p50", "tokens a second", "memory"}
    shown = [{row[0] for row in summarise(tabulate(run.scores))[1]} for run in runs]
    assert not of_models & shown[0] and of_models <= shown[1]
    assert {"statement recall", "statement precision"} <= shown[0] & shown[1]
    pages = [render_report(run) for run in runs]
    assert ["first statement p50" in page for page in pages] == [False, True]
    assert ["CPU, float32" in page for page in pages] == [False, True]
    table = tabulate(runs[1].scores)["all"]
    assert table["verified"] and table["verified"].value == pytest.approx(2 / 3)
    assert table["written"] and table["written"].value == pytest.approx(2 / 3)
    for name, run in zip(("plain", "written"), runs, strict=True):
        save_run(run, tmp_path / name)
    assert load_run(tmp_path / "written").scores == runs[1].scores
    told = policyqa("eval", "compare", tmp_path / "plain", tmp_path / "written").stdout
    assert all(name in told for name in of_models) and "writer: " in told


def test_misses_are_told_by_their_kind(run: Run) -> None:
    found = {miss.score.gold.id: miss.fault for miss in find_misses(run)}
    assert found["wrong"] is Fault.DOCUMENT
    assert found["talk#1"] is Fault.ANSWERED
    assert "right" not in found and "none" not in found


def test_a_saved_run_reads_back_the_same(run: Run, tmp_path: Path) -> None:
    save_run(run, tmp_path / "run")
    again = load_run(tmp_path / "run")
    assert json.loads(json.dumps(run.answers)) == again.answers
    assert again.scores == run.scores
    assert again.manifest == run.manifest and again.expected == run.expected
    assert render_report(again) == (tmp_path / "run" / "report.html").read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_replaces_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(PolicyQAError, match="is there already"):
        save_run(run, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_a_run_that_cannot_be_written_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: Run) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("eval.saved.render_report", fail)
    with pytest.raises(PolicyQAError, match="No space left"):
        save_run(run, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "content"), [("scores.jsonl", "{"), ("answers.jsonl", None)])
def test_a_damaged_run_is_named(run: Run, tmp_path: Path, name: str, content: str | None) -> None:
    save_run(run, tmp_path / "run")
    damaged = tmp_path / "run" / name
    if content is None:
        damaged.unlink()
    else:
        damaged.write_text(content, encoding="utf-8")
    with pytest.raises(PolicyQAError, match=str(tmp_path / "run")):
        load_run(tmp_path / "run")


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_report_is_whole_by_itself_and_escapes_everything(run: Run) -> None:
    text = render_report(run)
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    attributes = [pair for _, attrs in page.tags for pair in attrs.items()]
    assert not any(name.startswith("on") or name == "src" for name, _ in attributes)
    anchors = {value for name, value in attributes if name == "id"}
    assert {value for name, value in attributes if name == "href"} <= {f"#{anchor}" for anchor in anchors}
    assert "@import" not in text and "url(" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "prefers-color-scheme: dark" in text


def test_the_report_shows_expected_and_cited_side_by_side(run: Run) -> None:
    text = render_report(run)
    wrong = text[text.index('<span class="tag">wrong</span>') :]
    wrong = wrong[: wrong.index("</article>")]
    expected, cited = wrong.split('<h4 class="bad">')
    assert "本办法自发布之日起施行" in expected or "not in this index" in expected
    assert "《广州市黄埔区" in cited and "<mark>" in cited


def test_quoted_words_are_marked_and_the_rest_is_shortened() -> None:
    text = "前" * 500 + "给予最高 500 万元补助" + "后" * 500
    pieces = shown_pieces(text, ["给予最高500万元补助。"])
    assert [quoted for _, quoted in pieces] == [False, True, False]
    assert pieces[1][0] == "给予最高 500 万元补助"
    assert all(len(words) < 200 for words, _ in pieces)
    assert shown_pieces("短文。", ["别处的话"]) == [("短文。", False)]


def test_two_questions_of_one_id_are_refused(questions: Path, compendium_index: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(questions.read_bytes())
    with pytest.raises(PolicyQAError, match="two questions have the id right"):
        evaluate(compendium_index, [questions, copy])


def test_no_chart_is_drawn_outside_its_frame(run: Run) -> None:
    for value in re.findall(r'c?x[12]?="([-\d.]+)"', render_report(run)):
        assert 0 <= float(value) <= 960
