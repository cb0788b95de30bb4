r"""Where the sentences of a comment begin and end.

A rule of our own: the libraries that know more abbreviations take seconds for 20,000
quotation marks (sentencex 1.0.32), or have not been kept for years (pysbd, blingfire).
Each character is looked at a fixed number of times here.
"""

import re
from collections.abc import Sequence
from typing import Final

from service.length import utf16_offsets

_MARKS: Final = re.compile(r"[\n\r\v\f\x85\u2028\u2029]|[^\w\s(\[{（「『【《]+")  # noqa: RUF001 - as written
"""A line break, or a run of marks: a sentence ends behind all of ``?!")`` or ``.😀``."""

_LINE_BREAKS: Final = "\n\r\v\f\x85\u2028\u2029"
_ANYWHERE: Final = frozenset(_LINE_BREAKS + "。！？｡")  # noqa: RUF001 - as written
"""What ends a sentence whatever follows: Chinese and Japanese have no spaces."""

_BEFORE_SPACE: Final = frozenset(".!?…‼⁇⁈⁉‽؟۔।॥՜՞።፧")  # noqa: RUF001 - as written
_ABBREVIATION: Final = re.compile(
    r"\b(?:Mrs?|Ms|Mx|Dr|Prof|Sen|Rep|Gov|Gen|Col|Capt|Lt|Sgt|Rev|Hon|St|vs|cf|[A-HJ-Z]"
    r"|[^\W\d_]\.[^\W\d_])\Z"
)
"""What a full stop follows without an end: titles, initials, ``e.g``, ``U.S``."""

_LONGEST: Final = 4


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the begin and end of each sentence, in order.

    They are indices into `text`, `end` exclusive. All of the text lies in a sentence,
    but for white space between and around them; none is empty, so a text of white space
    has none. A line break ends a sentence.

    Examples
    --------
    >>> split_sentences("What?! Mr. Smith...  ")
    [(0, 6), (7, 19)]
    """
    spans = []
    begin = 0
    ends = [marks.end() for marks in _MARKS.finditer(text) if _end_a_sentence(text, marks)]
    for end in [*ends, len(text)]:
        sentence = text[begin:end]
        if stripped := sentence.strip():
            first = end - len(sentence.lstrip())
            spans.append((first, first + len(stripped)))
        begin = end
    return spans


def utf16_spans(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans of indices into `text` as spans of UTF-16 code units."""
    if len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
        return list(spans)
    units = utf16_offsets(text).tolist()
    return [(units[begin], units[end]) for begin, end in spans]


def _end_a_sentence(text: str, marks: re.Match[str]) -> bool:
    run = marks[0]
    if not _ANYWHERE.isdisjoint(run):
        return True
    if _BEFORE_SPACE.isdisjoint(run) or text[marks.end() : marks.end() + 1].strip():
        return False
    begin = max(0, marks.start() - _LONGEST)
    return run != "." or not _ABBREVIATION.search(text, begin, marks.start())
