"""API keys: named, with a role, revocable; the file holds hashes only.

A key is 256 random bits. Its SHA-256 is stored, not a slow hash: scrypt and its like make guessing dear where
a secret has few bits, such as a password; nobody guesses one of 2^256 at any speed, and a slow hash would let
anybody keep the server busy by sending wrong keys.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.access.people import Role
from corpus.errors import PolicyQAError
from embeddings.disk import sync_file

PREFIX = "pqa_"
_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is stored.

    Attributes:
        name: what people call it; appears in logs.
        role: what it allows.
        sha256: of the key's text, in hex.
        created: when, ISO 8601 in UTC.
        revoked: when it was revoked; empty while it holds.
    """

    name: str
    role: Role
    sha256: str
    created: str
    revoked: str = ""


class Keys:
    """The keys of a file, read anew whenever it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._held: tuple[Key, ...] = ()

    @property
    def all(self) -> tuple[Key, ...]:
        """Every key ever made, the revoked ones too.

        Raises:
            PolicyQAError: the file cannot be read or is no file of keys.
        """
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._seen, self._held = None, ()
            return ()
        except OSError as error:
            raise PolicyQAError(f"{self._path} cannot be read: {error.strerror}") from None
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        if seen != self._seen:
            self._held, self._seen = _read(self._path), seen
        return self._held

    @property
    def valid(self) -> tuple[Key, ...]:
        """The keys that are not revoked."""
        return tuple(key for key in self.all if not key.revoked)

    def find(self, text: str) -> Key | None:
        """The valid key with this text.

        Args:
            text: what a client sent.
        """
        digest = _hash(text)
        return next((key for key in self.valid if hmac.compare_digest(key.sha256, digest)), None)

    def add(self, name: str, role: Role) -> str:
        """Makes a key.

        Args:
            name: a name that no valid key has.
            role: what it allows.

        Returns:
            Its text, which is nowhere kept.

        Raises:
            PolicyQAError: the name is taken or is none, or the file cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise PolicyQAError(
                f"{name!r} is no name for a key: letters, digits, . _ - and at most 64 of them"
            )
        text = PREFIX + secrets.token_urlsafe(_BYTES)
        with self._changing() as keys:
            if any(key.name == name and not key.revoked for key in keys):
                raise PolicyQAError(f"there is a key {name!r} already: revoke it first, or take another name")
            keys.append(Key(name, role, _hash(text), _now()))
        return text

    def revoke(self, name: str) -> None:
        """Revokes a key at once, for running servers too.

        Raises:
            PolicyQAError: there is no valid key of this name, or the file cannot be written.
        """
        with self._changing() as keys:
            found = [k for k, key in enumerate(keys) if key.name == name and not key.revoked]
            if not found:
                raise PolicyQAError(f"there is no key {name!r} (`policyqa keys list` shows them)")
            keys[found[0]] = replace(keys[found[0]], revoked=_now())

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        """The keys, to be changed and then written; one change at a time."""
        import fcntl

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                keys = list(self.all)
                yield keys
                _write(self._path, keys)
            finally:
                os.close(lock)
        except OSError as error:
            raise PolicyQAError(f"{self._path} cannot be written: {error.strerror}") from None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _read(path: Path) -> tuple[Key, ...]:
    try:
        return tuple(_key_of(row) for row in json.loads(path.read_bytes())["keys"])
    except OSError as error:
        raise PolicyQAError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PolicyQAError(f"{path} is no file of keys: move it away and make new ones") from None


def _key_of(row: dict[str, Any]) -> Key:
    """The key that a row of the file describes.

    Raises:
        ValueError: a value is none of a key's.
        TypeError: the row is none, lacks a field or has one too many.
    """
    key = Key(**{**row, "role": Role(row["role"])})
    if not all(isinstance(value, str) for value in asdict(key).values()) or not _SHA256.fullmatch(key.sha256):
        raise ValueError(key.name)
    return key


def _write(path: Path, keys: list[Key]) -> None:
    """Replaces the file whole; nobody but its owner may read it at any moment."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"keys": [asdict(key) for key in keys]}, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_file(path.parent)
