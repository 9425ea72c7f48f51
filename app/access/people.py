"""People as the server knows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from starlette.types import Scope


class Role(StrEnum):
    """What a person may do; whoever administers may also ask."""

    ASK = "ask"
    ADMINISTER = "administer"

    def allows(self, needed: Role) -> bool:
        """Whether it is enough where ``needed`` is needed."""
        return self is Role.ADMINISTER or needed is Role.ASK


@dataclass(frozen=True, slots=True)
class Person:
    """Who sends a request.

    Attributes:
        name: the key's name, the person's by single sign-on, or the address where nobody is known.
        role: what they may do.
        by: what they are known by.
    """

    name: str
    role: Role
    by: Literal["address", "key", "sso"]


def person_of(scope: Scope) -> Person:
    """Who sends a request that the guard has let through."""
    person: Person = scope["state"]["person"]
    return person
