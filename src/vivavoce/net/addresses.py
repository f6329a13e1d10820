"""Which addresses a request may go to.

A user's address must not become a way into the machine or the network that the server stands in, so `PublicOnly` lets
through what is routed on the internet and nothing else. Addresses are judged, never names: a name is resolved, each of
its addresses is judged, and the connection is made to one that passed. However an address was written (decimal, octal,
full-width digits), the resolver has turned it into the same number by then.

An IPv6 address that carries an IPv4 one (mapped, translated, tunnelled) is judged by both. The exceptions that an
operator names are networks (whatever resolves into them) and host names (which may resolve to private addresses). Cloud
metadata services stay closed to a named host all the same, because their answers are keys to the machine's account.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import field
from typing import Protocol

from vivavoce.base.frozen import frozen

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_EXTRA = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # relays of a retired tunnel
        "::/96",  # IPv4 in IPv6, the retired way
        "64:ff9b:1::/48",  # translation into a network of the operator's own
        "2001::/32",  # a tunnel whose addresses are obfuscated
        "fec0::/10",  # private, the retired way
    )
)
_METADATA = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",
        "100.100.100.200/32",
        "168.63.129.16/32",  # on a public address
        "192.0.0.192/32",
        "fd00:ec2::254/128",
        "fd20:ce::254/128",
        "fe80::/10",
    )
)
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_TUNNELLED = ipaddress.IPv6Network("2002::/16")


class AddressRule(Protocol):
    """Says whether a connection may be made."""

    def allows(self, host: str, address: Address) -> bool:
        """Whether a request for this host may be sent to this address."""
        ...


class Anywhere:
    """For addresses that the operator wrote into the settings: that is permission enough."""

    def allows(self, host: str, address: Address) -> bool:
        """Yes."""
        _ = host, address
        return True


@frozen
class PublicOnly:
    """For addresses that users choose: the internet, and what the operator has named."""

    hosts: frozenset[str] = frozenset()
    networks: Sequence[Network] = field(default=())

    @classmethod
    def but(cls, exceptions: Sequence[str]) -> "PublicOnly":
        """With exceptions, each an address, a network or a host name. `ValueError` says which is none."""
        hosts: set[str] = set()
        networks: list[Network] = []
        for exception in exceptions:
            try:
                networks.append(ipaddress.ip_network(exception, strict=False))
            except ValueError:
                hosts.add(_host_name(exception))
        return cls(frozenset(hosts), tuple(networks))

    def allows(self, host: str, address: Address) -> bool:
        """Whether it is public, or named."""
        if any(address.version == network.version and address in network for network in self.networks):
            return True
        if host.lower().rstrip(".") in self.hosts:
            return not any(_within(each, _METADATA) for each in _faces(address)) and not address.is_multicast
        return all(_is_public(each) for each in _faces(address))


def _host_name(text: str) -> str:
    name = text.lower().rstrip(".")
    if not name or any(character in "/:@?#* " for character in name):
        raise ValueError(f"{text!r} is no address, network or host name (without scheme and port)")
    return name


def _faces(address: Address) -> list[Address]:
    """The address, and the IPv4 one that it carries."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _TRANSLATED:
        return [address, ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    if address in _TUNNELLED:
        return [address, ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)]
    return [address]


def _is_public(address: Address) -> bool:
    if _within(address, (*_EXTRA, *_METADATA)) or address.is_multicast:
        return False
    return address in _TRANSLATED or (address.is_global and not address.is_reserved)


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
