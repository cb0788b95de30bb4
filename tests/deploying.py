"""The files of deploy/ and compose.yaml, for the tests that look into them."""

import os
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from serving import PATIENCE_S, ROOT

KUBERNETES = ROOT / "deploy/kubernetes"


def run(*command: str) -> str:
    """Run a program and return what it says."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        text=True,
        timeout=PATIENCE_S,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def find(program: str, package: str) -> str:
    """Return the path of a program of the system, or skip the test; CI has those of `package`."""
    if (path := shutil.which(program)) is None:
        assert "CI" not in os.environ or not package, f"CI installs {package}"
        pytest.skip(f"{program} is not installed")
    return path


def render(folder: str) -> list[dict[str, Any]]:
    """Return the manifests that kustomize makes."""
    kubectl = find("kubectl", "")
    return list(yaml.safe_load_all(run(kubectl, "kustomize", str(KUBERNETES / folder))))


def load_compose() -> dict[str, Any]:
    with (ROOT / "compose.yaml").open(encoding="utf-8") as file:
        composed: dict[str, Any] = yaml.safe_load(file)
    return composed
