"""Hosts: which are well written, which are a site's own, and which lie in a real domain."""

import functools
import ipaddress
import re
import unicodedata
from collections.abc import Collection
from typing import Final

from publicsuffixlist import PublicSuffixList

LONGEST: Final = 253
"""In characters; DNS carries no longer name."""

LONGEST_LABEL: Final = 63
LETTERS: Final = r"\w\u0300-\u036f\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3"
"""What may stand in a host beside dots and hyphens, for a class of `re`: letters and digits of any
script, and the marks that go with them in India and Southeast Asia."""

_LABEL: Final = re.compile(f"(?!-)[{LETTERS}-]++(?<!-)")
_URL: Final = frozenset("/\\?#")
_DOTS: Final = str.maketrans("\u3002", ".")
_ENCODED: Final = "xn--"


def find_host_fault(host: str) -> str | None:
    """Return what is wrong with a host of the site as a policy has it, or None.

    Parameters
    ----------
    host : str
        A name such as ``news.example``, or an address such as ``192.0.2.1``. Case does not
        matter, and a name may be written in its own letters or in Punycode.

    Returns
    -------
    str or None
        Says of the host: "is empty", "has a blank", ...

    Examples
    --------
    >>> find_host_fault("news.example"), find_host_fault("*.news.example")
    (None, "begins with '*.': write the name alone, it covers the hosts below it")
    """
    if not host.strip():
        return "is empty"
    if not host.isprintable() or any(map(str.isspace, host)):
        return "has a blank, or a character that cannot be seen"
    if "://" in host or not _URL.isdisjoint(host):
        return "is a URL: write its host alone"
    if "@" in host:
        return "is an e-mail address: write what follows the '@' alone"
    if host.startswith(("*.", ".")):
        start = host[: host.index(".") + 1]
        return f"begins with '{start}': write the name alone, it covers the hosts below it"
    name = read_host(host)
    return None if _is_address(name) else _find_name_fault(name)


def _find_name_fault(name: str) -> str | None:
    labels = name.split(".")
    longest = max(map(len, labels))
    faults = (
        (":" in name, "has a port: write the host alone, it covers every port"),
        ("" in labels, "has two dots in a row"),
        (
            len(name) > LONGEST or longest > LONGEST_LABEL,
            f"is longer than a host can be: {LONGEST}, and {LONGEST_LABEL} between dots",
        ),
        (not all(map(_LABEL.fullmatch, labels)), "has a character that no host has there"),
        (labels[-1].isdecimal(), "is not a whole IP address"),
        (
            load_suffixes().is_public(name),
            "is a public suffix: it would cover every host there",
        ),
    )
    return next((fault for is_wrong, fault in faults if is_wrong), None)


@functools.cache
def load_suffixes() -> PublicSuffixList:
    """Return the public suffix list: under which names hosts are registered, as of its release.

    Names are looked up in their own letters. Its second part, of companies that let others have
    hosts under a name of theirs, is left out: ``github.io`` is a site.
    """
    return PublicSuffixList(accept_unknown=False, accept_encoded_idn=False, only_icann=True)


def is_registrable(host: str) -> bool:
    """Return whether a host lies in a domain that exists: below a public suffix.

    Parameters
    ----------
    host : str
        As `read_host` returns it.
    """
    return len(host) <= LONGEST and load_suffixes().is_private(host)


def read_own(own: Collection[str]) -> frozenset[str]:
    """Return the hosts of a site as `read_host` reads them."""
    return frozenset(map(read_host, own))


def is_own(host: str, own: Collection[str]) -> bool:
    """Return whether `host` is one of `own` or below it, all as `read_host` returns them."""
    if len(host) > LONGEST:
        return False
    while host not in own:
        _, dot, host = host.partition(".")
        if not dot:
            return False
    return True


def read_host(host: str) -> str:
    """Return a host as it is compared: lower case, in its own letters, without a last dot.

    ``ß`` stays, as browsers have it (UTS 46): it is not ``ss``. What is longer than a host can
    be is only put in lower case.
    """
    if len(host) > LONGEST + 1:
        return host.lower()
    if not host.isascii():
        host = unicodedata.normalize("NFKC", host).translate(_DOTS)
    host = host.lower().removesuffix(".")
    if _ENCODED in host:
        host = ".".join(map(_decode, host.split(".")))
    if ":" in host:
        host = _read_address(host)
    return host


def _decode(label: str) -> str:
    if not label.startswith(_ENCODED) or len(label) > LONGEST_LABEL:
        return label
    try:
        return label.removeprefix(_ENCODED).encode("ascii").decode("punycode").lower()
    except UnicodeError:
        return label


def _read_address(host: str) -> str:
    """Return an IPv6 address in its shortest form, without brackets."""
    try:
        return ipaddress.IPv6Address(host.removeprefix("[").removesuffix("]")).compressed
    except ValueError:
        return host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
