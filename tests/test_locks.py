"""All that is installed is pinned, with hashes, and as requirements*.txt say."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from serving import PATIENCE_S, ROOT

from service import __version__

SETS = [path.stem for path in sorted(ROOT.glob("requirements*.txt"))]
MACHINES = [
    {"python_version": version, "python_full_version": f"{version}.1", **machine}
    for version in ("3.11", "3.12", "3.13", "3.14")
    for machine in (
        {"sys_platform": "linux", "platform_machine": "x86_64"},
        {"sys_platform": "linux", "platform_machine": "aarch64"},
        {"sys_platform": "darwin", "platform_machine": "arm64"},
        {"sys_platform": "darwin", "platform_machine": "x86_64"},
        {"sys_platform": "win32", "platform_machine": "AMD64"},
    )
]
"""What the service may run on."""

_LOCKED = re.compile(
    r"^([a-z0-9][^\n#]*?) \\\n((?:    --hash=.*\n)+)((?:    #.*\n)*)", re.MULTILINE
)


def read_requirements(path: Path) -> dict[str, Requirement]:
    """Return what a file asks for, and the files that it includes, by name."""
    found: dict[str, Requirement] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        asked = re.sub(r"(^| )#.*", "", line).strip()
        if asked.startswith("-r "):
            found |= read_requirements(path.parent / asked.removeprefix("-r "))
        elif asked:
            requirement = Requirement(asked)
            found[canonicalize_name(requirement.name)] = requirement
    return found


def read_lock(name: str) -> dict[str, tuple[Requirement, list[str], str]]:
    """Return what a lock pins, with hashes, and what asked for it, by name."""
    text = (ROOT / f"locks/{name}.txt").read_text(encoding="utf-8")
    entries = _LOCKED.findall(text)
    names = re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)
    assert len(entries) == len(names), "each has hashes"
    found = {}
    for asked, hashes, via in entries:
        requirement = Requirement(asked)
        assert requirement.name not in found, "one version for all"
        found[requirement.name] = requirement, re.findall(r"--hash=(\S+)", hashes), via
    return found


def where(marker: Marker | None) -> list[bool]:
    """Tell on which machines a requirement holds."""
    return [marker is None or marker.evaluate(machine) for machine in MACHINES]


def make(*arguments: str) -> str:
    """Run make, not as a part of the one that runs the tests, and return what it says."""
    program = shutil.which("make")
    assert program
    variables = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    done = subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        env=variables,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", SETS)
def test_a_lock_has_what_is_asked_for_and_only_that(name: str) -> None:
    asked = read_requirements(ROOT / f"{name}.txt")
    locked = read_lock(name)
    assert not asked.keys() - locked.keys(), "make lock"
    for package, requirement in asked.items():
        found, _, _ = locked[package]
        assert found.specifier == requirement.specifier, f"make lock: {package}"
        assert where(found.marker) == where(requirement.marker), package
    direct = {package for package, (_, _, via) in locked.items() if "-r requirements" in via}
    assert direct == asked.keys(), "make lock"


@pytest.mark.parametrize("name", SETS)
def test_all_that_is_installed_has_one_version_and_hashes(name: str) -> None:
    for requirement, hashes, _ in read_lock(name).values():
        [pin] = requirement.specifier
        assert pin.operator == "=="
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)


def test_what_is_tested_is_what_is_served() -> None:
    everything = read_lock("requirements-dev")
    for name in SETS:
        for package, (requirement, hashes, _) in read_lock(name).items():
            tested, tested_hashes, _ = everything[package]
            assert tested.specifier == requirement.specifier
            assert tested_hashes == hashes


def test_make_installs_nothing_without_a_hash() -> None:
    rules = make("--always-make", "--dry-run", "serve", "test", "rescore", "check")
    installs = [line for line in rules.splitlines() if "pip install" in line]
    assert len(installs) > 3
    assert all("--require-hashes" in line for line in installs)


def test_the_bill_of_materials_has_what_is_served_and_nothing_else(tmp_path: Path) -> None:
    if not (ROOT / ".venv/sbom/.installed").exists():
        assert "CI" not in os.environ, "make test installs it"
        pytest.skip("make sbom has not been run")
    make("sbom", f"BUILD={tmp_path}")
    bill = json.loads((tmp_path / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["version"] == __version__
    listed = {canonicalize_name(each["name"]): each["version"] for each in bill["components"]}
    locked = {
        package: next(iter(requirement.specifier)).version
        for package, (requirement, _, _) in read_lock("requirements").items()
        if requirement.marker is None or requirement.marker.evaluate()
    }
    assert listed == locked
    # The graph has no hole: from the service to what it asks for, and on.
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    direct = {canonicalize_name(ref.partition("==")[0]) for ref in needs["root-component"]}
    assert direct >= {"flask", "gunicorn", "psycopg"}
    assert f"Werkzeug=={locked['werkzeug']}" in needs[f"Flask=={locked['flask']}"]
