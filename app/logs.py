"""The log: one JSON object a line on stderr."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

REQUESTS = logging.getLogger("policyqa.requests")
"""One line a request, at the level ``info``."""


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, and what ``extra={"facts": …}`` holds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        row: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=True, default=str)


def configure_logs(level: str) -> None:
    """Sends everything that is logged to stderr.

    Args:
        level: the least level that is shown of our own; libraries show warnings.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("policyqa", "app", "rag", "embeddings", "corpus"):
        logging.getLogger(name).setLevel(level.upper())
