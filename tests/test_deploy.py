"""What deploy/, compose.yaml and the Dockerfile say is sound, and as hard as it claims to be."""

import re
import sys
from pathlib import Path

import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from deploying import find, load_compose, render, run
from jsonschema import ValidationError
from jsonschema.validators import validator_for
from serving import ROOT

from service.settings import load_settings

SCRIPTS = Path(sys.executable).parent
EXPOSURE = 2.0
"""systemd's measure of what a unit may do, from 0 to 10; over this it is too much."""


def test_the_pods_are_asked_whether_they_are_alive_and_ready_and_may_finish() -> None:
    [deployment] = [each for each in render("base") if each["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    paths = {
        probe: container[probe]["httpGet"]["path"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": "/readyz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    config = (ROOT / "gunicorn.conf.py").read_text(encoding="utf-8")
    [graceful_s] = re.findall(r"^graceful_timeout = (\d+)$", config, re.MULTILINE)
    unit = (ROOT / "deploy/systemd/moderation.service").read_text(encoding="utf-8")
    [stop_s] = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    grace_s = [
        pod["terminationGracePeriodSeconds"]
        - int(container["lifecycle"]["preStop"]["exec"]["command"][1]),
        int(stop_s),
        int(load_compose()["services"]["moderation"]["stop_grace_period"].removesuffix("s")),
    ]
    assert min(grace_s) > int(graceful_s)


def test_compose_has_a_schema_and_its_file_fits_it() -> None:
    schema = get_builtin_schema("vendor.compose-spec")
    validator = validator_for(schema)(schema)
    composed = load_compose()
    validator.validate(composed)
    composed["services"]["redis"]["readonly"] = True
    with pytest.raises(ValidationError, match="'readonly' was unexpected"):
        validator.validate(composed)


def test_the_containers_of_compose_may_do_nothing_that_they_need_not() -> None:
    composed = load_compose()
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert composed["services"].keys() == {"moderation", "redis", "prometheus", "grafana"}
    for name, container in composed["services"].items():
        assert container["read_only"] is True
        assert container["cap_drop"] == ["ALL"]
        assert container["security_opt"] == ["no-new-privileges:true"]
        assert container.keys() >= {"cpus", "mem_limit", "pids_limit"}
        assert re.search(r":v?\d+\.\d+\.\d+", container["image"]), "an image has a version"
        assert all(port.startswith("127.0.0.1:") for port in container.get("ports", []))
        if name == "moderation":
            assert "\nHEALTHCHECK" in dockerfile
            assert "\nUSER 10001\n" in dockerfile
        else:
            assert "healthcheck" in container
            assert not container["user"].startswith("0:")
    assert composed["networks"]["inside"] == {"internal": True}


def test_what_compose_mounts_is_there() -> None:
    composed = load_compose()
    sources = [
        volume.split(":")[0]
        for container in composed["services"].values()
        for volume in container.get("volumes", [])
    ]
    files = [source for source in sources if source.startswith("./")]
    assert len(files) == 3
    assert not [source for source in files if not (ROOT / source).exists()]
    assert set(sources) - set(files) == set(composed["volumes"])
    folder = ROOT / "deploy/grafana/provisioning"
    [source] = yaml.safe_load((folder / "datasources/prometheus.yaml").read_text("utf-8"))[
        "datasources"
    ]
    assert source["url"] == "http://prometheus:9090"
    [provider] = yaml.safe_load((folder / "dashboards/moderation.yaml").read_text("utf-8"))[
        "providers"
    ]
    mounts = composed["services"]["grafana"]["volumes"]
    assert any(f":{provider['options']['path']}/" in mount for mount in mounts)


def test_the_settings_in_the_files_of_deploy_are_settings() -> None:
    composed = load_compose()["services"]["moderation"]["environment"]
    [deployment] = [each for each in render("overlays/policies") if each["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]["containers"][0]
    given = {name: str(value) for name, value in composed.items()}
    given |= {each["name"]: each["value"] for each in pod["env"] if "value" in each}
    given = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for name, value in given.items()}
    settings = load_settings(given)
    assert settings.redis == "redis://redis:6379/0"
    assert settings.proxies == ("172.30.8.1",)


def test_the_unit_is_sound(tmp_path: Path) -> None:
    unit = write_unit(tmp_path)
    assert run(find("systemd-analyze", "systemd"), "verify", "--man=no", str(unit)) == ""


def test_the_unit_is_hardened(tmp_path: Path) -> None:
    unit = write_unit(tmp_path)
    said = run(find("systemd-analyze", "systemd"), "security", "--offline=true", str(unit))
    [exposure] = re.findall(r"Overall exposure level for moderation.service: ([\d.]+)", said)
    assert float(exposure) < EXPOSURE


def write_unit(folder: Path) -> Path:
    """Write the unit as if this folder were the one where the service is put."""
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/gunicorn").symlink_to(SCRIPTS / "gunicorn")
    text = (ROOT / "deploy/systemd/moderation.service").read_text(encoding="utf-8")
    unit = folder / "moderation.service"
    unit.write_text(text.replace("/opt/moderation", str(folder)), encoding="utf-8")
    return unit


def test_the_dockerfile_installs_nothing_without_a_hash_and_copies_what_is_there() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    installs = [line for line in dockerfile.splitlines() if "pip install" in line]
    assert installs
    assert all("--require-hashes --only-binary :all:" in line for line in installs)
    [default] = re.findall(r"^ARG REQUIREMENTS=(\S+)$", dockerfile, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    assert f"\n!locks/{default}\n" in ignored
