"""Speed of counting links: ``python -m benchmarks.links``.

Microseconds a comment of 300 characters, the best of several rounds, since another program may
have had the processor in the others; and a character of texts made to be slow, at a megabyte.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from benchmarks.comments import build_comments
from service.policy.hosts import load_suffixes
from service.policy.links import count_links

LENGTH: Final = 300
COMMENTS: Final = 200
ROUNDS: Final = 50
OWN: Final = ("news.example", "news.example.com")
INSERTED: Final = {
    "abbreviations": "e.g. the U.S. at 5 p.m., 3.5 or v1.2.3, i.e. ...",
    "three that look like domains": "etc.And Node.js file.txt",
    "a link": "https://www.example.com/a/b?c=d",
    "a bare domain": "example.com",
    "five links": "http://example.com/a https://example.org www.example.net"
    " user@example.com example.co.uk/x",
    "`example[.]com`": "example[.]com",
    "`example dot com`": "example dot com",
}
HOSTILE_LENGTH: Final = 1_000_000
HOSTILE: Final = (
    "a.",
    "a.com,",
    "http://",
    "mailto:a:",
    "http://a@",
    "[.]",
    "((((",
    "dot ",
    "x .com ",
    "&#46;",
    "a\uff0ecom ",
    "\u200b",
    "xn--aaaaaaaaaaaaaaaaaaaaaaaa.com ",
)


def main(arguments: list[str] | None = None) -> int:
    """Print two tables for people."""
    argparse.ArgumentParser(prog="python -m benchmarks.links", description=__doc__).parse_args(
        arguments
    )
    loading = _measure_s(load_suffixes)
    print(f"The list of suffixes is read once a process, in {loading * 1e3:.0f} ms.\n")
    print(f"| comment of {LENGTH} characters | µs |")
    print("|---|---|")
    marked = build_comments(LENGTH, COMMENTS)
    plain = [text.encode("ascii", "replace").decode() for text in marked]
    samples = {"in ASCII, no link": plain, "with other marks, no link": marked}
    for name, inserted in INSERTED.items():
        samples[name] = [f"{inserted} {text}"[:LENGTH] for text in plain]
    for name, texts in samples.items():
        best = min(_measure_s(partial(_count, texts)) for _ in range(ROUNDS))
        print(f"| {name} | {best / len(texts) * 1e6:.1f} |")
    print(f"\n| repeated to {HOSTILE_LENGTH:,} characters | µs a character |")
    print("|---|---|")
    for piece in HOSTILE:
        text = (piece * HOSTILE_LENGTH)[:HOSTILE_LENGTH]
        best = min(_measure_s(partial(_count, [text])) for _ in range(2))
        print(f"| {piece!a} | {best / HOSTILE_LENGTH * 1e6:.2f} |")
    return 0


def _count(texts: list[str]) -> None:
    for text in texts:
        count_links(text, OWN)


def _measure_s(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
