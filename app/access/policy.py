"""Whether a server may be started as it is set up, and whom it lets in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.access.identity import Access
from app.access.keys import Keys
from app.access.peers import is_loopback
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from app.settings import Settings


def require_access(settings: Settings, host: str, open_to_all: bool) -> Access:
    """Whom a server on an address lets in.

    Args:
        settings: keys, single sign-on, trusted proxies.
        host: what it listens on.
        open_to_all: whether a person has said that everybody may ask.

    Raises:
        PolicyQAError: other machines could reach it and nothing says whom to let in, single sign-on trusts
            nobody, or the file of keys cannot be read.
    """
    keys = Keys(settings.keys)
    has_keys = bool(keys.valid)  # a file that cannot be read is told at once, wherever the server listens
    if settings.sso_header and not settings.trusted_proxies:
        raise PolicyQAError(
            f"sso_header {settings.sso_header} needs trusted_proxies: the addresses of the portal's proxies"
        )
    if not (is_loopback(host) or has_keys or settings.sso_header or open_to_all):
        raise PolicyQAError(
            f"other machines could reach {host} and ask without leave: make a key "
            "(`policyqa keys add NAME`), set up single sign-on (sso_header), or say --open"
        )
    return Access(
        keys=keys,
        open=open_to_all,
        unguarded=is_loopback(host) and not settings.sso_header and not open_to_all,
        public_host=urlsplit(settings.public_url).hostname or "",
        sso_header=settings.sso_header,
        administrators=settings.administrators,
        proxies=settings.trusted_proxies,
    )
