"""The commands, run as a person runs them: what they print, and one clear line where they cannot."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from running import policyqa

QUESTION = "黄埔区固定资产投资奖励多少？"
POLICY = "人工智能扶持办法\n\n第一条 对研发企业给予最高300万元补助。\n\n第二条 本办法自2024年1月1日起施行。\n"


@pytest.fixture(scope="module")
def small_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    (folder / "办法.txt").write_text(POLICY, encoding="utf-8")
    built = policyqa("index", "build", "--source", folder / "办法.txt", "--index", folder / "index")
    assert built.returncode == 0, built.stderr
    return folder / "index"


def fails(*arguments: str | Path, saying: str, **settings: str) -> str:
    """Runs a command that must fail with exactly one line; returns that line."""
    ran = policyqa(*arguments, **settings)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    lines = ran.stderr.strip().splitlines()
    assert len(lines) == 1, ran.stderr
    assert saying in lines[0]
    return lines[0]


def test_an_index_in_milvus_answers_in_another_process(milvus: str, tmp_path: Path) -> None:
    (tmp_path / "办法.txt").write_text(POLICY, encoding="utf-8")
    uri = str(tmp_path / "milvus.db")
    index = ("--index", tmp_path / "index")
    built = policyqa("index", "build", "--source", tmp_path / "办法.txt", *index, POLICYQA_MILVUS=uri)
    assert built.returncode == 0, built.stderr
    assert uri in policyqa("index", "info", *index).stdout
    asked = policyqa("ask", "研发企业补助多少？", *index)
    assert "300" in asked.stdout and asked.returncode == 0, asked.stderr
    assert asked.stderr == ""


def test_help_names_every_command() -> None:
    shown = policyqa("--help")
    assert shown.returncode == 0
    for command in ("serve", "ask", "search", "corpus", "index", "info", "eval"):
        assert command in shown.stdout


def test_asking_needs_none_of_the_slow_libraries(compendium_index: Path) -> None:
    script = (
        f"import sys; sys.argv = ['policyqa', 'ask', '{QUESTION}', '--index', r'{compendium_index}'];\n"
        "from app.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "slow = {'gradio', 'torch', 'transformers', 'sentence_transformers', 'fastapi', 'uvicorn',"
        " 'langchain_text_splitters', 'bs4', 'docx', 'pypdf'}\n"
        "print('slow:', sorted(slow & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert "万元" in ran.stdout, ran.stderr
    assert ran.stdout.strip().splitlines()[-1] == "slow: []"


def test_an_answer_names_its_clause(compendium_index: Path) -> None:
    shown = policyqa("ask", QUESTION, "--index", compendium_index)
    assert shown.returncode == 0, shown.stderr
    assert "第六条" in shown.stdout and "[1]" in shown.stdout
    row = json.loads(policyqa("ask", QUESTION, "--index", compendium_index, "--json").stdout)
    assert row["citations"][0]["quote"] in row["citations"][0]["text"]


def test_the_day_of_asking_decides_what_holds(compendium_index: Path) -> None:
    documents = policyqa("corpus", "documents", "--json", "--index", compendium_index).stdout.splitlines()
    expiring = next(row for row in map(json.loads, documents) if row["expires"])
    search = (
        "search",
        expiring["title"],
        "--in-force",
        "--top",
        "200",
        "--json",
        "--index",
        compendium_index,
    )

    def found(day: str) -> set[str]:
        rows = policyqa(*search, "--as-of", day).stdout.splitlines()
        return {json.loads(row)["document"] for row in rows}

    assert expiring["id"] in found(expiring["expires"])
    assert expiring["id"] not in found("2999-01-01")


def test_batches_answer_and_search_a_file(compendium_index: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    rows = [
        {"id": "a", "question": QUESTION},
        {"id": "b", "turns": [{"question": "武汉的算力补贴？"}, {"question": "那合肥呢？"}]},
    ]
    questions.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    answers, found = tmp_path / "answers.jsonl", tmp_path / "found.jsonl"
    asked = policyqa(
        "ask", "--questions", questions, "--output", answers, "--generator", "extractive",
        "--index", compendium_index,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    assert [json.loads(line)["id"] for line in answers.read_text("utf-8").splitlines()] == ["a", "b#1", "b#2"]
    searched = policyqa(
        "search", "--questions", questions, "--top", "7", "--output", found, "--index", compendium_index
    )
    assert searched.returncode == 0, searched.stderr
    assert {len(json.loads(line)["retrieved"]) for line in found.read_text("utf-8").splitlines()} == {7}


def test_lists_come_from_the_index_or_else_from_the_shipped_compendium(
    small_index: Path, tmp_path: Path
) -> None:
    own = policyqa("corpus", "clauses", "--json", "--index", small_index).stdout.splitlines()
    assert [json.loads(line)["text"][:3] for line in own] == ["第一条", "第二条"]
    shipped = policyqa("corpus", "documents", "--json", POLICYQA_INDEX=str(tmp_path / "none"))
    assert len(shipped.stdout.splitlines()) == 33


def test_documents_are_added_and_removed(small_index: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    shutil.copytree(small_index, index)
    added = tmp_path / "飞碟办法.txt"
    added.write_text(POLICY.replace("研发企业", "飞碟企业").replace("人工智能", "飞碟"), encoding="utf-8")
    data = {"POLICYQA_DATA": str(tmp_path)}
    assert policyqa("documents", "add", added, "--index", index, **data).returncode == 0
    rows = policyqa("corpus", "documents", "--json", "--index", index).stdout.splitlines()
    ids = [json.loads(row)["id"] for row in rows]
    assert len(ids) == 2
    assert "飞碟企业" in policyqa("ask", "飞碟企业补助多少？", "--index", index).stdout
    assert policyqa("documents", "remove", ids[1], "--index", index, **data).returncode == 0
    assert "飞碟企业" not in policyqa("ask", "飞碟企业补助多少？", "--index", index).stdout
    fails("documents", "remove", "nothing", "--index", index, saying="nothing", **data)


@pytest.mark.parametrize("between", [(), ("--source",)])
def test_an_index_is_built_of_several_sources(between: tuple[str, ...], tmp_path: Path) -> None:
    first, second = tmp_path / "甲.txt", tmp_path / "乙.md"
    first.write_text(POLICY, encoding="utf-8")
    second.write_text(POLICY.replace("人工智能", "量子"), encoding="utf-8")
    built = policyqa(
        "index", "build", "--source", first, *between, second, "--index", tmp_path / "i", "--json"
    )
    assert json.loads(built.stdout)["documents"] == 2


def test_an_index_is_built_again_only_where_it_is_stale(tmp_path: Path) -> None:
    source = tmp_path / "办法.txt"
    source.write_text(POLICY, encoding="utf-8")
    build = ("index", "build", "--source", source, "--index", tmp_path / "index", "--if-stale")
    assert "passages" in policyqa(*build).stdout
    assert "up to date" in policyqa(*build).stderr
    source.write_text(POLICY.replace("300", "400"), encoding="utf-8")
    assert "passages" in policyqa(*build).stdout
    assert policyqa("index", "check", "--index", tmp_path / "index").returncode == 0


def test_a_folder_with_some_unusable_files_is_built_from_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "good.txt").write_text(POLICY, encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n")
    built = policyqa("index", "build", "--source", folder, "--index", tmp_path / "index", "--json")
    assert built.returncode == 0, built.stderr
    assert json.loads(built.stdout)["documents"] == 1
    for name in ("empty.txt", "binary.txt", "broken.pdf", "picture.png"):
        assert any(name in line and "skipped" in line for line in built.stderr.splitlines())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("blank.md", b" \n\n "),
        ("binary.txt", bytes(range(256)) * 40),
        ("undecodable.txt", b"\xff\xfe\x00\xd8" * 30),
        ("broken.pdf", b"%PDF-1.7\n1 0 obj\n<<"),
        ("broken.docx", b"PK\x03\x04 no archive"),
        ("hostile.jsonl", b'{"id": 1, "title": [], "text": {"a": 1}}\n'),
        ("deep.jsonl", b"[" * 100_000),
        ("picture.png", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_line(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    fails("index", "build", "--source", path, "--index", tmp_path / "index", saying=name)
    assert not (tmp_path / "index" / "manifest.json").exists()


def test_a_missing_file_and_a_folder_without_texts(tmp_path: Path) -> None:
    fails("index", "build", "--source", tmp_path / "no.txt", "--index", tmp_path / "i", saying="no.txt")
    (tmp_path / "folder").mkdir()
    fails("index", "build", "--source", tmp_path / "folder", "--index", tmp_path / "i", saying="folder")


def test_questions_that_cannot_be_asked(small_index: Path) -> None:
    fails("ask", "", "--index", small_index, saying="empty")
    fails("ask", "   ", "--index", small_index, saying="empty")
    fails("ask", "问" * 20_000, "--index", small_index, saying="20,000")
    fails("ask", "--index", small_index, saying="--questions")
    fails("ask", "补助？", "--zone", "火星", "--index", small_index, saying="火星")
    fails("ask", "补助？", "--as-of", "yesterday", "--index", small_index, saying="--as-of")


def test_question_files_that_cannot_be_used(small_index: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    for content in (b"", b"no json\n", b'{"id": "a"}\n', b"\xff\xfe\x00"):
        (tmp_path / "q.jsonl").write_bytes(content)
        fails(
            "ask",
            "--questions",
            tmp_path / "q.jsonl",
            "--output",
            output,
            "--index",
            small_index,
            saying="q.jsonl",
        )
        assert not output.exists()
    (tmp_path / "deep.jsonl").write_bytes(b"[" * 100_000)
    deep = ("ask", "--questions", tmp_path / "deep.jsonl", "--output", output)
    fails(*deep, "--index", small_index, saying="line 1 is not JSON")
    fails("search", "--questions", tmp_path / "no", "--output", output, "--index", small_index, saying="no")


def test_indexes_that_cannot_be_used(small_index: Path, tmp_path: Path) -> None:
    fails("ask", "补助？", "--index", tmp_path / "none", saying="index build")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "diary.txt").write_text("mine", encoding="utf-8")
    fails("ask", "补助？", "--index", foreign, saying="foreign")
    source = small_index.parent / "办法.txt"
    fails("index", "build", "--source", source, "--index", foreign, saying="foreign")
    assert sorted(path.name for path in foreign.iterdir()) == ["diary.txt"]
    corrupt = tmp_path / "corrupt"
    shutil.copytree(small_index, corrupt)
    manifest = corrupt / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:-40])
    for command in (("ask", "补助？"), ("index", "check"), ("corpus", "clauses"), ("serve", "--port", "0")):
        fails(*command, "--index", corrupt, saying="damaged")


def test_unknown_ids_models_devices_and_settings(small_index: Path, tmp_path: Path) -> None:
    fails("corpus", "clauses", "--document", "nobody", "--index", small_index, saying="nobody")
    source = small_index.parent / "办法.txt"
    build = ("index", "build", "--source", source, "--index", tmp_path / "i")
    fails(*build, "--model", "no/such-model", saying="no/such-model")
    fails(*build, "--device", "abacus", saying="abacus")
    fails("serve", saying="POLICYQA_PORT", POLICYQA_PORT="many")
    fails("nonsense", saying="nonsense")
    fails("index", saying="command")


def test_a_port_in_use(small_index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        fails("serve", "--port", port, "--index", small_index, saying=port)


@pytest.mark.parametrize("host", ["a b", "8.8.8.8", "主机" * 40, "h" * 300])
def test_a_host_that_cannot_be_listened_on(small_index: Path, host: str) -> None:
    fails("serve", "--host", host, "--port", "0", "--index", small_index, saying=host)


def test_a_place_that_cannot_be_written(small_index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    source = small_index.parent / "办法.txt"
    fails("index", "build", "--source", source, "--index", tmp_path / "file" / "index", saying="file")
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "a", "question": "研发补助多少？"}', encoding="utf-8")
    output = tmp_path / "no" / "out.jsonl"
    fails("ask", "--questions", questions, "--output", output, "--index", small_index, saying="out.jsonl")


def test_an_output_replaces_nothing_but_an_older_output(small_index: Path, tmp_path: Path) -> None:
    questions, pipe, folder = tmp_path / "q.jsonl", tmp_path / "pipe", tmp_path / "folder"
    content = '{"id": "a", "question": "研发补助多少？"}\n'
    questions.write_text(content, encoding="utf-8")
    os.mkfifo(pipe)
    folder.mkdir()
    (tmp_path / "link").symlink_to(questions)
    for output in (pipe, folder, questions, tmp_path / "link"):
        for command in ("ask", "search"):
            batch = (command, "--questions", questions, "--output", output, "--index", small_index)
            fails(*batch, saying=output.name)
    assert pipe.is_fifo() and questions.read_text(encoding="utf-8") == content
    (tmp_path / "results").symlink_to(tmp_path / "out.jsonl")
    batch = ("ask", "--questions", questions, "--output", tmp_path / "results", "--index", small_index)
    assert policyqa(*batch).returncode == 0 and policyqa(*batch).returncode == 0
    assert (tmp_path / "results").is_symlink() and (tmp_path / "out.jsonl").is_file()


def run_by_shell(index: Path, line: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs a line of bash in which ``policyqa`` is the program and ``$INDEX`` the index."""
    return subprocess.run(
        ["bash", "-c", f'policyqa() {{ "{sys.executable}" -m app "$@"; }}; {line}'],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"INDEX": str(index)} | settings,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["--help", "ask 研发企业补助多少？ --index $INDEX"])
def test_a_reader_that_has_had_enough_is_no_failure(small_index: Path, command: str) -> None:
    ran = run_by_shell(small_index, f"policyqa {command} | true; exit ${{PIPESTATUS[0]}}")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_closed_and_narrow_outputs(small_index: Path) -> None:
    ask = "policyqa ask 研发企业补助多少？ --index $INDEX"
    assert run_by_shell(small_index, f"{ask} >&-").returncode == 0
    assert run_by_shell(small_index, "policyqa ask '' --index $INDEX 2>&-").returncode == 2
    narrow = run_by_shell(small_index, ask, PYTHONIOENCODING="ascii")
    assert narrow.returncode == 0 and "300" in narrow.stdout
    row = run_by_shell(small_index, f"{ask} --json", PYTHONIOENCODING="ascii").stdout
    assert "300万元" in json.loads(row)["answer"]


def test_texts_do_not_steer_the_terminal(tmp_path: Path) -> None:
    text = "飞碟补助办法\n第一条 对飞碟企业\x1b]0;attacked\x07\x1b[2J\x9b31m给予300万元补助。\u202e\n"
    source = tmp_path / "source.jsonl"
    source.write_text(json.dumps({"id": "a", "title": "飞碟\x1b[31m办法", "text": text}), encoding="utf-8")
    index = ("--index", tmp_path / "index")
    assert policyqa("index", "build", "--source", source, *index).returncode == 0
    commands = [
        ("ask", "飞碟企业补助多少？"),
        ("search", "飞碟企业"),
        ("corpus", "clauses"),
        ("corpus", "documents"),
    ]
    for command in [*commands, ("corpus", "check", source)]:
        ran = policyqa(*command, *(() if command[1] == "check" else index))
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", ran.stdout + ran.stderr), command
    failed = policyqa("documents", "remove", "\x1b[31m", *index, POLICYQA_DATA=str(tmp_path))
    assert failed.returncode == 2 and "\x1b" not in failed.stderr


def test_info_names_the_version_and_the_index(small_index: Path, tmp_path: Path) -> None:
    facts = json.loads(policyqa("info", "--json", "--index", small_index).stdout)
    assert facts["version"] and facts["documents"] == 1 and facts["model"]
    missing = json.loads(policyqa("info", "--json", "--index", tmp_path / "none").stdout)
    assert "index build" in missing["problem"]


def test_check_prints_mends_and_accounts_for_every_character() -> None:
    report = json.loads(policyqa("corpus", "check", "--json").stdout)
    assert report["missing"] == [] and report["twice"] == []
    assert any(mend["line"] == 931 and "和" in mend["after"] for mend in report["mends"])
    shown = policyqa("corpus", "check")
    assert shown.returncode == 0 and "lost" in shown.stdout


def test_check_counts_the_enrichment_that_fits() -> None:
    report = json.loads(policyqa("corpus", "check", "--json").stdout)
    assert report["stale_enrichment"] == [] and report["enriched"] > 1000
    assert f"{report['enriched']} entries; 0 stale" in policyqa("corpus", "check").stdout
