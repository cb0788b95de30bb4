"""Comments on standard input, for the commands that try a policy: JSON, one a line.

A line is what ``/v1/moderate`` takes, with ``text`` as another name for ``comment`` and an id that
may be a whole number, or the bare comment as a string. Its ``policy`` does not count: the command
names the file.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from service.decoding import NotJsonError, decode
from service.length import replace_lone_surrogates
from service.moderation import Comment
from service.policy.files import DEFAULT_POLICY
from service.policy.phrases import count
from service.programs import DONE, FAILED, say
from service.rescore.errors import BadRowError
from service.rescore.lines import MAX_LINE_BYTES, Line, read_json_records, read_lines
from service.settings import ARTEFACTS
from service.wire import Explain, Id, LanguageTag, PolicyName

_CHUNK_BYTES: Final = 65536
_NOT_JSON: Final = {"invalid_encoding": "not UTF-8", "invalid_json": "not JSON"}
_PATH: Final = re.compile(r" - at `\$\.(\w+)`\Z")
_NO_COMMENT: Final = "no comment"


class Given(NamedTuple):
    """A comment, and the number of its line."""

    line: int
    comment: Comment


class _Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    comment: str | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET
    id: Id | int | None = None
    language: LanguageTag | None = None
    policy: PolicyName = DEFAULT_POLICY
    explain: Explain = False


_WRONG: Final = {
    "comment": "the comment is not a string",
    "text": "the text is not a string",
    "id": "the id is neither a whole number nor a string of up to 200 characters",
    "language": "the language is not a tag such as en or pt-BR",
    "policy": "the policy is not a string",
    "explain": "explain is neither true nor false",
}
_DECODER: Final[msgspec.json.Decoder[_Sent | str]] = msgspec.json.Decoder(_Sent | str)


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that read comments."""
    parser.add_argument(
        "--artefacts", type=Path, default=ARTEFACTS, metavar="DIR", help="folder of models"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")


class CommentLines:
    """Read comments as they come, and name the lines that cannot be used on standard error.

    Parameters
    ----------
    stream : binary file, optional
        Instead of standard input.

    Attributes
    ----------
    refused : int
        How many lines could not be used so far.
    """

    def __init__(self, stream: io.BufferedIOBase | None = None) -> None:
        self.refused = 0
        self._stream = stream or _open_standard_input()

    def __iter__(self) -> Iterator[list[Given]]:
        """Yield the comments that came together, as soon as they are there."""
        for lines in _read_arrived(self._stream):
            if batch := list(self._parse(lines)):
                yield batch

    def finish(self) -> int:
        """Return the status of a program that has used all lines it could."""
        if not self.refused:
            return DONE
        say(f"{count(self.refused, 'line')} could not be used")
        return FAILED

    def _parse(self, lines: list[Line]) -> Iterator[Given]:
        for record in read_json_records(iter(lines)):
            try:
                if not isinstance(record.content, bytes):
                    raise BadRowError(record.reason)  # noqa: TRY301 - one place says what is wrong
                yield Given(record.number, parse_comment(record.content))
            except BadRowError as error:
                self.refused += 1
                say(f"line {record.number}: {error}")


def parse_comment(line: bytes) -> Comment:
    """Parse a line.

    Raises
    ------
    BadRowError
        If it cannot be used; the message repeats nothing of it.
    """
    try:
        sent = decode(line, _DECODER)
    except NotJsonError as error:
        raise BadRowError(_NOT_JSON[error.code]) from None
    except msgspec.ValidationError as error:
        raise BadRowError(_describe(str(error))) from None
    if isinstance(sent, str):
        return Comment(sent)
    texts = [text for text in (sent.comment, sent.text) if isinstance(text, str)]
    if len(texts) != 1:
        raise BadRowError("both comment and text" if texts else _NO_COMMENT)
    return Comment(
        text=texts[0],
        id=None if sent.id is None else replace_lone_surrogates(str(sent.id)),
        language=sent.language,
        explain=sent.explain,
    )


def _describe(message: str) -> str:
    """Say what msgspec found wrong, without the names of fields that are not ours."""
    if message.startswith("Object contains unknown field"):
        return f"a field that is not one of {', '.join(_WRONG)}"
    path = _PATH.search(message)
    return _WRONG[path[1]] if path else "neither an object nor a string"


def _read_arrived(stream: io.BufferedIOBase) -> Iterator[list[Line]]:
    """Yield the lines that are there before more has to be waited for.

    So whoever follows a file sees a line answered when it is written, and lines of a file
    are answered some hundreds at a time.
    """
    number, rest = 1, bytearray()
    while chunk := stream.read1(_CHUNK_BYTES):
        whole, line_break, begun = chunk.rpartition(b"\n")
        if line_break:
            lines = list(read_lines(io.BytesIO(rest + whole + line_break), number=number))
            yield lines
            number, rest = number + len(lines), bytearray()
        # Of a line that is too long, no more than shows it is kept.
        if len(rest) <= MAX_LINE_BYTES:
            rest += begun
    if rest:
        yield list(read_lines(io.BytesIO(rest), number=number))


def _open_standard_input() -> io.BufferedIOBase:
    if not sys.stdin:
        raise OSError("standard input is closed")
    if sys.stdin.isatty():
        say("comments are read from here, as JSON, one a line; Ctrl-D ends them")
    stream = sys.stdin.buffer
    assert isinstance(stream, io.BufferedIOBase)  # noqa: S101 - for mypy: typeshed says less
    return stream
