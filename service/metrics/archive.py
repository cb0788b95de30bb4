"""What workers counted that have ended: kept, in one file, so that no counter ever falls."""

from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import mark_process_dead

from service.metrics.folder import ARCHIVE, KINDS, locked


def bury(folder: Path, process: int) -> None:
    """Add what a process counted to the archive, and remove its files.

    prometheus_client alone would keep the files of each worker there ever was.

    Raises
    ------
    OSError
        If the folder is gone.
    """
    # A reader must not count a worker twice, or not at all: Prometheus would take the step
    # back for a restart.
    with locked(folder, exclusive=True):
        for kind in KINDS:
            ended = folder / f"{kind}_{process}.db"
            if ended.exists():
                _move(ended, folder / f"{kind}_{ARCHIVE}.db")
        mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


def _move(ended: Path, archive: Path) -> None:
    total = MmapedDict(str(archive))  # type: ignore[no-untyped-call]
    try:
        for key, value, *_ in MmapedDict.read_all_values_from_file(str(ended)):  # type: ignore[no-untyped-call]
            before, _ = total.read_value(key)  # type: ignore[no-untyped-call]
            total.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]
    finally:
        total.close()  # type: ignore[no-untyped-call]
        # If it cannot be read, nor can the rest be, as long as it is there.
        ended.unlink()
