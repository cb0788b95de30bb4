"""Settings: environment variables that mean something, or a sentence that names the variable."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.configuring import main, render_document
from service.keys import Key, digest_key
from service.policy import POLICY_FOLDER
from service.settings import ARTEFACTS, Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[1]
DIGEST = "0123456789abcdef" * 4
CANARY = "hunter2-5d0c"
EVERY = {
    "MODERATION_ARTEFACTS": "/models",
    "MODERATION_POLICIES": "/policies",
    "MODERATION_MAX_BODY_BYTES": "10",
    "MODERATION_MAX_BATCH_BYTES": "20",
    "MODERATION_UNSUPPORTED_LANGUAGE": "error",
    "MODERATION_KEYS": json.dumps(
        [
            {
                "name": "shop",
                "sha256": DIGEST.upper(),
                "policies": ["strict"],
                "rate": "600/minute",
            },
            {"name": "shop", "sha256": "1" * 64},
        ]
    ),
    "MODERATION_ORIGINS": "https://www.example.org, http://localhost:5000",
    "MODERATION_ORIGIN_RATE": "100000/day",
    "MODERATION_ADDRESS_RATE": "10/second",
    "MODERATION_REDIS": f"redis://:{CANARY}@localhost/1",
    "MODERATION_PROXIES": "192.0.2.1,10.0.0.0/8, 2001:db8::/32,unix",
    "MODERATION_FEEDBACK": f"postgresql://moderation:{CANARY}@localhost/feedback",
    "MODERATION_CORAL_SECRETS": f"{CANARY},ssec_b",
    "MODERATION_METRICS": "false",
    "MODERATION_LOG_FORMAT": "text",
    "MODERATION_LOG_LEVEL": "warning",
    "MODERATION_MAX_WAITING": "7",
    "MODERATION_SHADOW_MODEL": "/candidate",
    "MODERATION_SHADOW_POLICY": "/candidate.toml",
    "MODERATION_SHADOW_LOG_SHARE": "0.5",
}


def refuse(environment: Mapping[str, str]) -> list[str]:
    """Check that variables are refused; return a line for each."""
    with pytest.raises(SettingsError, match=r"(?i)^(MODERATION_\w*\S*: .+\n?)+$") as raised:
        load_settings(environment)
    return str(raised.value).splitlines()


def test_without_variables_what_is_shipped_is_served() -> None:
    settings = load_settings({"PATH": "/bin", "XMODERATION_X": "1"})
    assert settings == Settings()
    assert (settings.artefacts, settings.policies) == (ARTEFACTS, POLICY_FOLDER)


def test_every_setting_has_a_variable() -> None:
    assert load_settings(EVERY) == Settings(
        artefacts=Path("/models"),
        policies=Path("/policies"),
        max_body_bytes=10,
        max_batch_bytes=20,
        unsupported_language="error",
        keys=(
            Key(name="shop", sha256=DIGEST, policies=("strict",), rate="600/minute"),
            Key(name="shop", sha256="1" * 64),
        ),
        origins=("https://www.example.org", "http://localhost:5000"),
        origin_rate="100000/day",
        address_rate="10/second",
        redis=f"redis://:{CANARY}@localhost/1",
        proxies=("192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "unix"),
        feedback=f"postgresql://moderation:{CANARY}@localhost/feedback",
        coral_secrets=(CANARY, "ssec_b"),
        metrics=False,
        log_format="text",
        log_level="warning",
        max_waiting=7,
        shadow_model=Path("/candidate"),
        shadow_policy=Path("/candidate.toml"),
        shadow_log_share=0.5,
    )
    assert len(EVERY) == len(Settings.model_fields)


def test_the_shadow_has_short_names_too() -> None:
    settings = load_settings({"SHADOW_MODEL": "/a", "SHADOW_POLICY": "/b"})
    assert settings == Settings(shadow_model=Path("/a"), shadow_policy=Path("/b"))


def test_settings_made_of_keywords_read_no_environment() -> None:
    code = "from service.settings import Settings; print(Settings().max_waiting)"
    made = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"MODERATION_MAX_WAITING": "9999"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert made.stdout == f"{Settings().max_waiting}\n"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().max_waiting = 1


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MODERATION_MAX_LENGTH", "1", "there is no such setting"),
        ("MODERATION_", "1", "there is no such setting"),
        ("moderation_max_length", "1", "there is no such setting"),
        ("MODERATION_MAX_BODY_BYTES", "0", "Input should be greater than 0"),
        ("MODERATION_MAX_BODY_BYTES", "", "is empty; leave it out for the default"),
        ("MODERATION_MAX_BODY_BYTES", "-1", "Input should be greater than 0"),
        ("MODERATION_MAX_BODY_BYTES", "1.5", "Input should be a valid integer"),
        ("MODERATION_MAX_BATCH_BYTES", "9" * 5000, "Unable to parse input string as an integer"),
        ("MODERATION_MAX_BATCH_BYTES", "1M", "Input should be a valid integer"),
        ("MODERATION_UNSUPPORTED_LANGUAGE", "Flag", "Input should be 'flag' or 'error'"),
        ("MODERATION_ARTEFACTS", "", "is empty; leave it out for the default"),
        ("MODERATION_FEEDBACK", "", "is empty; leave it out for the default"),
        ("MODERATION_CORAL_SECRETS", ",", "must be one or several, with commas between"),
        ("MODERATION_METRICS", "maybe", "Input should be a valid boolean"),
        ("MODERATION_LOG_LEVEL", "loud", "Input should be 'debug', 'info', 'warning' or 'error'"),
        ("MODERATION_SHADOW_LOG_SHARE", "1.1", "Input should be less than or equal to 1"),
        ("MODERATION_SHADOW_LOG_SHARE", "nan", "Input should be "),
        (
            "MODERATION_REDIS",
            "http://localhost",
            "must begin with redis://, rediss:// or redis+unix",
        ),
        ("MODERATION_REDIS", "redis://localhost:port", "must be a URL of Redis that can be read"),
        (
            "MODERATION_ADDRESS_RATE",
            "600 per minute",
            "must be a whole number over 0, a slash, and",
        ),
        ("MODERATION_ADDRESS_RATE", "0/minute", "must be a whole number over 0, a slash, and"),
        ("MODERATION_ORIGIN_RATE", "600/month", "must be a whole number over 0, a slash, and"),
        ("MODERATION_PROXIES", "10.0.0.1/8", "must be addresses and ranges"),
        ("MODERATION_PROXIES", "localhost", "must be addresses and ranges"),
        ("MODERATION_PROXIES", "10.0.0.1,,unix", "must be one or several, with commas between"),
    ],
)
def test_a_variable_that_has_no_meaning_is_refused_by_name(
    name: str, value: str, reason: str
) -> None:
    [line] = refuse({name: value})
    assert line.startswith(f"{name}: {reason}")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("[", ": EOF while parsing"),
        ("{}", ": Input should be a valid tuple"),
        ('[{"name": "a"}]', "[0][sha256]: Field required"),
        (f'[{{"name": "a", "sha256": "{"0" * 63}"}}]', "[0][sha256]: must be 64 hexadecimal"),
        (f'[{{"name": "a", "sha256": "{CANARY}"}}]', "[0][sha256]: must be 64 hexadecimal"),
        (f'[{{"name": "a b", "sha256": "{DIGEST}"}}]', "[0][name]: must be 1 to 64 of A-Z"),
        (f'[{{"name": "a", "sha256": "{DIGEST}", "rate": "6"}}]', "[0][rate]: must be a whole"),
        (f'[{{"name": "a", "sha256": "{DIGEST}", "policies": "x"}}]', "[0][policies]: Input sho"),
        (f'[{{"name": "a", "sha256": "{DIGEST}", "{CANARY}": 1}}]', "[0]: Extra inputs are not"),
    ],
)
def test_keys_that_have_no_meaning_are_refused_by_place(value: str, reason: str) -> None:
    [line] = refuse({"MODERATION_KEYS": value})
    assert line.startswith(f"MODERATION_KEYS{reason}")


def test_all_faults_are_named_at_once_and_no_value() -> None:
    secrets = {
        "MODERATION_KEYS": f'[{{"name": "{CANARY} ", "sha256": "{CANARY}", "rate": "{CANARY}"}}]',
        "MODERATION_REDIS": CANARY,
        "MODERATION_COLOUR": CANARY,
        "MODERATION_MAX_WAITING": CANARY,
        "MODERATION_LOG_FORMAT": CANARY,
    }
    lines = refuse(secrets)
    assert [line.split(":")[0] for line in lines] == [
        "MODERATION_COLOUR",
        "MODERATION_KEYS[0][name]",
        "MODERATION_KEYS[0][sha256]",
        "MODERATION_KEYS[0][rate]",
        "MODERATION_REDIS",
        "MODERATION_LOG_FORMAT",
        "MODERATION_MAX_WAITING",
    ]
    assert CANARY not in "".join(lines)


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "http://127.0.0.1:8000",
        "https://[2001:db8::1]:8443",
        "https://xn--bcher-kva.example",
        "capacitor://localhost",
        "http://www.example.org:443",
    ],
)
def test_an_origin_is_taken_as_browsers_name_it(value: str) -> None:
    assert load_settings({"MODERATION_ORIGINS": value}).origins == (value,)


@pytest.mark.parametrize(
    "value",
    [
        "www.example.org",
        "https://www.example.org/",
        "https://www.example.org/comments",
        "https://WWW.example.org",
        "https://b\u00fccher.example",
        "https://www.example.org:443",
        "http://www.example.org:80",
        "https://www.example.org:65536",
        "https://www.example.org:",
        "https://user@www.example.org",
        "https://*.example.org",
        "https://www.exa\nmple.org",
        "https://",
        "null",
        "*, https://www.example.org",
    ],
)
def test_an_origin_that_no_browser_would_name_is_refused(value: str) -> None:
    [line] = refuse({"MODERATION_ORIGINS": value})
    assert line.startswith("MODERATION_ORIGINS: must be origins as browsers ")


def test_what_holds_is_shown_and_no_secret(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main([], EVERY) == 0
    shown = capsysbinary.readouterr().out.decode()
    assert "MODERATION_MAX_WAITING = 7  (set)\n" in shown
    assert "MODERATION_KEYS = shop (hidden), shop (hidden)  (set)\n" in shown
    assert "MODERATION_REDIS = (hidden)  (set)\n" in shown
    assert "MODERATION_CORAL_SECRETS = (hidden)  (set)\n" in shown
    for secret in (CANARY, DIGEST, "ssec_b"):
        assert secret not in shown + repr(load_settings(EVERY))


def test_what_is_not_set_is_shown_as_the_default(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    assert main(["show"], {"SHADOW_MODEL": "/a"}) == 0
    lines = capsysbinary.readouterr().out.decode().splitlines()
    assert len(lines) == len(Settings.model_fields)
    assert [line for line in lines if line.endswith("(set)")] == [
        "MODERATION_SHADOW_MODEL = /a  (set)"
    ]
    assert "MODERATION_REDIS = none  (default)" in lines
    assert "MODERATION_ARTEFACTS = model/artefacts  (default)" in lines


def test_settings_that_have_no_meaning_cannot_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {"MODERATION_A": "1", "MODERATION_B": "1"}) == 1
    assert capsys.readouterr().err.startswith("not done: MODERATION_A: there is no such setting (")


def test_a_key_that_is_made_is_the_one_whose_entry_is_printed(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    made = []
    for _ in range(2):
        assert main(["key", "shop"], {}) == 0
        sent, entry = capsysbinary.readouterr().out.decode().splitlines()
        [key] = load_settings({"MODERATION_KEYS": f"[{entry}]"}).keys
        assert key == Key(name="shop", sha256=digest_key(sent))
        made.append(sent)
    assert made[0] != made[1]
    assert len(made[0]) >= 43


def test_a_key_needs_a_name_that_can_be_configured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "a b"], {}) == 1
    assert capsys.readouterr().err == "not done: a name is 1 to 64 of A-Z a-z 0-9 . _ -\n"


def test_the_page_has_the_table_of_the_settings(tmp_path: Path) -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert page == render_document(page)
    copy = tmp_path / "page.md"
    copy.write_text(page.replace("| `MODERATION_KEYS`", "| `MODERATION_KEY`"), encoding="utf-8")
    assert main(["document", str(copy)], {}) == 0
    assert copy.read_text(encoding="utf-8") == page


def test_the_program_is_started_by_the_name_of_the_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "service.settings"],
        cwd=ROOT,
        env={"MODERATION_MAX_WAITING": "5"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "MODERATION_MAX_WAITING = 5  (set)\n" in done.stdout
