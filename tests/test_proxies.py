"""The address of a client: believed from the proxies that are named, and from nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.proxies import UNKNOWN, TrustedProxies

PROXIES = TrustedProxies(("10.0.0.0/8", "192.0.2.1", "2001:db8:ffff::/48", "unix"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        # A peer that is no proxy is the client, whatever it says.
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9, 10.0.0.1", "198.51.100.7"),
        # A proxy is believed, and what the client wrote before is not.
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.9, 203.0.113.9", "203.0.113.9"),
        # Through several proxies.
        ("10.0.0.1", "203.0.113.9,10.0.0.2 , 192.0.2.1", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 192.0.2.2, 10.0.0.2", "192.0.2.2"),
        # All are proxies: the first asked.
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "", "10.0.0.1"),
        # What is no address ends what is known.
        ("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", ",", "10.0.0.1"),
        ("10.0.0.1", "_hidden", "10.0.0.1"),
        # Ports, brackets and zones.
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::/64"),
        ("10.0.0.1", "[2001:db8::1]", "2001:db8::/64"),
        ("fe80::1%eth0", "", "fe80::/64"),
        # IPv6: the /64 is the client's; an old address in it is that address.
        ("2001:db8:0:5:aaaa::1", "", "2001:db8:0:5::/64"),
        ("2001:db8:0:5:bbbb::2", "", "2001:db8:0:5::/64"),
        ("::ffff:198.51.100.7", "", "198.51.100.7"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("2001:db8:ffff::1", "203.0.113.9", "203.0.113.9"),
        ("2001:db8:fffe::1", "203.0.113.9", "2001:db8:fffe::/64"),
        # A Unix socket has no address.
        ("", "203.0.113.9", "203.0.113.9"),
        ("", "", UNKNOWN),
    ],
)
def test_the_header_is_read_from_its_end_as_far_as_it_is_believed(
    peer: str, forwarded: str, found: str
) -> None:
    assert PROXIES.find_client(peer, forwarded) == found


@pytest.mark.parametrize("peer", ["10.0.0.1", "127.0.0.1", "::1"])
def test_without_proxies_nobody_is_believed(peer: str) -> None:
    assert TrustedProxies().find_client(peer, "203.0.113.9") == TrustedProxies().find_client(
        peer, ""
    )


def test_a_unix_socket_is_believed_only_where_it_is_named() -> None:
    assert TrustedProxies(("10.0.0.0/8",)).find_client("", "203.0.113.9") == UNKNOWN


@given(st.text(), st.text())
def test_any_text_gives_an_address_that_is_short(peer: str, forwarded: str) -> None:
    for proxies in (PROXIES, TrustedProxies(("0.0.0.0/0", "::/0", "unix"))):
        assert len(proxies.find_client(peer, forwarded)) < 50
