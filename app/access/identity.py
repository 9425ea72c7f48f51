"""Who sends a request: by an API key, by the portal's single sign-on, or nobody in particular."""

from __future__ import annotations

import base64
import binascii
import logging
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from app.access.keys import Key, Keys
from app.access.peers import Network, is_loopback, origin_of
from app.access.people import Person, Role
from corpus.errors import PolicyQAError

_LOG = logging.getLogger(__name__)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Access:
    """Whom the server lets in.

    Attributes:
        keys: the API keys.
        open: whether everybody may ask, as a person has said by ``--open``.
        unguarded: whether it was started at this machine without any key or single sign-on: then everybody
            who reaches it by a loopback name or ``public_host`` may ask, until the first key is made.
        public_host: host name by which people reach it, as its settings say; empty where they do not.
        sso_header: header in which a trusted proxy names the person; empty without single sign-on.
        administrators: people named there who may administer.
        proxies: networks whose proxies are believed.
    """

    keys: Keys
    open: bool = False
    unguarded: bool = False
    public_host: str = ""
    sso_header: str = ""
    administrators: tuple[str, ...] = ()
    proxies: tuple[Network, ...] = ()

    def identify(self, scope: Scope) -> Person | None:
        """Tells who sends a request.

        Args:
            scope: the request.

        Returns:
            The person; None where the server does not let them in. A wrong key is never let in.
        """
        origin, headers = origin_of(scope, self.proxies), Headers(scope=scope)
        if text := _key_of(headers):
            key = self._find(text)
            return Person(key.name, key.role, "key") if key else None
        if self.sso_header and origin.trusted and (name := _one_name(headers.getlist(self.sso_header))):
            role = Role.ADMINISTER if name in self.administrators else Role.ASK
            return Person(name, role, "sso")
        if not self._anybody() or not self._goes_by(origin.host):
            return None
        at_home = self.unguarded and origin.own_machine
        return Person(origin.address, Role.ADMINISTER if at_home else Role.ASK, "address")

    def foreign_host(self, scope: Scope) -> str | None:
        """The host name that keeps a request out of a server without keys at this machine.

        A page can bind a name of its own to this machine's address (DNS rebinding): the browser then takes
        the server for the page's own origin, and only the name it asks for tells.

        Args:
            scope: the request.

        Returns:
            The name; None where it is the server's own, or where keys, single sign-on or ``--open`` decide.
        """
        host = origin_of(scope, self.proxies).host
        return host if self._anybody() and not self._goes_by(host) else None

    @property
    def takes_keys(self) -> bool:
        """Whether a person could show a key."""
        try:
            return bool(self.keys.valid)
        except PolicyQAError:
            return True

    def _find(self, text: str) -> Key | None:
        try:
            return self.keys.find(text)
        except PolicyQAError as error:
            _LOG.error("no key is taken: %s", error)
            return None

    def _goes_by(self, host: str) -> bool:
        """Whether a host name is one that this server answers to without knowing who asks."""
        return self.open or is_loopback(host) or (host != "" and host == self.public_host)

    def _anybody(self) -> bool:
        if self.open:
            return True
        try:
            return self.unguarded and not self.keys.all
        except PolicyQAError as error:
            _LOG.error("nobody is let in: %s", error)
            return False


def _key_of(headers: Headers) -> str:
    """The key that a request shows: as a bearer token, or as the password of HTTP's basic authentication."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return "?"  # shown, and wrong


def _one_name(values: list[str]) -> str:
    """The person's name in the portal's header, where it names exactly one."""
    if len(values) != 1:
        return ""
    try:
        name = values[0].encode("latin-1").decode().strip()
    except UnicodeError:
        return ""
    return name if name.isprintable() and len(name) <= _LONGEST_NAME else ""
