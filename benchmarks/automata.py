"""Libraries that find many strings at once, beside each other; a table of `benchmarks.policy`.

All find matches that overlap, by the algorithm of Aho and Corasick.
"""

import argparse
import importlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.comments import build_comments
from benchmarks.lists import build_words
from benchmarks.timing import compare
from model.normalise import Normaliser
from model.words import READ, WordReader

Find = Callable[[list[str]], object]

LIBRARIES: Final = ("ahocorasick_rs", "pyahocorasick", "daachorse")
"""The last may not be installed: it has no wheel for Linux on ARM."""

LENGTH: Final = 300
TEXTS: Final = 200
SIZES: Final = (10_000, 100_000)
_LISTED: Final = " idiot"


def main(arguments: list[str] | None = None) -> int:
    """Print the seconds and megabytes that a library takes to load patterns."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.automata", description=__doc__)
    parser.add_argument("library", choices=LIBRARIES)
    parser.add_argument("terms", type=int)
    options = parser.parse_args(arguments)
    patterns = _build_patterns(options.terms)
    load_library(options.library, patterns[:1])
    before = _measure_memory()
    begin = time.perf_counter()
    find = load_library(options.library, patterns)
    seconds = time.perf_counter() - begin
    find([""])
    print(seconds, _measure_memory() - before)
    return 0


def _measure_memory() -> float:
    """Return how many megabytes of memory this process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def print_libraries(normaliser: Normaliser) -> None:
    """Print what each library takes to load terms, and to search the word text of a comment."""
    reader = WordReader(normaliser)
    plain = build_comments(LENGTH, TEXTS)
    listed = [text[: LENGTH - len(_LISTED)] + _LISTED for text in plain]
    samples = [reader.write(texts, READ).texts for texts in (plain, listed)]
    print(f"\n| library | terms | loaded in s | MB | {LENGTH} characters, µs | with a term, µs |")
    print("|---|---|---|---|---|---|")
    for size in SIZES:
        patterns = _build_patterns(size)
        finds = {name: load_library(name, patterns) for name in LIBRARIES if is_installed(name)}
        costs = [compare(list(finds.values()), texts, 1) for texts in samples]
        for name, *figures in zip(finds, *costs, strict=True):
            # In a process of its own, no other has left memory behind.
            command = [sys.executable, "-m", "benchmarks.automata", name, str(size)]
            seconds, megabytes = map(float, subprocess.check_output(command).split())
            shown = " | ".join(f"{figure:.2f}" for figure in figures)
            print(f"| {name} | {size:,} | {seconds:.3f} | {megabytes:.0f} | {shown} |")


def _build_patterns(size: int) -> list[str]:
    words = build_words(size)
    stems = (term.removesuffix("*") for term in (*words.banned, *words.suspect))
    return [f" {term} " if number % 20 else f" {term}" for number, term in enumerate(stems)]


def is_installed(library: str) -> bool:
    """Say whether a library is there."""
    try:
        load_library(library, [" a "])
    except ImportError:
        return False
    return True


def load_library(library: str, patterns: list[str]) -> Find:
    """Return what finds all matches of patterns in the first of some texts."""
    # By name, for one may be missing and one has no types.
    if library == "ahocorasick_rs":
        rust = importlib.import_module("ahocorasick_rs").AhoCorasick(patterns)
        return lambda texts: rust.find_matches_as_indexes(texts[0], overlapping=True)
    if library == "daachorse":
        array = importlib.import_module("daachorse").CharwiseDoubleArrayAhoCorasick(patterns)
        return lambda texts: array.find_overlapping(texts[0])
    trie = importlib.import_module("ahocorasick").Automaton()
    for number, pattern in enumerate(patterns):
        trie.add_word(pattern, number)
    trie.make_automaton()
    return lambda texts: list(trie.iter(texts[0]))


if __name__ == "__main__":
    sys.exit(main())
