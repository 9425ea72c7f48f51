"""Shared fixtures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rag.engine import PolicyQA

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def compendium_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the whole shipped compendium with the built-in model; tests only read it."""
    from corpus.collection import shipped_corpus
    from embeddings.build import build_index
    from embeddings.encoder import Encoder

    folder = tmp_path_factory.mktemp("compendium") / "index"
    build_index(shipped_corpus(), folder, Encoder.load())
    return folder


@pytest.fixture(scope="session")
def compendium(compendium_index: Path) -> PolicyQA:
    """The engine over the compendium."""
    from rag.engine import PolicyQA

    return PolicyQA.from_path(compendium_index)
