"""Requests a second of /v1/moderate, beside a bare Flask route: ``python -m benchmarks.http``.

One gunicorn worker with the shipped settings, loaded by wrk over 4 kept-alive
connections, one server after the other, in turns, so that whatever else the
machine does meets both. The figures are medians of the turns.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.comments import build_comments
from benchmarks.serving import serve

LENGTHS: Final = (100, 300, 1500)
TURNS: Final = 5
SECONDS: Final = 4
CONNECTIONS: Final = 4
COMMENTS: Final = 4000

_SCRIPT: Final = """
local bodies = {%s}
local turn = 0
request = function()
  turn = turn %% #bodies + 1
  return wrk.format("POST", "/v1/moderate", {["Content-Type"] = "application/json"}, bodies[turn])
end
done = function(summary, latency)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %%f %%f %%f %%d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong))
end
"""


def main() -> int:
    """Print a table for people; return 1 if wrk is not there or a request failed."""
    if not shutil.which("wrk"):
        print("wrk is not installed (on Debian: apt-get install wrk)", file=sys.stderr)
        return 1
    failed = 0
    print("| characters | route | requests/s | of bare | p50 ms | p99 ms |")
    print("|---|---|---|---|---|---|")
    with (
        serve("benchmarks.bare:app", 1, "/") as bare,
        serve("service.wsgi:app", 1, "/healthz") as ours,
        tempfile.TemporaryDirectory() as folder,
    ):
        for length in LENGTHS:
            script = Path(folder) / f"{length}.lua"
            script.write_text(_build_script(length), encoding="utf-8")
            results: dict[str, list[list[float]]] = {"bare Flask": [], "/v1/moderate": []}
            for _ in range(TURNS):
                results["bare Flask"].append(_load(bare.url, script))
                results["/v1/moderate"].append(_load(ours.url, script))
            ratio = statistics.median(
                own[0] / other[0]
                for own, other in zip(results["/v1/moderate"], results["bare Flask"], strict=True)
            )
            for route, turns in results.items():
                rate, p50, p99, _ = (
                    statistics.median(column) for column in zip(*turns, strict=True)
                )
                failed += int(sum(turn[3] for turn in turns))
                share = f"{ratio:.2f}" if route == "/v1/moderate" else ""
                print(f"| {length} | {route} | {rate:.0f} | {share} | {p50:.2f} | {p99:.2f} |")
    print(f"{failed} requests failed", file=sys.stderr)
    return 1 if failed else 0


def _build_script(length: int) -> str:
    # A JSON string in ASCII, and so a Lua string: of escapes both know those used here.
    bodies = (json.dumps({"comment": comment}) for comment in build_comments(length, COMMENTS))
    return _SCRIPT % ", ".join(f"[==[{body}]==]" for body in bodies)


def _load(url: str, script: Path) -> list[float]:
    """Return requests a second, p50 and p99 in ms, and failed requests."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script), url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return [float(field) for field in line.split()[1:]]


if __name__ == "__main__":
    sys.exit(main())
