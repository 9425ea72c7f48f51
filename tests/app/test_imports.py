"""What a command does not need it must not import: torch alone takes two seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "gradio",
    "scipy",
    "sklearn",
    "huggingface_hub.hf_api",
)


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "武汉对人工智能企业有什么补贴？"],
        ["ask", "What subsidies does Wuhan give to AI companies?"],
        ["ask", "明天天气怎么样？"],
        ["search", "武汉的补贴"],
    ],
)
def test_answering_imports_no_heavy_library(compendium_index: Path, arguments: list[str]) -> None:
    script = (
        "import json, sys\n"
        "from app.cli import main\n"
        f"sys.argv = ['policyqa', *{arguments!r}, '--index', {str(compendium_index)!r}]\n"
        "try:\n    main()\n"
        "finally:\n"
        f"    print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip(), "the command must have done its work"
    assert json.loads(done.stderr.splitlines()[-1]) == []
