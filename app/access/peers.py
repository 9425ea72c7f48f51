"""Where a request comes from: the peer, and the person's address behind trusted proxies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LOOPBACK_NAME = "localhost"
_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from.

    Attributes:
        address: the person's address, as far as it can be believed; empty where there is none.
        trusted: whether the peer is a proxy that is believed about the person.
        own_machine: whether it was plainly sent by a person at this machine: from a loopback address, to a
            loopback name, through no proxy.
        host: the host name or address that it asks for, in lower case, without port and brackets; whoever
            sends it chooses it.
    """

    address: str
    trusted: bool
    own_machine: bool
    host: str


def origin_of(scope: Scope, proxies: Sequence[Network]) -> Origin:
    """Tells where a request comes from.

    Args:
        scope: the request.
        proxies: networks whose proxies are believed.
    """
    headers = Headers(scope=scope)
    peer = _parse((scope.get("client") or ("",))[0])
    trusted = _within(peer, proxies)
    address = _behind(peer, headers, proxies) if trusted else peer
    direct = peer is not None and peer.is_loopback and not any(name in headers for name in _FORWARDING)
    host = _host_name(headers.get("host", ""))
    return Origin(str(address or ""), trusted, direct and is_loopback(host), host)


def is_loopback(host: str) -> bool:
    """Whether a host's name or address can mean this machine only."""
    address = _parse(host.strip("[]"))
    return host.lower() == _LOOPBACK_NAME or (address is not None and address.is_loopback)


def _host_name(host: str) -> str:
    """A Host header without its port."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name.strip("[]").lower()


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _within(address: Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _behind(peer: Address | None, headers: Headers, proxies: Sequence[Network]) -> Address | None:
    """The last address in X-Forwarded-For that no trusted proxy has: anyone may write what is before it."""
    for text in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
        address = _parse(text.strip())
        if address is None:
            return peer
        peer = address
        if not _within(address, proxies):
            return address
    return peer
