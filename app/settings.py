"""Settings: environment variables that begin with ``POLICYQA_``, and their defaults."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from corpus.errors import PolicyQAError
from rag.generators.choice import Wanted

_PROJECT_ROOT = Path(__file__).resolve().parents[1]


def _user_data_dir() -> Path:
    """The folder for a person's own program data on this system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "policyqa"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "policyqa"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "policyqa"


def default_index_dir() -> Path:
    """``var/index`` of the checkout this runs from; the person's data folder where it is installed."""
    if (_PROJECT_ROOT / "pyproject.toml").is_file():
        return _PROJECT_ROOT / "var" / "index"
    return _user_data_dir() / "index"


class Settings(BaseSettings):
    """What a person can set without the command line.

    Attributes:
        index: folder of the index that commands use unless ``--index`` names another.
        milvus: address of a Milvus server, or the file of a Milvus Lite, that searches the index to be
            built; empty leaves that to the index's own files.
        host: address that ``policyqa serve`` listens on.
        port: port that ``policyqa serve`` listens on.
        max_waiting: questions that may wait in the chat's queue before new ones are turned away.
        workers: questions that the chat answers at the same time.
        generator: what writes the answers; ``auto`` takes the best that is in place.
        model: the language model's folder or name; for a server its name there.
        model_url: address of an OpenAI-style server.
        model_key: what that server knows us by.
    """

    model_config = SettingsConfigDict(env_prefix="POLICYQA_", extra="ignore")

    index: Path = Field(default_factory=default_index_dir)
    milvus: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    max_waiting: int = Field(default=64, ge=1)
    workers: int = Field(default=4, ge=1)
    generator: Literal["auto", "extractive", "transformers", "openai"] = "auto"
    model: str = ""
    model_url: str = ""
    model_key: SecretStr = SecretStr("")

    @property
    def wanted(self) -> Wanted:
        """What is to write the answers."""
        return Wanted(self.generator, self.model, self.model_url, self.model_key.get_secret_value())


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        PolicyQAError: a variable holds something that is no such value.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "POLICYQA_" + str(first["loc"][0]).upper()
        raise PolicyQAError(f"{name}={first['input']}: {first['msg']}") from None
