"""How many links a text has, whether or not something makes them links.

A link is an address with a scheme (``https://``, ``ftp://``, ``hxxp://``) or after ``mailto:``, a
host that begins with ``www.``, an e-mail address, or a bare domain: a name below a public suffix,
such as ``example.com`` or ``example.co.uk/path``. Disguises are undone first (`disguises`).

- A link ends at a blank, a bracket, a quotation mark, a comma or a semicolon. What stands before
  that belongs to it: ``https://a.com/?u=http://b.com`` is one.
- In markup the address and the text of a link each count as they stand, except that a text that
  is a link to the same host is not another one: ``[http://a.com](http://a.com)``,
  ``<a href="http://a.com">a.com</a>`` and ``[url=http://a.com]a.com[/url]`` are one each.
- A bare domain is none if its last label begins with a capital: that is a sentence without a
  blank before it ("much better.So what", "I know.You"). It is one after all under one of the
  old suffixes (``Example.Com``), with a path, or if all of it is in capitals.
- In lower case it cannot be told: "i want it.it is mine" has a link, as it has for programs that
  make links, and so has "README.md", a name in Moldova.
- Schemes without ``//`` other than ``mailto:`` are none, nor are addresses of numbers without a
  scheme.
"""

import functools
import re
from collections.abc import Collection, Iterator
from typing import Final

from service.policy.disguises import reveal
from service.policy.hosts import (
    LETTERS,
    find_host_fault,
    is_own,
    is_registrable,
    read_host,
    read_own,
)

__all__ = ["count_links", "find_host_fault"]

_DOT: Final = re.compile(r"\.[A-Za-z\x80-\U0010ffff]{2}")
_COLON: Final = re.compile(r":(?://|(?<=[oO]:)\S)")
_HINT: Final = re.compile(f"{_DOT.pattern}|{_COLON.pattern}")
"""Every link has one: two letters after a dot, a ``://``, or what may be a ``mailto:``.

The first two alone begin with one character, for which `re` looks at C's speed.
"""

_NAME: Final = f"{LETTERS}-"
_END: Final = '\\s<>"()\\[\\]{}|`,;“”«»\u3000-\u3003\u3008-\u3011\uff08\uff09\uff0c\uff1b'
_WORD: Final = re.compile(
    rf"""
    (?P<bare> [{_NAME}]++ (?: [.@] [{_NAME}]++ )*+ )
    (?: (?: (?P<scheme> ://[/\\]*+ ) (?: [^{_END}/?#\\@]*+ @ )*+
          | (?<= (?i:mailto) ) : (?: [^{_END}/?#\\:@]*+ @ )*+ )
        (?P<host> \[ [0-9A-Fa-f:.]++ \] | [^{_END}/?#\\:@]++ ) )?+
    """,
    re.VERBOSE,
)
"""A word, which may be a link up to its host.

Nothing is given back, and what is read in vain for the name of a user ends before the next
``://`` or ``mailto:``: no character is read more than a few times.
"""

_REST: Final = re.compile(rf"(?::[0-9]++)?+(?:[/?#\\][^{_END}]*+)?+")
_USER_AHEAD: Final = re.compile(r"[^\s/?#\\<>\"@]*+@")
_SAME_LINK: Final = re.compile(r"""(?:["'\s][^<>]*+)?+>|\](?:\(<?)?""")
"""Between the address of a link and its text, in HTML, Markdown and BBCode."""

_TAG: Final = re.compile(rf"\+[{_NAME}.+]{{1,64}}+@")
"""After the first part of an e-mail address: ``user.name+tag@``."""

_EDGES: Final = "!$%&'*+-._~…"
_OLD_SUFFIXES: Final = frozenset(("com", "net", "org", "info", "biz", "edu", "gov", "mil"))
_CJK_AFTER: Final = re.compile("[A-Za-z]++(?=[\u2e80-\ud7ff])")


def count_links(text: str, own: Collection[str]) -> int:
    """Return how many links lead elsewhere than to `own` hosts and those below them.

    Parameters
    ----------
    text : str
        Any, in time linear in its length.
    own : collection of str
        Hosts in which `find_host_fault` finds no fault. ``news.example`` stands for
        ``www.news.example`` too, in any case, with any port, in its own letters or in Punycode,
        and for e-mail addresses there.

    Examples
    --------
    >>> count_links("See example[.]com and https://www.news.example/1", ["news.example"])
    1
    """
    text = reveal(text)
    if not (_DOT.search(text) or (":" in text and _COLON.search(text))):
        return 0
    own_hosts = _read_own(tuple(own))
    return sum(not is_own(host, own_hosts) for host in _find_hosts(text))


_read_own: Final = functools.lru_cache(maxsize=64)(read_own)


def _find_hosts(text: str) -> Iterator[str]:
    """Yield the host of each link."""
    before, end = "", 0
    for host, begin, new_end in _find_links(text):
        short = host.removeprefix("www.")
        if short == before and _SAME_LINK.fullmatch(text, end, begin):
            before = ""
            continue
        yield host
        before, end = short, new_end


def _find_links(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield host, begin and end of each link; what is not about a hint is not looked at."""
    end = 0
    while hint := _HINT.search(text, end):
        place = max(text.rfind(" ", end, hint.start()) + 1, end)
        end = text.find(" ", hint.end())
        if end < 0:
            end = len(text)
        while word := _WORD.search(text, place, end):
            host, place = _read_word(word), word.end()
            if host and (rest := _REST.match(text, place, end)):
                place = rest.end()
            if host:
                yield host, word.start(), place


def _read_word(word: re.Match[str]) -> str:
    """Return the host of a link as it is compared, or an empty string if it is none."""
    if not word["host"]:
        return _read_bare(word)
    host = read_host(word["host"].strip(_EDGES))
    if word["scheme"] and _USER_AHEAD.match(word.string, word.end()):
        # After a bracket, too, an @ makes all before it the name of a user; no own host has one.
        return f"@{host}"
    return host


def _read_bare(word: re.Match[str]) -> str:
    """Do as `_read_word` for a word without a scheme."""
    _, at, name = word["bare"].rpartition("@")
    name = name.strip(_EDGES)
    if "." not in name or _TAG.match(word.string, word.end()):
        return ""
    host = read_host(name)
    if host.startswith("www."):
        return host
    if not at and _begins_sentence(name) and not word.string.startswith("/", word.end()):
        return ""
    if is_registrable(host):
        return host
    host = _cut(host)
    return host if host and is_registrable(host) else ""


def _begins_sentence(name: str) -> bool:
    suffix = name.rpartition(".")[2]
    return suffix[0].isupper() and not name.isupper() and suffix.lower() not in _OLD_SUFFIXES


def _cut(host: str) -> str:
    """Return a host without what follows in Chinese or Japanese, which have no blanks."""
    body, dot, suffix = host.rpartition(".")
    latin = _CJK_AFTER.match(suffix)
    return body + dot + latin[0] if latin else ""
