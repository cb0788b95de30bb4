"""What the tests of Perspective's clients send and expect, and how they run a client."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from serving import PATIENCE_S

ENVIRONMENTS = Path(sys.prefix) / "clients"
"""Where ``make test`` puts an environment for each client written in Python."""
CLIENTS = Path(__file__).with_name("clients")
"""With the drivers, and ``node_modules``."""

GOOGLE = "https://commentanalyzer.googleapis.com/"
DISCOVERY = "/$discovery/rest?version=v1alpha1"
BOTH = ("THREAT", "TOXICITY")
THREAT = "I will find you and kill you."
THANKS = "Thank you, this was a thoughtful and helpful answer."

SUGGESTION = {
    "comment": {"text": THANKS},
    "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0.5}}},
    "languages": ["en"],
    "communityId": "our-site",
    "clientToken": "c-1",
}
SUGGESTED = {"clientToken": "c-1", "detectedLanguages": ["en"], "requestedLanguages": ["en"]}

# Each: what is changed in a valid request, the message, the first detail without its type.
ERRORS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "empty": (
        {"comment": {"text": ""}},
        "Comment must be non-empty.",
        {"errorType": "COMMENT_EMPTY"},
    ),
    "too long": (
        {"comment": {"text": "a" * 23368}},
        "Comment text was too many bytes. Value (23368) exceeded limit (20480).",
        {"errorType": "COMMENT_TOO_LONG"},
    ),
    "no attributes": (
        {"requestedAttributes": {}},
        "Missing requested_attributes",
        {"errorType": "NO_REQUESTED_ATTRIBUTES"},
    ),
    "language": (
        {"languages": ["om"]},
        "Attribute THREAT does not support request languages: om",
        {
            "errorType": "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            "languageNotSupportedByAttributeError": {
                "attribute": "THREAT",
                "requestedLanguages": ["om"],
            },
        },
    ),
    "undetectable": (
        {"comment": {"text": "12345"}, "languages": []},
        "Unable to detect language",
        {"errorType": "LANGUAGE_DETECTION_FAILED"},
    ),
    "unknown attribute": (
        {"requestedAttributes": {"FLIRTATION": {}}},
        "Unknown requested attribute: FLIRTATION",
        {"errorType": "INVALID_REQUEST"},
    ),
    "score type": (
        {"requestedAttributes": {"THREAT": {"scoreType": "RAW"}}},
        "Requested score type RAW is not supported by attribute THREAT",
        {"errorType": "INVALID_REQUEST"},
    ),
    "HTML": (
        {"comment": {"text": THREAT, "type": "HTML"}},
        "Currently, only 'PLAIN_TEXT' comments are supported",
        {"errorType": "INVALID_REQUEST"},
    ),
    "both contexts": (
        {
            "context": {
                "entries": [{"text": "a"}],
                "articleAndParentComment": {"article": {"text": "b"}},
            }
        },
        (
            "Context can have either entries or article_and_parent_comment,"
            " but both fields were populated."
        ),
        {"errorType": "INVALID_REQUEST"},
    ),
}


def request_for(text: str, *attributes: str, **more: object) -> dict[str, Any]:
    """Return a request for the scores of a comment."""
    requested: dict[str, dict[str, str]] = {name: {} for name in attributes or ("THREAT",)}
    return {
        "comment": {"text": text},
        "requestedAttributes": requested,
        "languages": ["en"],
        **more,
    }


def scored(text: str, values: dict[str, float], **more: object) -> dict[str, Any]:
    """Return the document that says these scores of a comment."""
    end = len(text.encode("utf-16-le")) // 2
    scores = {name: {"value": value, "type": "PROBABILITY"} for name, value in values.items()}
    return {
        "attributeScores": {
            name: {
                "spanScores": [{"begin": 0, "end": end, "score": score}],
                "summaryScore": score,
            }
            for name, score in scores.items()
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
        **more,
    }


def values(document: dict[str, Any]) -> dict[str, float]:
    """Return the scores in a document by attribute."""
    scores = document["attributeScores"]
    return {name: scores[name]["summaryScore"]["value"] for name in scores}


def check_scores(threat: dict[str, Any], thanks: dict[str, Any]) -> None:
    """Check what a client returned for the two comments, asked for THREAT and TOXICITY."""
    for text, document in ((THREAT, threat), (THANKS, thanks)):
        assert document == scored(text, values(document))
    assert set(values(threat)) == set(values(thanks)) == {"THREAT", "TOXICITY"}
    assert min(values(threat).values()) > 0.9
    assert max(values(thanks).values()) < 0.2


def error_document(name: str) -> dict[str, Any]:
    """Return the error that a request of `ERRORS` is answered with."""
    _, message, detail = ERRORS[name]
    kind = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
    return {
        "error": {
            "code": 400,
            "message": message,
            "status": "INVALID_ARGUMENT",
            "details": [{"@type": kind, **detail}],
        }
    }


def run_python(client: str, base: str, *calls: object) -> list[dict[str, Any]]:
    """Make calls with a client from PyPI, in its own environment; return what came of each."""
    _need(ENVIRONMENTS / client / ".installed")
    return _run(ENVIRONMENTS / client / "bin" / "python", f"{client}_driver.py", base, calls)


def run_node(client: str, base: str, *calls: object) -> list[dict[str, Any]]:
    """Make calls with a client from npm; return what came of each."""
    node = Path(sys.executable).with_name("node")
    _need(node)
    _need(CLIENTS / "node_modules" / ".package-lock.json")
    return _run(node, f"{client.replace('-', '_')}_driver.mjs", base, calls)


def _need(path: Path) -> None:
    if not path.exists():
        reason = f"{path} is missing: make test installs it, over a network"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def _run(program: Path, driver: str, base: str, calls: tuple[object, ...]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [program, CLIENTS / driver, base],
        input=json.dumps(calls).encode(),
        stdout=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=True,
    )
    outcomes: list[dict[str, Any]] = json.loads(done.stdout)
    return outcomes
