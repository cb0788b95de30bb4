"""The OpenAPI document: valid, complete, and what is really served."""

import importlib.util
import re
from typing import Any

import pytest
from flask import Flask

from service.moderation import Moderator

PAGES = ("pages.", "static", "api.openapi_json", "metrics.")
"""How the endpoints begin that are not for programs that ask about comments."""
GOOGLE = {"/batch", "/$discovery/rest"}
"""What Google's clients know of themselves."""


@pytest.fixture(scope="module")
def document(app: Flask) -> Any:  # noqa: ANN401 - JSON
    """Return the document as it is served."""
    response = app.test_client().get("/openapi.json")
    assert response.content_type == "application/json"
    return response.json


@pytest.mark.skipif(
    importlib.util.find_spec("openapi_spec_validator") is None, reason="the validator is missing"
)
def test_the_document_is_valid(document: Any) -> None:  # noqa: ANN401 - JSON
    # Not at the top: the module may be missing.
    importlib.import_module("openapi_spec_validator").validate(document)


def test_every_address_of_the_api_is_in_the_document_and_no_other(
    document: Any,  # noqa: ANN401 - JSON
    app: Flask,
) -> None:
    served = {
        (rule.rule, method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule not in GOOGLE and not rule.endpoint.startswith(PAGES)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = {(path, method) for path, item in document["paths"].items() for method in item}
    assert documented == served


def test_every_operation_has_a_name_of_its_own_and_tells_its_answers(
    document: Any,  # noqa: ANN401 - JSON
) -> None:
    operations = [each for item in document["paths"].values() for each in item.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    for each in operations:
        assert each["summary"]
        for status, response in each["responses"].items():
            if status == "204":
                assert "content" not in response
                continue
            ours = status not in {"200", "default"}
            media_type = "application/problem+json" if ours else "application/json"
            assert list(response["content"]) == [media_type]


def test_every_reference_leads_somewhere_and_every_schema_is_used(
    document: Any,  # noqa: ANN401 - JSON
    app: Flask,
) -> None:
    text = app.test_client().get("/openapi.json").text
    used = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert used == set(document["components"]["schemas"])


def test_a_request_can_only_name_a_loaded_policy(
    document: Any,  # noqa: ANN401 - JSON
    moderator: Moderator,
) -> None:
    names = sorted(moderator.policies)
    schemas = document["components"]["schemas"]
    (parameter,) = document["paths"]["/v1/policy"]["get"]["parameters"]
    assert schemas["ModerateRequest"]["properties"]["policy"]["enum"] == names
    assert schemas["ModerateForm"]["properties"]["policy"]["enum"] == ["", *names]
    assert parameter["schema"]["enum"] == names


def test_a_form_and_json_have_the_same_fields(document: Any) -> None:  # noqa: ANN401 - JSON
    schemas = document["components"]["schemas"]
    form, body = schemas["ModerateForm"], schemas["ModerateRequest"]
    assert list(form["properties"]) == list(body["properties"])
    assert form["required"] == body["required"] == ["comment"]
    assert form["additionalProperties"] is body["additionalProperties"] is False
