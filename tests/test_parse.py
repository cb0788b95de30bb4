"""Parsing: any bytes are a comment or a problem, and a problem repeats nothing that was sent."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from service.moderation import Comment
from service.parse import parse_form_comment, parse_json_batch, parse_json_comment
from service.problems import ProblemError
from service.wire import FieldError, Problem

# Surrogates are rare among all characters; JSON may escape lone ones.
TEXTS = st.text(st.characters() | st.sampled_from("\ud83d\ude00\x00\r\n`"))
KEYS = TEXTS | st.sampled_from(["comment", "id", "language", "policy", "explain", "comments"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
TAGS = st.from_regex(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,2}", fullmatch=True)
MISSING = [FieldError("", "Object missing required field `comment`.")]
UNKNOWN = FieldError("", "Object contains unknown field.")
TAG = r"Expected `str` matching regex '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,8}$(?!\\n)'."


def refuse(body: object, *, batch: bool = False) -> Problem:
    """Return the problem that a body of JSON is answered with."""
    parse = parse_json_batch if batch else parse_json_comment
    with pytest.raises(ProblemError, match=r"^invalid_field$") as caught:
        parse(json.dumps(body).encode())
    return caught.value.problem


def invalid(*errors: FieldError) -> Problem:
    """Return the problem of wrong fields."""
    return Problem(
        title="Unprocessable Entity",
        status=422,
        code="invalid_field",
        detail="A field is missing, unknown or of the wrong kind.",
        errors=list(errors),
    )


def test_a_body_is_a_comment_with_its_defaults() -> None:
    assert parse_json_comment(b'{"comment": "Thank you."}') == Comment("Thank you.")


def test_a_body_with_every_field_is_a_comment() -> None:
    body = {"comment": "a", "id": "c-1", "language": "en-GB", "policy": "p", "explain": True}
    comment = Comment("a", id="c-1", language="en-GB", policy="p", explain=True)
    assert parse_json_comment(json.dumps(body).encode()) == comment
    assert parse_json_batch(json.dumps({"comments": [body, body]}).encode()) == [comment] * 2


def test_a_text_keeps_a_lone_surrogate_for_counting_and_an_id_does_not_for_echoing() -> None:
    body = b'{"comment": "a\\ud83d", "id": "\\ude00"}'
    assert parse_json_comment(body) == Comment("a\ud83d", id="\ufffd")


@given(text=TEXTS, name=st.none() | TEXTS.filter(lambda text: len(text) <= 200))
def test_any_text_arrives_as_it_was_sent(text: str, name: str | None) -> None:
    for ascii_only in (True, False):
        try:
            body = json.dumps({"comment": text, "id": name}, ensure_ascii=ascii_only).encode()
        except UnicodeEncodeError:
            continue
        parsed = parse_json_comment(body)
        # A pair that was escaped as two is one character.
        assert parsed.text.encode("utf-16", "surrogatepass") == text.encode(
            "utf-16", "surrogatepass"
        )
        assert (parsed.id is None) == (name is None)


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (b"", "invalid_json", "The body is not JSON: see line 1, column 1."),
        (b" \n", "invalid_json", "The body is not JSON: see line 2, column 1."),
        (b"{", "invalid_json", "The body is not JSON: see line 1, column 2."),
        (b'{"comment": "a"', "invalid_json", "The body is not JSON: see line 1, column 16."),
        (b'{"comment": "a"} x', "invalid_json", "The body is not JSON: see line 1, column 18."),
        (b'{"comment": "a",}', "invalid_json", "The body is not JSON: see line 1, column 17."),
        (b"{'comment': 'a'}", "invalid_json", "The body is not JSON: see line 1, column 2."),
        (b'{"comment": "a\nb"}', "invalid_json", "The body is not JSON: see line 1, column 15."),
        (b'{"comment": "a\x00b"}', "invalid_json", "The body is not JSON: see line 1, column 15."),
        (b"comment=a", "invalid_json", "The body is not JSON: see line 1, column 1."),
        (
            b'\xef\xbb\xbf{"comment": "a"}',
            "invalid_json",
            "The body is not JSON: see line 1, column 1.",
        ),
        (b"NaN", "invalid_json", "The body is not JSON that this service reads."),
        (
            b'{"comment": -Infinity}',
            "invalid_json",
            "The body is not JSON that this service reads.",
        ),
        (b'{"comment": "\xe4"}', "invalid_encoding", "The body is not UTF-8: see byte 13."),
        (b'{"comment": "\xed\xa0\x80"}', "invalid_encoding", "The body is not UTF-8: see byte 13."),
        (
            '{"comment": "a"}'.encode("utf-16"),
            "invalid_encoding",
            "The body is not UTF-8: see byte 0.",
        ),
        (
            '{"comment": "a"}'.encode("utf-16-le"),
            "invalid_json",
            "The body is not JSON: see line 1, column 2.",
        ),
    ],
)
def test_what_is_not_json_in_utf8_is_refused_by_its_place(
    body: bytes, code: str, detail: str
) -> None:
    with pytest.raises(ProblemError, match=f"^{code}$") as caught:
        parse_json_comment(body)
    assert caught.value.problem == Problem("Bad Request", 400, code, detail)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (None, [FieldError("", "Expected `object`, got `null`.")]),
        ([], [FieldError("", "Expected `object`, got `array`.")]),
        ("a", [FieldError("", "Expected `object`, got `str`.")]),
        ({}, MISSING),
        ({"id": "a"}, MISSING),
        ({"comment": None}, [FieldError("/comment", "Expected `str`, got `null`.")]),
        ({"comment": 10**400}, [FieldError("/comment", "Number out of range.")]),
        ({"comment": ["a"]}, [FieldError("/comment", "Expected `str`, got `array`.")]),
        ({"comment": "a", "id": 5}, [FieldError("/id", "Expected `str | null`, got `int`.")]),
        (
            {"comment": "a", "id": "a" * 201},
            [FieldError("/id", "Expected `str` of length <= 200.")],
        ),
        (
            {"comment": "a", "explain": "true"},
            [FieldError("/explain", "Expected `bool`, got `str`.")],
        ),
        (
            {"comment": "a", "explain": None},
            [FieldError("/explain", "Expected `bool`, got `null`.")],
        ),
        ({"comment": "a", "policy": None}, [FieldError("/policy", "Expected `str`, got `null`.")]),
        ({"comment": "a", "language": "english"}, [FieldError("/language", TAG)]),
        ({"comment": "a", "language": ""}, [FieldError("/language", TAG)]),
        ({"comment": "a", "language": "en\n"}, [FieldError("/language", TAG)]),
        ({"comment": "a", "language": "\ud800"}, [FieldError("/language", TAG)]),
        ({"comment": "\ud800", "id": 5}, [FieldError("/id", "Expected `str | null`, got `int`.")]),
    ],
)
def test_a_field_of_the_wrong_kind_is_named_by_a_pointer(
    body: object, errors: list[FieldError]
) -> None:
    assert refuse(body) == invalid(*errors)
    if isinstance(body, dict):
        batch = refuse({"comments": [{"comment": "a"}] * 3 + [body]}, batch=True)
        moved = [FieldError(f"/comments/3{error.pointer}", error.detail) for error in errors]
        assert batch == invalid(*moved)


@given(
    name=TEXTS.filter(lambda text: text not in Comment.__struct_fields__)
    | st.sampled_from(
        ["x` - at `$.x", "x` - at `$.comments[7].secret", "` - at `$", "x`\n", "\ud800", "Comment"]
    )
)
def test_the_name_of_an_unknown_field_is_never_repeated(name: str) -> None:
    assert refuse({"comment": "\ud800", name: 1}) == invalid(UNKNOWN)
    assert refuse({"comment": "a", name: 1}) == invalid(UNKNOWN)
    batch = {"comments": [{"comment": "a"}, {"comment": "a", name: 1}]}
    assert refuse(batch, batch=True) == invalid(FieldError("/comments/1", UNKNOWN.detail))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, FieldError("", "Object missing required field `comments`.")),
        ({"comment": "a"}, UNKNOWN),
        ({"comments": "a"}, FieldError("/comments", "Expected `array`, got `str`.")),
        ({"comments": [[]]}, FieldError("/comments/0", "Expected `object`, got `array`.")),
        (
            {"comments": [{"comment": "a"}] * 1001},
            FieldError("/comments", "Expected `array` of length <= 1000."),
        ),
        (
            {"comments": [{"comment": "a"}] * 12_345 + [1]},
            FieldError("/comments/12345", "Expected `object`, got `int`."),
        ),
    ],
)
def test_a_batch_of_the_wrong_kind_is_named_by_a_pointer(body: object, error: FieldError) -> None:
    assert refuse(body, batch=True) == invalid(error)


@pytest.mark.parametrize("depth", [100, 100_000])
@pytest.mark.parametrize("head", [b"", b'{"comment": ', b'{"x": ', b'{"comment": "\\ud800", "x": '])
def test_nesting_of_any_depth_is_refused(depth: int, head: bytes) -> None:
    with pytest.raises(ProblemError, match=r"^invalid_"):
        parse_json_comment(head + b"[" * depth)
    with pytest.raises(ProblemError, match=r"^invalid_"):
        parse_json_comment(head + b"[" * depth + b"]" * depth + b"}" * bool(head))


@given(body=st.binary() | VALUES.map(json.dumps).map(str.encode))
def test_any_body_is_a_comment_or_a_problem(body: bytes) -> None:
    for parse in (parse_json_comment, parse_json_batch):
        try:
            parse(body)
        except ProblemError as error:
            problem = error.problem
            assert problem.status in {400, 422}
            assert msgspec.json.decode(msgspec.json.encode(problem), type=Problem) == problem


@given(
    fields=st.fixed_dictionaries(
        {"comment": st.text()},
        optional={
            "id": st.text(min_size=1, max_size=200),
            "language": TAGS,
            "policy": st.text(min_size=1),
            "explain": st.sampled_from(["true", "false"]),
        },
    )
)
def test_a_form_means_what_json_means(fields: dict[str, Any]) -> None:
    body = fields | ({"explain": fields["explain"] == "true"} if "explain" in fields else {})
    assert parse_form_comment(MultiDict(fields)) == parse_json_comment(json.dumps(body).encode())


@pytest.mark.parametrize("empty", ["id", "language", "policy", "explain"])
def test_an_optional_field_left_empty_is_as_good_as_absent(empty: str) -> None:
    assert parse_form_comment(MultiDict({"comment": "a", empty: ""})) == Comment("a")


@pytest.mark.parametrize(
    ("value", "explain"),
    [(value, True) for value in ("on", "true", "True", "1")]
    + [(value, False) for value in ("off", "false", "False", "0")],
)
def test_a_checkbox_is_read_as_browsers_and_scripts_send_it(value: str, *, explain: bool) -> None:
    form = MultiDict({"comment": "a", "explain": value})
    assert parse_form_comment(form) == Comment("a", explain=explain)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ([], *MISSING),
        ([("comment", "a"), ("colour", "red")], UNKNOWN),
        ([("comment", "a"), ("colour", "")], UNKNOWN),
        ([("comment", "a"), ("comment", "b")], FieldError("/comment", "The field comes more than")),
        ([("comment", "a"), ("id", ""), ("id", "b")], FieldError("/id", "The field comes more th")),
        (
            [("comment", "a"), ("language", "english")],
            FieldError("/language", "Expected `str` mat"),
        ),
        ([("comment", "a"), ("explain", "yes")], FieldError("/explain", "Invalid enum value.")),
        ([("comment", "a"), ("explain", "secret")], FieldError("/explain", "Invalid enum value.")),
        ([("comment", "a"), ("id", "a" * 201)], FieldError("/id", "Expected `str` of length <= 2")),
    ],
)
def test_a_form_with_a_wrong_field_is_refused_by_its_name(
    fields: list[tuple[str, str]], error: FieldError
) -> None:
    with pytest.raises(ProblemError, match=r"^invalid_field$") as caught:
        parse_form_comment(MultiDict(fields))
    (found,) = caught.value.problem.errors
    assert found.pointer == error.pointer
    assert found.detail.startswith(error.detail)
    assert "secret" not in found.detail


def test_a_form_with_a_file_is_refused() -> None:
    with pytest.raises(ProblemError, match=r"^invalid_field$") as caught:
        parse_form_comment(MultiDict({"comment": "a"}), ["upload"])
    assert caught.value.problem == invalid(FieldError("", "A file is not a field of this form."))
