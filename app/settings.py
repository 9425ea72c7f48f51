"""Settings: ``policyqa.toml``, over it variables that begin with ``POLICYQA_``, and the defaults."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from corpus.errors import PolicyQAError
from rag.generators.choice import Wanted

PREFIX = "POLICYQA_"
FILE = "policyqa.toml"
"""The file that is read where it lies in the current folder; POLICYQA_CONFIG names another."""

OTHER_VARIABLES = frozenset(PREFIX + name for name in ("CONFIG", "DEBUG", "BROWSER", "MILVUS_TOKEN"))
"""Variables that are no settings but are read all the same."""

_PROJECT_ROOT = Path(__file__).resolve().parents[1]
_PATHS = ("index", "keys", "data")


def _user_data_dir() -> Path:
    """The folder for a person's own program data on this system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "policyqa"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "policyqa"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "policyqa"


def default_data_dir() -> Path:
    """``var`` of the checkout this runs from; the person's data folder where it is installed."""
    return _PROJECT_ROOT / "var" if (_PROJECT_ROOT / "pyproject.toml").is_file() else _user_data_dir()


def default_index_dir() -> Path:
    """The index of every command that is told no other."""
    return default_data_dir() / "index"


def _split(value: object) -> object:
    """A list as an environment variable holds it: with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _network(value: object) -> IPv4Network | IPv6Network:
    return ip_network(str(value))


def _origin(value: str) -> str:
    """An origin as browsers write it.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(value)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or value != f"{parts.scheme}://{parts.netloc}"
    ):
        raise ValueError(f"{value!r} is no origin such as https://portal.example:8443")
    return value.lower()


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_split)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """What a person can set without the command line; ``docs/api.md`` lists it.

    Attributes:
        index: folder of the index that commands use unless ``--index`` names another.
        milvus: address of a Milvus server, or the file of a Milvus Lite, that searches the index to be
            built; empty leaves that to the index's own files.
        host: address that ``policyqa serve`` listens on.
        port: port that ``policyqa serve`` listens on.
        open: whether other machines may ask without a key or single sign-on.
        keys: file of the API keys.
        data: folder of feedback, history and the record of what administrators did.
        feedback_days: how long feedback is kept; 0 keeps it for good.
        history_days: how long a question is kept for the person known by single sign-on who asked it; 0 keeps
            none and deletes what is there.
        sso_header: header in which the portal's proxy names the person; empty without single sign-on.
        administrators: people named in that header who may administer.
        trusted_proxies: networks whose proxies are believed about the person and the address behind them.
        public_url: address by which people reach the server, for links in OpenAI's form; else the one they
            ask at.
        allowed_origins: origins whose pages may frame the chat and call the API.
        workers: processes that answer; with 1 the server's own does.
        concurrency: questions that are answered at the same time.
        max_waiting: questions that may wait for their turn before new ones are turned away.
        asks_per_minute: questions a minute of one person or address; 0 sets no limit.
        asks_at_once: questions of one person or address at the same time; 0 sets no limit.
        stop_seconds: how long running answers may take to finish when the server is stopped.
        log_level: what is logged: requests too (info), or only what is wrong (warning).
        log_questions: whether the log holds the words of questions.
        mcp: whether the chat's address also speaks the Model Context Protocol.
        generator: what writes the answers; ``auto`` takes the best that is in place.
        model: the language model's folder or name; for a server its name there.
        model_url: address of an OpenAI-style server.
        model_key: what that server knows us by.
        model_4bit: whether a language model in this process is read with weights of 4 bits.
        reranker: folder or name of a cross-encoder that reads the best candidates anew; off where empty.
        entailment: folder or name of a cross-encoder that tells of written statements whether they say what
            their clauses say; off where empty.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", env_ignore_empty=True)

    index: Path = Field(default_factory=default_index_dir)
    milvus: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    open: bool = False
    keys: Path = Field(default_factory=lambda: default_data_dir() / "keys.json")
    data: Path = Field(default_factory=default_data_dir)
    feedback_days: int = Field(default=365, ge=0, le=36_500)
    history_days: int = Field(default=90, ge=0, le=36_500)
    sso_header: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$")
    administrators: Names = ()
    trusted_proxies: Networks = ()
    public_url: str = Field(default="", pattern=r"^(https?://[^\s]+)?$")
    allowed_origins: Origins = ()
    workers: int = Field(default=1, ge=1, le=64)
    concurrency: int = Field(default=4, ge=1, le=256)
    max_waiting: int = Field(default=64, ge=1)
    asks_per_minute: int = Field(default=120, ge=0)
    asks_at_once: int = Field(default=8, ge=0)
    stop_seconds: float = Field(default=30, ge=0, le=3600)
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_questions: bool = False
    mcp: bool = False
    generator: Literal["auto", "extractive", "transformers", "openai"] = "auto"
    model: str = ""
    model_url: str = ""
    model_key: SecretStr = SecretStr("")
    model_4bit: bool = False
    reranker: str = ""
    entailment: str = ""

    @property
    def places(self) -> int:
        """Questions that are answered at the same time: no answering process stands idle."""
        return max(self.concurrency, self.workers)

    @property
    def wanted(self) -> Wanted:
        """What is to write the answers."""
        key = self.model_key.get_secret_value()
        return Wanted(self.generator, self.model, self.model_url, key, self.model_4bit)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources, the strongest first."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, read_file(settings_file()))


def settings_file() -> Path | None:
    """The settings file in use, if any."""
    if named := os.environ.get("POLICYQA_CONFIG"):
        return Path(named)
    return Path(FILE) if Path(FILE).is_file() else None


def read_file(path: Path | None) -> dict[str, Any]:
    """The values of a settings file; its relative paths count from the folder it lies in.

    Args:
        path: the file; None reads nothing.

    Raises:
        PolicyQAError: it cannot be read, or is no TOML.
    """
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyQAError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyQAError(f"{path} is not TOML: {error}") from None
    for name in _PATHS:
        if isinstance(values.get(name), str):
            values[name] = str(path.resolve().parent / values[name])
    return values


def is_secret(name: str) -> bool:
    """Whether a setting's value must never be shown."""
    field = Settings.model_fields.get(name)
    return field is not None and SecretStr in (field.annotation, *get_args(field.annotation))


def source_of(name: str, file: Mapping[str, Any]) -> str:
    """Where a setting's value comes from: a variable's name, the file's, or ``default``.

    Args:
        name: the setting.
        file: the values of the settings file.
    """
    if os.environ.get(PREFIX + name.upper()):
        return PREFIX + name.upper()
    return str(settings_file()) if name in file else "default"


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        PolicyQAError: the file or a variable holds something that is no such setting or value.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise PolicyQAError(_told(error)) from None


def _told(error: ValidationError) -> str:
    """What is wrong with the first value that is, in one line."""
    first = error.errors(include_url=False, include_context=False)[0]
    name, file = str(first["loc"][0]), settings_file()
    if first["type"] == "extra_forbidden":
        return f"{file}: there is no setting {name!r} (`policyqa config show` lists them)"
    variable = PREFIX + name.upper()
    place = variable if os.environ.get(variable) else f"{file}: {name}"
    shown = "" if is_secret(name) else f"={os.environ.get(variable) or read_file(file).get(name)}"
    return f"{place}{shown}: {first['msg'].removeprefix('Value error, ')}"
