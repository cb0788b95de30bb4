"""Requests a second beside a bare Flask route: ``python -m benchmarks.http [DATA]``.

``/v1/moderate`` and ``/v1alpha1/comments:analyze``, which is asked for one attribute, as Coral
asks, with the language and without; with DATA, comments that people wrote are sent too. One
gunicorn worker with the shipped settings, loaded by wrk over 4 kept-alive connections, one
route after the other, in turns, so that whatever else the machine does meets all. The figures
are medians of the turns.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from benchmarks.comments import build_comments
from benchmarks.serving import serve
from benchmarks.written import read_comments
from service.language import rank_languages
from service.length import utf16_length

LENGTHS: Final = (100, 300, 1500)
TURNS: Final = 5
SECONDS: Final = 4
CONNECTIONS: Final = 4
COMMENTS: Final = 4000

_ANALYZE: Final = "/v1alpha1/comments:analyze?key=any"
_ATTRIBUTES: Final[dict[str, object]] = {"TOXICITY": {}}
_ROUTES: Final[dict[str, tuple[str, Callable[[str], object]]]] = {
    "bare Flask": ("/v1/moderate", lambda text: {"comment": text}),
    "/v1/moderate": ("/v1/moderate", lambda text: {"comment": text}),
    "analyze, language given": (
        _ANALYZE,
        lambda text: {
            "comment": {"text": text},
            "requestedAttributes": _ATTRIBUTES,
            "languages": ["en"],
            "doNotStore": True,
            "communityId": "Coral:benchmark",
        },
    ),
    "analyze, language detected": (
        _ANALYZE,
        lambda text: {"comment": {"text": text}, "requestedAttributes": _ATTRIBUTES},
    ),
}
"""Address and body of a comment, by the name of what is measured."""

_SCRIPT: Final = """
local bodies = {%s}
local turn = 0
request = function()
  turn = turn %% #bodies + 1
  return wrk.format("POST", "%s", {["Content-Type"] = "application/json"}, bodies[turn])
end
done = function(summary, latency)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %%f %%f %%f %%d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong))
end
"""


def main(arguments: list[str] | None = None) -> int:
    """Print a table for people; return 1 if wrk is not there or a request failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http", description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", help="as for model.train")
    options = parser.parse_args(arguments)
    if not shutil.which("wrk"):
        print("wrk is not installed (on Debian: apt-get install wrk)", file=sys.stderr)
        return 1
    samples = {f"{length} characters": build_comments(length, 2 * COMMENTS) for length in LENGTHS}
    if options.data:
        samples["as people wrote them"] = read_comments(options.data, 2 * COMMENTS)
    failed = 0
    print("| comments | route | requests/s | of bare | of /v1/moderate | p50 ms | p99 ms |")
    print("|---|---|---|---|---|---|---|")
    with (
        serve("benchmarks.bare:app", 1, "/") as bare,
        serve("service.wsgi:app", 1, "/healthz") as ours,
        tempfile.TemporaryDirectory() as folder,
    ):
        for name, texts in samples.items():
            comments = [text for text in texts if _is_scored(text)][:COMMENTS]
            turns: dict[str, list[list[float]]] = {route: [] for route in _ROUTES}
            for _ in range(TURNS):
                for route, (path, build) in _ROUTES.items():
                    url = bare.url if route == "bare Flask" else ours.url
                    script = Path(folder) / "script.lua"
                    script.write_text(_build_script(path, map(build, comments)), encoding="utf-8")
                    turns[route].append(_load(url, script))
            for route, own in turns.items():
                rate, p50, p99, _ = map(statistics.median, zip(*own, strict=True))
                failed += int(sum(turn[3] for turn in own))
                shares = (_compare(own, turns[other]) for other in ("bare Flask", "/v1/moderate"))
                print(f"| {name} | {route} | {rate:.0f} |", *shares, f"{p50:.2f} | {p99:.2f} |")
    print(f"{failed} requests failed", file=sys.stderr)
    return 1 if failed else 0


def _is_scored(text: str) -> bool:
    """Return whether every route scores the comment."""
    return utf16_length(text) <= LENGTHS[-1] and rank_languages(text, ["en"])[:1] == ["en"]


def _compare(turns: list[list[float]], others: list[list[float]]) -> str:
    ratio = statistics.median(own[0] / other[0] for own, other in zip(turns, others, strict=True))
    return f"{ratio:.2f} |"


def _build_script(path: str, bodies: Iterable[object]) -> str:
    # A JSON string in ASCII, and so a Lua string in a bracket that no comment has.
    strings = (f"[=====[{json.dumps(body)}]=====]" for body in bodies)
    return _SCRIPT % (", ".join(strings), path)


def _load(url: str, script: Path) -> list[float]:
    """Return requests a second, p50 and p99 in ms, and failed requests."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script), url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return [float(field) for field in line.split()[1:]]


if __name__ == "__main__":
    sys.exit(main())
