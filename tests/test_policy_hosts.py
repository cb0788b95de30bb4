"""Hosts: which may stand in a policy, and which of others are the site's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policy.hosts import is_own, is_registrable, read_host, read_own
from service.policy.links import find_host_fault


@pytest.mark.parametrize(
    "host",
    [
        "news.example",
        "NEWS.example.",
        "localhost",
        "my_host.example",
        "xn--bcher-kva.de",
        "b\u00fccher.de",
        "उदाहरण.भारत",
        "192.0.2.1",
        "2001:db8::1",
        "[2001:db8::1]",
        "a" * 63 + ".example",
    ],
)
def test_a_host_may_stand_in_a_policy(host: str) -> None:
    assert find_host_fault(host) is None


@pytest.mark.parametrize(
    ("host", "fault"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        ("news example", "has a blank, or a character that cannot be seen"),
        ("news.example\n", "has a blank, or a character that cannot be seen"),
        ("news.exa\u200bmple", "has a blank, or a character that cannot be seen"),
        ("news.example\x00", "has a blank, or a character that cannot be seen"),
        ("\ud800.example", "has a blank, or a character that cannot be seen"),
        ("https://news.example", "is a URL: write its host alone"),
        ("news.example/", "is a URL: write its host alone"),
        ("news.example?a", "is a URL: write its host alone"),
        ("me@news.example", "is an e-mail address: write what follows the '@' alone"),
        (
            "*.news.example",
            "begins with '*.': write the name alone, it covers the hosts below it",
        ),
        (".news.example", "begins with '.': write the name alone, it covers the hosts below it"),
        ("news.example:443", "has a port: write the host alone, it covers every port"),
        ("[2001:db8::1]:443", "has a port: write the host alone, it covers every port"),
        ("news..example", "has two dots in a row"),
        ("a" * 64, "is longer than a host can be: 253, and 63 between dots"),
        ("a." * 127 + "example", "is longer than a host can be: 253, and 63 between dots"),
        ("-news.example", "has a character that no host has there"),
        ("news.*", "has a character that no host has there"),
        ("news,example", "has a character that no host has there"),
        ("192.0.2", "is not a whole IP address"),
        ("192.0.2.256", "is not a whole IP address"),
        ("com", "is a public suffix: it would cover every host there"),
        ("co.uk", "is a public suffix: it would cover every host there"),
        ("xn--p1ai", "is a public suffix: it would cover every host there"),
    ],
)
def test_what_is_no_host_is_refused_with_its_fault(host: str, fault: str) -> None:
    assert find_host_fault(host) == fault


@given(st.text(st.characters()))
def test_any_string_is_a_host_or_has_a_fault(host: str) -> None:
    fault = find_host_fault(host)
    assert fault is None or fault.startswith(("is ", "has ", "begins "))


@given(st.text(st.characters()) | st.text("xn-a.1\u3002:[]").map("xn--".__add__))
def test_a_host_without_fault_is_its_own_and_those_below_it_are(host: str) -> None:
    if find_host_fault(host) is None:
        own = read_own([host])
        assert is_own(read_host(host), own)
        assert ":" in host or is_own(read_host(f"www.{host}"), own)
        assert not is_own(read_host(f"evil{host}"), own)
        assert not is_own(read_host(f"{host}.example.com"), own)


@pytest.mark.parametrize(
    ("host", "read"),
    [
        ("NEWS.Example.", "news.example"),
        ("XN--BCHER-KVA.DE", "b\u00fccher.de"),
        ("bu\u0308cher\u3002de", "b\u00fccher.de"),
        ("stra\u00dfe.de", "stra\u00dfe.de"),
        ("xn--\u00fc.de", "xn--\u00fc.de"),
        ("xn--a!.de", "xn--a!.de"),
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
        ("[2001:DB8", "[2001:db8"),
    ],
)
def test_hosts_that_are_the_same_read_the_same(host: str, read: str) -> None:
    assert read_host(host) == read


@pytest.mark.parametrize("host", ["example.com", "example.co.uk", "github.io", "a.b.ck", "a.рф"])
def test_a_domain_lies_below_a_public_suffix(host: str) -> None:
    assert is_registrable(host)


@pytest.mark.parametrize(
    "host", ["com", "co.uk", "b.ck", "node.js", "news.example", "a..com", "", "a." * 126 + "com"]
)
def test_what_lies_below_none_is_no_domain(host: str) -> None:
    assert not is_registrable(host)
