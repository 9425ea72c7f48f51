"""Whatever the description allows, and much that it does not, is answered without an inner error."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from served import DAY, settings_in

from app.access.keys import Keys
from app.access.people import Role
from app.server import create_app
from rag.engine import PolicyQA

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 30
OPERATIONS = [
    ("/api/v1/ask", "POST"),
    ("/api/v1/search", "POST"),
    ("/api/v1/clauses/{clause_id}", "GET"),
    ("/api/v1/documents", "GET"),
    ("/api/v1/feedback", "POST"),
    ("/api/v1/history", "GET"),
    ("/api/v1/history", "DELETE"),
    ("/api/v1/history/{conversation_id}", "GET"),
    ("/api/v1/history/{conversation_id}", "DELETE"),
    ("/v1/models", "GET"),
    ("/v1/chat/completions", "POST"),
    ("/api/v1/admin/documents", "GET"),
    ("/api/v1/admin/documents/{document_id}", "DELETE"),
    ("/api/v1/admin/drafts", "POST"),
    ("/api/v1/admin/drafts/{draft_id}", "DELETE"),
    ("/api/v1/admin/drafts/{draft_id}/publish", "POST"),
    ("/api/v1/admin/rollback", "POST"),
    ("/api/v1/admin/audit", "GET"),
    ("/api/v1/admin/progress", "GET"),
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/metrics", "GET"),
]


@pytest.fixture(scope="module")
def folder(policies_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schema")  # administering changes the index
    shutil.copytree(policies_index, folder / "index")
    return folder


@pytest.fixture(scope="module")
def admin(folder: Path) -> dict[str, str]:
    """The head by which an administrator is known: without it no request would get as far as their routes."""
    return {"Authorization": f"Bearer {Keys(folder / 'keys.json').add('boss', Role.ADMINISTER)}"}


@pytest.fixture(scope="module")
def schema(folder: Path, admin: dict[str, str]) -> schemathesis.BaseSchema:
    app = create_app(PolicyQA.from_path(folder / "index"), settings_in(folder, asks_at_once=0), DAY)
    return schemathesis.openapi.from_asgi("/api/openapi.json", app, headers=admin)


def test_the_list_is_whole(schema: schemathesis.BaseSchema) -> None:
    found = [operation.ok() for operation in schema.get_all_operations()]
    assert {(one.path, one.method.upper()) for one in found} == set(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_request_leads_to_an_inner_error(
    schema: schemathesis.BaseSchema, admin: dict[str, str], path: str, method: str, mode: GenerationMode
) -> None:
    operation = schema[path][method]
    if mode is GenerationMode.NEGATIVE and not (
        operation.body or operation.query or operation.path_parameters
    ):
        return

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=admin, checks=CHECKS)

    check()
