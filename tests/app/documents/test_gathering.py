"""Files and folders of whoever runs the server: all that can be used, in one step, by one command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from running import policyqa

from app.documents.gathering import gather
from app.documents.intake import LARGEST_UPLOAD
from corpus.collection import join
from corpus.errors import SourceError

BEES = "东海市支持养蜂若干政策\n\n第一条 对新建蜂场，给予最高50万元补助。\n"
RULES = "养蜂补助实施细则\n\n第一条 《东海市支持养蜂若干政策》第一条的补助按年发放。\n"
RECORD = {"id": "whales", "title": "西海市养鲸办法", "zone": "西海", "text": "第一条 对养鲸的补助30万元。"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "a/bees.txt": BEES,
        "b/rules.md": "# " + RULES,
        "b/records.jsonl": json.dumps(RECORD),
        "b/.hidden.txt": BEES,
        "b/photo.png": "x",
        "b/broken.pdf": "%PDF-1.7 x",
    }
    for name, text in files.items():
        path = tmp_path / "policies" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "policies"


def test_what_can_be_used_of_a_folder_is_read_and_the_rest_told(folder: Path) -> None:
    gathered = gather([folder])
    assert [one.name for one in gathered.uploads] == ["bees.txt", "records.jsonl", "rules.md"]
    assert [d.zone for d in gathered.uploads[1].corpus.documents] == ["西海"]
    skipped = {Path(one.path).name: one.reason for one in gathered.skipped}
    assert skipped.keys() == {"broken.pdf", "photo.png"}
    assert skipped["photo.png"].startswith("not one of") and "damaged PDF" in skipped["broken.pdf"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("b/broken.pdf", "broken.pdf: a damaged PDF"),
        ("b/photo.png", "photo.png: not one of"),
        ("b/none.txt", "no such file"),
        ("none", "no such file"),
        ("empty", "no usable policy text found"),
    ],
)
def test_a_file_that_is_named_must_be_usable(folder: Path, name: str, told: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(SourceError, match=told) as error:
        gather([folder / "a", folder / name] if name != "empty" else [folder / name])
    assert "\n" not in str(error.value)


def test_a_file_of_ones_own_may_be_larger_than_what_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    file.write_text("字" * (LARGEST_UPLOAD // 3 + 1), encoding="utf-8")
    assert file.stat().st_size > LARGEST_UPLOAD
    with pytest.raises(SourceError, match="a paragraph of"):  # refused for what it holds alone
        gather([file])


def test_references_are_resolved_among_all_files_and_the_last_of_an_id_counts(folder: Path) -> None:
    bees, records, rules = (one.corpus for one in gather([folder]).uploads)
    joined = join([records, bees, rules, bees])
    assert [d.id for d in joined.documents] == [one.documents[0].id for one in (records, rules, bees)]
    assert len(joined.clauses) == len({clause.id for clause in joined.clauses})
    (first,) = (clause for clause in joined.clauses if clause.document == rules.documents[0].id)
    targets = [reference.target for reference in first.references]
    assert targets == [bees.clauses[0].id] and [r.target for r in rules.clauses[0].references] == [""]


def test_a_folder_is_published_in_one_step_recorded_and_taken_back(
    policies_index: Path, folder: Path, tmp_path: Path
) -> None:
    index, data = shutil.copytree(policies_index, tmp_path / "index"), tmp_path / "data"

    def run(*arguments: str | Path) -> Any:
        return policyqa("documents", *arguments, "--index", index, POLICYQA_DATA=str(data))

    before = run("list", "--json").stdout.splitlines()
    added = run("add", folder, "--json")
    assert added.returncode == 0, added.stderr
    assert json.loads(added.stdout)["documents"] == len(before) + 3
    assert "skipped" in added.stderr and "photo.png: not one of" in added.stderr
    held = {json.loads(row)["id"] for row in run("list", "--json").stdout.splitlines()}
    (row,) = [json.loads(line) for line in run("audit", "--json").stdout.splitlines()]
    assert row["action"] == "add" and set(row["documents"]) < held and "whales" in held
    assert [file["name"] for file in row["files"]] == ["bees.txt", "records.jsonl", "rules.md"]
    assert run("rollback").returncode == 0
    assert run("list", "--json").stdout.splitlines() == before
    assert "rules.md" in run("audit").stdout


def test_records_replace_the_document_of_their_id_and_are_not_taken_from_others(
    policies_index: Path, tmp_path: Path
) -> None:
    index, file = shutil.copytree(policies_index, tmp_path / "index"), tmp_path / "r.jsonl"

    def run(*arguments: str | Path) -> Any:
        return policyqa("documents", *arguments, "--index", index, POLICYQA_DATA=str(tmp_path))

    for amount in ("30万元", "40万元"):
        file.write_text(json.dumps(RECORD | {"text": f"第一条 对养鲸的补助{amount}。"}), encoding="utf-8")
        assert run("add", file).returncode == 0
    texts = policyqa("corpus", "clauses", "--document", "whales", "--index", index).stdout
    assert "40万元" in texts and "30万元" not in texts
    disguised = tmp_path / "r.txt"
    disguised.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    refused = run("add", disguised)
    assert refused.returncode == 2 and "name it .jsonl" in refused.stderr
    assert "whales" in run("list").stdout


def test_one_command_changes_documents_and_both_list_them(policies_index: Path) -> None:
    for gone in ("add", "remove"):
        ran = policyqa("corpus", gone, "x", "--index", policies_index)
        assert ran.returncode == 2 and "No such command" in ran.stderr
    lists = [
        policyqa(*command, "--json", "--index", policies_index).stdout
        for command in (("corpus", "documents"), ("documents", "list"))
    ]
    assert lists[0] == lists[1] and len(lists[0].splitlines()) == 2
