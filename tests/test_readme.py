"""What the README tells people to type works."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh-CN.md")


def blocks(name, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("name", READMES)
def test_the_python_example_answers_with_citations(name, compendium_index):
    (code,) = blocks(name, "python")
    assert "var/index" in code
    code = code.replace("var/index", str(compendium_index))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "500" in run.stdout and "《杭州市" in run.stdout


@pytest.mark.parametrize("name", READMES)
def test_the_questions_of_the_readme_are_answered(name, compendium):
    questions = re.findall(r'^policyqa ask "([^"]+)"', "\n".join(blocks(name, "sh")), re.MULTILINE)
    assert len(questions) >= 2
    for question in questions:
        answer = compendium.ask(question)
        assert answer.refusal is None and answer.citations, question


@pytest.mark.parametrize("name", READMES)
def test_every_command_of_the_readme_exists(name):
    from typer.main import get_command

    from app.cli import app

    root = get_command(app)
    for line in "\n".join(blocks(name, "sh")).splitlines():
        words = shlex.split(line, comments=True)
        if not words or not words[0].endswith("policyqa"):
            continue
        command = root
        for word in words[1:]:
            if word in getattr(command, "commands", {}):
                command = command.commands[word]
        assert not hasattr(command, "commands"), line
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


@pytest.mark.parametrize("name", READMES)
def test_links_and_pictures_exist(name):
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text("utf-8")):
        assert (ROOT / target).exists(), target
