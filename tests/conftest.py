"""Shared fixtures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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
def milvus(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a Milvus Lite."""
    pytest.importorskip("pymilvus")
    pytest.importorskip("milvus_lite")
    return str(tmp_path_factory.mktemp("milvus") / "milvus.db")


@pytest.fixture(scope="session")
def compendium(compendium_index: Path) -> PolicyQA:
    """The engine over the compendium."""
    from rag.engine import PolicyQA

    return PolicyQA.from_path(compendium_index)


@pytest.fixture(scope="session")
def language_model(request: pytest.FixtureRequest) -> Path:
    """The folder of a small language model that knows some answers by heart, kept for the next session."""
    from enrichable import conversations
    from small_language_model import trained_model

    return trained_model(conversations(), request.config.cache.mkdir("language-models"))


@pytest.fixture(scope="session")
def model_server(language_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server of the small language model."""
    from model_server import serving_model

    with serving_model(language_model, tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def policies_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of two small policies; tests only read it."""
    from writable import build_policies

    return build_policies(tmp_path_factory.mktemp("policies"))


@pytest.fixture(scope="session")
def writing_model(request: pytest.FixtureRequest) -> Path:
    """The folder of a small language model that knows some answers from clauses by heart."""
    from small_language_model import trained_model
    from writable import conversations

    return trained_model(conversations(), request.config.cache.mkdir("language-models"))
