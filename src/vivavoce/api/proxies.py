"""Which client really asks, when proxies stand in between.

`X-Forwarded-For`, `-Proto` and `-Host` are believed from configured addresses only; everybody else may write into them
what they like. The chain is read from the right, and the first address that is no proxy of ours is the client.
"""

import ipaddress
from collections.abc import Iterable, Mapping

from vivavoce.base.frozen import frozen

_MAPPED = "::ffff:"
_SCHEMES = frozenset({"http", "https"})


@frozen
class Client:
    """Who asks, and how they think they reached us."""

    address: str
    scheme: str
    host: str


class Proxies:
    """The proxies that are trusted."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def client(self, peer: Client, headers: Mapping[str, str]) -> Client:
        """The client behind a peer; the peer itself if it is no proxy of ours."""
        if not self._trusts(peer.address):
            return peer
        chain = [entry.strip() for entry in headers.get("x-forwarded-for", "").split(",") if entry.strip()]
        scheme = headers.get("x-forwarded-proto", "").strip().lower()
        return Client(
            address=self._outermost(chain) or peer.address,
            scheme=scheme if scheme in _SCHEMES else peer.scheme,
            host=headers.get("x-forwarded-host", "").strip() or peer.host,
        )

    def _outermost(self, chain: list[str]) -> str | None:
        for entry in reversed(chain):
            if _address(entry) is None:
                return None
            if not self._trusts(entry):
                return plain_address(entry)
        return plain_address(chain[0]) if chain else None

    def _trusts(self, entry: str) -> bool:
        address = _address(entry)
        return address is not None and any(address in network for network in self._networks)


def plain_address(text: str) -> str:
    """An IPv4 address as people write it, also where it came in over a socket that speaks IPv6."""
    return text[len(_MAPPED) :] if text.startswith(_MAPPED) and "." in text else text


def _address(entry: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(plain_address(entry))
    except ValueError:
        return None
