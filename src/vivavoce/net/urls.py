"""Addresses as they are written and as they travel: which can be reached at all, and what a host is called on the wire.

Whether they *may* be reached is judged by the numbers that a name leads to (`addresses`), never by its letters.
"""

from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlsplit

from vivavoce.ports.outbound import OutboundFailed

HTTP_PORTS: Mapping[str, int] = {"http": 80, "https": 443}
LINE_PORTS: Mapping[str, int] = {"ws": 80, "wss": 443, "tcp": 0}


def checked_url(text: str, ports: Mapping[str, int] = HTTP_PORTS) -> SplitResult:
    """The parts of an address that can be reached by one of these schemes; `OutboundFailed` says what is wrong."""
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError:
        raise OutboundFailed("refused", "The address is not a URL.") from None
    if url.scheme not in ports or not url.hostname:
        schemes = " or ".join(f"{scheme}://" for scheme in ports)
        raise OutboundFailed("refused", f"The address must begin with {schemes} and name a host.")
    if url.username is not None or url.password is not None:
        raise OutboundFailed("refused", "The address must not hold a user or password; use a header.")
    if port == 0 or any(ord(character) <= 32 or character == "\x7f" for character in text.strip()):
        raise OutboundFailed("refused", "The address is not a URL.")
    if not (port or ports[url.scheme]):
        raise OutboundFailed("refused", f"The address must name a port, as in {url.scheme}://{url.hostname}:10300.")
    return url


def port_of(url: SplitResult, ports: Mapping[str, int] = HTTP_PORTS) -> int:
    """Where it leads to."""
    return url.port or ports[url.scheme]


def wire_host(url: SplitResult) -> str:
    """The host as it travels: in ASCII, an IPv6 address in brackets."""
    host = url.hostname or ""
    if ":" in host:
        return f"[{host}]"
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise OutboundFailed("refused", "The address names a host that cannot exist.") from None


def authority(url: SplitResult, ports: Mapping[str, int] = HTTP_PORTS) -> str:
    """The host, and the port where it is not the usual one."""
    port = url.port
    return wire_host(url) if port is None or port == ports[url.scheme] else f"{wire_host(url)}:{port}"


def target(url: SplitResult) -> str:
    """Path and query as they travel."""
    path = url.path or "/"
    whole = f"{path}?{url.query}" if url.query else path
    return whole if whole.isascii() else quote(whole, safe="/%:=&?~#+!$,;'@()*[]")
