"""The errors that a person sees as one line."""

from __future__ import annotations


class PolicyQAError(Exception):
    """Something the person can understand and act on; its message is shown as it is."""


class SourceError(PolicyQAError):
    """A source file cannot be used; the message says which and why."""
