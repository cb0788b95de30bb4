"""Write `known_failures.txt` anew: ``.venv/bin/python tests/golden/update.py``.

Run it after a new model, policy or case, and read the difference: a case that
fails now and did not before is a reason to look, not a line to commit unread.
The comment of each group stays; a group that is new gets one to be filled in.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from test_golden import CASES, KNOWN_FAILURES, decide_all, passes  # noqa: E402 - found only now

HEAD = """\
# The golden cases that fail today, by group. `tests/golden/update.py` writes this list
# anew and keeps each group's comment; README.md says when a line goes.
"""
UNEXPLAINED = "not looked into yet."


def main() -> int:
    """Decide on every case and write the list."""
    decisions = decide_all()
    reasons = read_reasons()
    failed: dict[str, list[str]] = {}
    for case in CASES:
        if not passes(case, decisions):
            failed.setdefault(case["functionality"], []).append(case["id"])
    parts = [
        "\n".join([f"# {group}: {reasons.get(group, UNEXPLAINED)}", *ids])
        for group, ids in failed.items()
    ]
    KNOWN_FAILURES.write_text("\n\n".join([HEAD.rstrip("\n"), *parts]) + "\n", encoding="utf-8")
    count = sum(map(len, failed.values()))
    print(f"{count} of {len(CASES)} cases fail", file=sys.stderr)  # noqa: T201 - a program
    return 0


def read_reasons() -> dict[str, str]:
    """Return the comment of each group, by its name."""
    if not KNOWN_FAILURES.exists():
        return {}
    lines = KNOWN_FAILURES.read_text(encoding="utf-8").splitlines()
    pairs = (line[2:].split(": ", 1) for line in lines if line.startswith("# ") and ": " in line)
    return {name: reason for name, reason in pairs if name.isidentifier()}


if __name__ == "__main__":
    sys.exit(main())
