"""Which addresses users' requests may go to."""

import ipaddress

import pytest

from vivavoce.net.addresses import Anywhere, PublicOnly

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.1.2.3",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001:0:4136:e378::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
]
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]


@pytest.mark.parametrize("text", INSIDE)
def test_what_is_not_on_the_internet_is_refused(text: str) -> None:
    assert not PublicOnly().allows("evil.example", ipaddress.ip_address(text))
    assert Anywhere().allows("evil.example", ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_what_is_on_the_internet_is_allowed(text: str) -> None:
    assert PublicOnly().allows("api.example", ipaddress.ip_address(text))


def test_an_operator_names_networks_for_every_host() -> None:
    rule = PublicOnly.but(["10.1.0.0/16", "::1"])
    assert rule.allows("any.example", ipaddress.ip_address("10.1.2.3"))
    assert rule.allows("any.example", ipaddress.ip_address("::1"))
    assert not rule.allows("any.example", ipaddress.ip_address("10.2.0.1"))


def test_an_operator_names_hosts_that_may_be_private() -> None:
    rule = PublicOnly.but(["LLM.internal."])
    assert rule.allows("llm.internal", ipaddress.ip_address("10.2.0.1"))
    assert rule.allows("llm.internal.", ipaddress.ip_address("127.0.0.1"))
    assert not rule.allows("other.internal", ipaddress.ip_address("10.2.0.1"))


@pytest.mark.parametrize("text", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "100.100.100.200"])
def test_metadata_stays_closed_to_a_named_host(text: str) -> None:
    assert not PublicOnly.but(["llm.internal"]).allows("llm.internal", ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["http://llm.internal", "llm.internal:8080", "", "a b", "user@host"])
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no address, network or host name"):
        PublicOnly.but([text])
