"""Alerts and dashboard: sound, tried, and about metrics that there are."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from scraping import parse_metrics
from serving import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
ALERTS = PROMETHEUS / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboard.json"

_NAME = re.compile(r"\bmoderation[_:][a-z0-9_:]+")


def run_promtool(*arguments: str) -> None:
    """Run promtool, which must be there in CI."""
    program = shutil.which("promtool")
    if program is None:
        reason = "promtool is not there: Debian's package prometheus has it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def find_names(text: str) -> set[str]:
    """Return the names of metrics in expressions, without those that rules record."""
    names = set(_NAME.findall(text))
    return {re.sub("_(bucket|sum|count)$", "", name) for name in names if ":" not in name}


def list_expressions(panel: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the expressions of a dashboard or a part of it."""
    if isinstance(panel, dict):
        for name, value in panel.items():
            if name == "expr":
                yield value
            yield from list_expressions(value)
    elif isinstance(panel, list):
        for each in panel:
            yield from list_expressions(each)


@pytest.fixture(scope="module")
def dashboard() -> Any:  # noqa: ANN401 - JSON
    """Return the dashboard."""
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def test_the_configuration_is_valid() -> None:
    run_promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))
    run_promtool("check", "rules", "--lint=all", "--lint-fatal", str(ALERTS))


def test_alerts_fire_when_they_should_and_not_else() -> None:
    run_promtool("test", "rules", str(PROMETHEUS / "alerts.test.yml"))


def test_every_alert_says_what_to_do_and_is_tried() -> None:
    text = ALERTS.read_text(encoding="utf-8")
    alerts = re.findall(r"- alert: (\w+)\n(.*?)(?=\n      - |\n\n|\Z)", text, re.DOTALL)
    assert len(alerts) >= 10
    tried = (PROMETHEUS / "alerts.test.yml").read_text(encoding="utf-8")
    for name, rule in alerts:
        assert re.search(r"severity: (page|ticket)\n", rule), name
        assert all(f"\n          {each}:" in rule for each in ("summary", "description", "runbook"))
        assert name in tried


def test_the_dashboard_has_sound_expressions(dashboard: Any, tmp_path: Path) -> None:  # noqa: ANN401
    expressions = list(list_expressions(dashboard))
    assert len(expressions) > 20
    rules = [
        {
            "record": f"panel:number:{number}",
            "expr": expression.replace("$__rate_interval", "1m").replace("$__range", "6h"),
        }
        for number, expression in enumerate(expressions)
    ]
    path = tmp_path / "rules.yml"
    # JSON is YAML.
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    run_promtool("check", "rules", str(path))


def test_panels_have_titles_and_places_of_their_own(dashboard: Any) -> None:  # noqa: ANN401
    panels = dashboard["panels"]
    for name in ("id", "title"):
        assert len({panel[name] for panel in panels}) == len(panels)
    taken = set[tuple[int, int]]()
    for place in (panel["gridPos"] for panel in panels):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not taken & cells
        taken |= cells


def test_every_metric_that_is_asked_for_is_served_and_the_other_way_round(
    client: FlaskClient,
    dashboard: Any,  # noqa: ANN401
) -> None:
    text = client.get("/metrics").text
    assert parse_metrics(text)
    served = {name for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE)}
    served = {name for name in served if not name.endswith("_created")}
    expressions = "\n".join(list_expressions(dashboard))
    asked = find_names(expressions) | find_names(ALERTS.read_text(encoding="utf-8"))
    assert asked == served


def test_every_recorded_share_is_one_that_a_rule_records(dashboard: Any) -> None:  # noqa: ANN401
    alerts = ALERTS.read_text(encoding="utf-8")
    recorded = set(re.findall(r"record: (\S+)", alerts))
    asked = {
        name
        for expression in list_expressions(dashboard)
        for name in re.findall(r"moderation:[a-z_]+:\d\w", expression)
    }
    assert asked == recorded


def test_the_operator_is_told_what_to_do_about_each_alert() -> None:
    alerts = re.findall(r"- alert: (\w+)", ALERTS.read_text(encoding="utf-8"))
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(Moderation\w+)`", operations, re.MULTILINE)) == sorted(alerts)
