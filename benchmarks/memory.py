"""Start-up time and memory of the service: ``python -m benchmarks.memory``.

Memory is the proportional set size: a page that n processes share counts as
1/n in each, so the sum over processes is what they take together.
"""

import json
import sys
import urllib.request
from typing import Final

from benchmarks.comments import build_comments
from benchmarks.processes import measure_mb
from benchmarks.serving import Server, serve

WORKERS: Final = (1, 2, 4)
REQUESTS: Final = 200


def main() -> int:
    """Print a table for people."""
    print("| workers | start s | master MB | all workers MB | total MB |")
    print("|---|---|---|---|---|")
    totals = {}
    for application, probe in (("benchmarks.bare:app", "/"), ("service.wsgi:app", "/readyz")):
        for workers in WORKERS:
            with serve(application, workers, probe) as server:
                _warm(server)
                master = measure_mb(server.process.pid)
                forked = sum(map(measure_mb, server.workers()))
            totals[application, workers] = master + forked
            print(
                f"| {application} {workers} | {server.start_s:.2f} | {master:.1f} | {forked:.1f}"
                f" | {master + forked:.1f} |"
            )
    few, many = WORKERS[0], WORKERS[-1]
    for application in ("benchmarks.bare:app", "service.wsgi:app"):
        further = (totals[application, many] - totals[application, few]) / (many - few)
        print(f"each further worker of {application}: {further:.1f} MB")
    return 0


def _warm(server: Server) -> None:
    for comment in build_comments(300, REQUESTS):
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{server.url}/v1/moderate",
            data=json.dumps({"comment": comment}).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request).close()  # noqa: S310


if __name__ == "__main__":
    sys.exit(main())
