"""Where the evaluation material lies that is beside the project, not in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_path(relative: str) -> Path:
    """The path of a file beside the project; skips the test where it is not there.

    With REQUIRE_SHARED set (as ``.ci/run`` does) a missing file fails instead.
    """
    path = SHARED / relative
    if not path.exists():
        if os.environ.get("REQUIRE_SHARED"):
            pytest.fail(f"{path} is missing, but REQUIRE_SHARED is set")
        pytest.skip(f"{relative} lies beside the project only for its maintainers")
    return path
