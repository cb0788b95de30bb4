"""Settings: environment variables that mean something, or a sentence that names the variable."""

from pathlib import Path

import pytest

from service.policy import POLICY_FOLDER
from service.settings import ARTEFACTS, Settings, SettingsError, load_settings

DIGEST = "0123456789abcdef" * 4


def test_without_variables_what_is_shipped_is_served() -> None:
    assert load_settings({"PATH": "/bin", "XMODERATION_X": "1"}) == Settings(
        ARTEFACTS, POLICY_FOLDER, max_body_bytes=1_048_576, max_batch_bytes=16_777_216
    )


def test_every_setting_has_a_variable() -> None:
    environment = {
        "MODERATION_ARTEFACTS": "/models",
        "MODERATION_POLICIES": "/policies",
        "MODERATION_MAX_BODY_BYTES": "10",
        "MODERATION_MAX_BATCH_BYTES": "20",
        "MODERATION_UNSUPPORTED_LANGUAGE": "error",
        "MODERATION_PERSPECTIVE_KEYS": f"{DIGEST.upper()}, {'1' * 64}",
        "MODERATION_PERSPECTIVE_QUOTA": "30",
        "MODERATION_FEEDBACK": "feedback.sqlite3",
        "MODERATION_CORAL_SECRETS": "ssec_a,ssec_b",
        "MODERATION_ORIGINS": "https://www.example.org, http://localhost:5000",
    }
    assert load_settings(environment) == Settings(
        artefacts=Path("/models"),
        policies=Path("/policies"),
        max_body_bytes=10,
        max_batch_bytes=20,
        unsupported_language="error",
        perspective_keys=(DIGEST, "1" * 64),
        perspective_quota=30,
        feedback="feedback.sqlite3",
        coral_secrets=("ssec_a", "ssec_b"),
        origins=("https://www.example.org", "http://localhost:5000"),
    )
    assert len(environment) == len(Settings.__struct_fields__)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MODERATION_MAX_LENGTH", "1", r"^MODERATION_MAX_LENGTH is not a setting; these are: MOD"),
        ("MODERATION_", "1", r"^MODERATION_ is not a setting"),
        ("MODERATION_MAX_BODY_BYTES", "0", r"^MODERATION_MAX_BODY_BYTES must be a whole number"),
        ("MODERATION_MAX_BODY_BYTES", "", r"^MODERATION_MAX_BODY_BYTES must be a whole number"),
        ("MODERATION_MAX_BODY_BYTES", "-1", r"^MODERATION_MAX_BODY_BYTES must be a whole number"),
        ("MODERATION_MAX_BODY_BYTES", "1.5", r"^MODERATION_MAX_BODY_BYTES must be a whole number"),
        (
            "MODERATION_MAX_BATCH_BYTES",
            "020",
            r"^MODERATION_MAX_BATCH_BYTES must be a whole number",
        ),
        ("MODERATION_MAX_BATCH_BYTES", "9" * 5000, r"^MODERATION_MAX_BATCH_BYTES must be a whole "),
        (
            "MODERATION_UNSUPPORTED_LANGUAGE",
            "Flag",
            r"^MODERATION_UNSUPPORTED_LANGUAGE must be one ",
        ),
        ("MODERATION_PERSPECTIVE_KEYS", "secret", r"^MODERATION_PERSPECTIVE_KEYS must be SHA-256 "),
        (
            "MODERATION_PERSPECTIVE_KEYS",
            f"{'0' * 64},",
            r"^MODERATION_PERSPECTIVE_KEYS must be one ",
        ),
        ("MODERATION_PERSPECTIVE_QUOTA", "0", r"^MODERATION_PERSPECTIVE_QUOTA must be a whole num"),
        ("MODERATION_FEEDBACK", "", r"^MODERATION_FEEDBACK must be the path of a file or a data"),
        ("MODERATION_CORAL_SECRETS", ",", r"^MODERATION_CORAL_SECRETS must be one or several, wit"),
        ("MODERATION_MAX_BATCH_BYTES", "1M", r"^MODERATION_MAX_BATCH_BYTES must be a whole number"),
        ("MODERATION_MAX_BATCH_BYTES", "٣", r"^MODERATION_MAX_BATCH_BYTES must be a whole number"),
    ],
)
def test_a_variable_that_has_no_meaning_is_refused_by_name(
    name: str, value: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings({name: value})


def test_the_settings_are_listed_when_one_is_unknown() -> None:
    with pytest.raises(SettingsError, match="MODERATION_ARTEFACTS, MODERATION_POLICIES, MODERATIO"):
        load_settings({"MODERATION_COLOUR": "red"})


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
    with pytest.raises(SettingsError, match=r"^MODERATION_ORIGINS must be origins as browsers "):
        load_settings({"MODERATION_ORIGINS": value})
