"""Rescoring on a Dask cluster of two worker processes, of which one is killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rescoring import COMMENTS, PROGRAM, read, write
from serving import PATIENCE_S, ROOT

from service.rescore.__main__ import main

ROWS = [
    {"id": number, "comment": f"{COMMENTS[number % len(COMMENTS)]} {number}"}
    for number in range(6000)
]
PART = ["--part-rows", "200"]


@dataclass(frozen=True)
class Cluster:
    """A scheduler and its workers."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Start a scheduler and two workers, each a process of its own."""
    (tmp_path / "dask").mkdir()
    file = tmp_path / "dask" / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    with contextlib.ExitStack() as stack:
        _start(stack, tmp_path / "dask", "scheduler", *common, "--host", "127.0.0.1", "--port", "0")
        workers = [
            _start(
                stack,
                tmp_path / "dask",
                "worker",
                *common,
                *("--no-nanny", "--nthreads", "1", "--host", "127.0.0.1"),
            )
            for _ in range(2)
        ]
        deadline = time.monotonic() + PATIENCE_S
        log = tmp_path / "dask" / "scheduler.log"
        while log.read_bytes().count(b"Register worker") < len(workers):
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        address = next(
            line.split()[-1]
            for line in log.read_text(encoding="utf-8").splitlines()
            if "Scheduler at:" in line
        )
        yield Cluster(address, workers)


def _start(
    stack: contextlib.ExitStack, folder: Path, kind: str, *arguments: str
) -> subprocess.Popen[bytes]:
    with (folder / f"{kind}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            env=os.environ | {"DASK_TEMPORARY_DIRECTORY": str(folder)},
        )
    stack.callback(process.wait, PATIENCE_S)
    stack.callback(process.kill)
    return process


def test_a_worker_of_the_cluster_may_be_lost(cluster: Cluster, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ROWS)
    calm, output = tmp_path / "calm.parquet", tmp_path / "out.parquet"
    assert main([source, "-o", str(calm), *PART, "--jobs", "1"]) == 0
    arguments = [source, "-o", str(output), *PART, "--backend", "dask"]
    with subprocess.Popen(
        [*PROGRAM, *arguments, "--scheduler", cluster.address],
        cwd=ROOT,
        stderr=subprocess.PIPE,
    ) as process:
        journal = tmp_path / "out.parquet.journal.jsonl"
        deadline = time.monotonic() + PATIENCE_S
        while not journal.exists() or journal.read_bytes().count(b'"line":"done"') < 4:
            assert time.monotonic() < deadline
        assert process.poll() is None
        cluster.workers[0].send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE_S) == 0
    assert output.read_bytes() == calm.read_bytes()
    assert len(read(output)) == len(ROWS)


def test_a_bad_row_is_said_and_its_text_stands_in_no_log_of_the_cluster(
    cluster: Cluster, tmp_path: Path
) -> None:
    canary = "canary-51c7"
    rows: list[dict[str, object]] = [
        {"id": 1, "comment": canary},
        {"id": [canary], "comment": canary},
    ]
    source = write(tmp_path / "in.jsonl", rows)
    done = subprocess.run(
        [*PROGRAM, source, "-o", "out.jsonl", "--backend", "dask", "--scheduler", cluster.address],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"1 refused" in done.stderr
    assert [row["id"] for row in read(tmp_path / "out.jsonl")] == ["1"]
    logs = [path.read_bytes() for path in (tmp_path / "dask").glob("*.log")]
    assert canary.encode() not in b"".join([done.stderr, *logs])


def test_a_scheduler_that_does_not_answer_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", ROWS[:1])
    address = "tcp://127.0.0.1:1"
    arguments = ["--backend", "dask", "--scheduler", address]
    assert main([source, "-o", str(tmp_path / "out.jsonl"), *arguments]) == 1
    assert f"not done: {address}: no Dask scheduler answers" in capsys.readouterr().err
