"""The moderator's view as the server sends it, to a browser without JavaScript."""

import json
import logging
import re
from html.parser import HTMLParser

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from stubs import BrokenScorer, StubScorer
from werkzeug.test import TestResponse

from model import ATTRIBUTES
from service.app import create_app
from service.loading import load_moderator
from service.moderation import Moderator
from service.pages.headers import SECURITY_HEADERS
from service.policy import Bands, Line, Links, Policy, Recalibration, Review, Words
from service.settings import Settings

POINTS = "/inspect/operating-points"
HOSTILE = (
    "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}</b> idiot"
)
CANARY = "canary-5e0b idiot"
LONG = (
    "The council has had years to mend this road, and all it does is waste what we pay."
    " I am sick of it, and you people defend them like fools, every single time.\n"
)
BLOCKS = frozenset({"p", "li", "td", "th", "dt", "dd", "h2", "h3", "summary", "span", "div"})
ASSETS = ("page.css", "inspect.css", "inspect.js", "operating.js", "icon.svg")


class View(HTMLParser):
    """What stands in the page: the result's text, its bars and tags, and the fields."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title = self.comment = self.result = ""
        self._within = ""
        self.feed(response.text)
        self.result = re.sub(r"\s+", " ", self.result)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag; the result is the last part of the page."""
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag in BLOCKS:
            self.result += " "
        if attributes.get("id") == "inspection":
            self._within = "result"
        elif tag in {"title", "textarea"}:
            self._within = {"textarea": "comment"}.get(tag, tag)

    def handle_endtag(self, tag: str) -> None:
        """Forget a part that ends."""
        if tag in {"title", "textarea"}:
            self._within = ""

    def handle_data(self, data: str) -> None:
        """Keep the text of the parts that tests look at."""
        if self._within:
            setattr(self, self._within, getattr(self, self._within) + data)

    def find(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """Return the attributes of each such tag."""
        return [
            attributes
            for name, attributes in self.tags
            if name == tag and wanted.items() <= attributes.items()
        ]


def inspect(client: FlaskClient, comment: str, **fields: str) -> View:
    """Send the form, and read the answer."""
    response = client.post("/inspect", data={"comment": comment, **fields})
    assert response.status_code == 200
    return View(response)


@pytest.fixture(scope="module")
def served() -> FlaskClient:
    """Return a client of the service as shipped."""
    settings = Settings()
    return create_app(load_moderator(settings), settings).test_client()


@pytest.fixture(scope="module")
def site(policy: Policy) -> FlaskClient:
    """Return a client of a site with lists, links, a second policy and scores of its own."""
    words = Words(banned=("grumpy*",), suspect=("<b>bold</b>",))
    strict = msgspec.structs.replace(policy, words=words, links=Links(0))
    moved = Recalibration("en-stub", 400, 40, 0.1, insult=Line(0.0, -9.0))
    mild = msgspec.structs.replace(policy, name="mild", max_length=30, recalibration=moved)
    moderator = Moderator({"en": StubScorer()}, {"default": strict, "mild": mild})
    return create_app(moderator, Settings()).test_client()


def test_the_form_is_empty_and_offers_every_policy(served: FlaskClient) -> None:
    response = served.get("/inspect")
    view = View(response)
    assert response.status_code == 200
    assert view.comment.strip() == view.result.strip() == ""
    assert len(view.find("option")) == 3
    for field in ("comment", "policy", "language"):
        assert view.find("label", **{"for": field})


def test_a_text_in_the_address_is_ignored(served: FlaskClient) -> None:
    response = served.get("/inspect", query_string={"comment": CANARY, "policy": CANARY})
    assert "canary" not in response.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_page_may_do_nothing_that_it_does_not_need_and_is_not_stored(
    served: FlaskClient, method: str
) -> None:
    response = served.open("/inspect", method=method, data={"comment": HOSTILE})
    for name, value in SECURITY_HEADERS.items():
        assert value in response.headers.getlist(name)
    assert response.headers["Cache-Control"] == "no-store"
    view = View(response)
    names = {name for _, attributes in view.tags for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    assert [script["src"] for script in view.find("script")] == ["/static/inspect.js"]


def test_the_decision_stands_first_with_every_rule_that_fired(client: FlaskClient) -> None:
    view = inspect(client, "You silly idiot, so grumpy.")
    assert view.title == "Reject: Inspect a comment"
    assert view.result.startswith(
        " Reject: it is not published insult: its score 0.95 reaches the reject threshold 0.9."
        " This decided. toxic toxicity: its score 0.6 reaches the flag threshold 0.5."
        " Alone it would flag the comment. toxic Length 27 of 1,500"
    )
    for told in ("en (told from the text)", "en-stub", "default, version"):
        assert told in view.result
    assert view.find("section", **{"data-kind": "reject"})


def test_terms_and_links_are_told_with_what_they_found(site: FlaskClient) -> None:
    view = inspect(site, "😀 Gru\u200bmpy <b>bold</b> example.com")
    assert "banned term grumpy*, found as GruU+200Bmpy. This decided. banned_term" in view.result
    assert "suspect term <b>bold</b>, found as " in view.result
    assert len(view.find("mark")) == 2
    assert "1 link, and 0 at most. Alone it would flag the comment. too_many_links" in view.result


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("a" * 1501, ("too long: 1,501 characters, and 1,500 at most", "not looked at")),
        (" \u200b", ("empty: there is nothing in it to read", "U+200B")),
        ("Это хороший отчёт.", ("language und-Cyrl: no model reads it", "Это хороший отчёт.")),
    ],
)
def test_a_comment_that_is_not_scored_is_shown_with_what_is_known(
    served: FlaskClient, comment: str, told: tuple[str, ...]
) -> None:
    view = inspect(served, comment)
    for each in (*told, "none: it was not scored"):
        assert each in view.result
    assert not view.find("svg")
    assert "Scores" not in view.result
    # Under the others nothing else is decided.
    assert len(view.find("button", name="under")) == 2


def test_each_attribute_has_a_bar_with_its_thresholds_and_the_leading_one_is_open(
    client: FlaskClient,
) -> None:
    view = inspect(client, "You silly thing.")
    assert len(view.find("svg")) == len(ATTRIBUTES)
    assert [found["width"] for found in view.find("rect", **{"class": "fill"})] == [
        "1.00%",
        "1.00%",
        "1.00%",
        "60.00%",
        "1.00%",
        "1.00%",
    ]
    assert {found["x1"] for found in view.find("line", **{"class": "flag"})} == {"50.00%"}
    assert {found["x1"] for found in view.find("line", **{"class": "reject"})} == {"90.00%"}
    assert [found["data-action"] for found in view.find("details") if "open" in found] == ["flag"]
    assert "insult flag 0.6 flag from 0.5 · reject from 0.9" in view.result


def test_the_words_are_coloured_in_the_text_and_told_with_their_weights(
    served: FlaskClient,
) -> None:
    view = inspect(served, "Thank you, you pathetic idiot.")
    assert view.find("b", **{"class": "u4"})
    assert view.find("b", **{"class": "d2"})
    assert re.search(r"Raise it most idiot \+\d\.\d\d pathetic \+\d\.\d\d", view.result)
    assert re.search(r"Lower it most Thank −\d\.\d\d", view.result)  # noqa: RUF001 - minus


def test_what_cannot_be_seen_is_a_box_and_moves_nothing(served: FlaskClient) -> None:
    response = served.post("/inspect", data={"comment": "You \u202eidi\u200bot.\r\n\x00Bye"})
    view = View(response)
    titles = {found["title"] for found in view.find("abbr")}
    assert titles == {"RIGHT-TO-LEFT OVERRIDE", "ZERO WIDTH SPACE", "CONTROL CHARACTER"}
    # What was typed is in the field, and there alone.
    _, _, rest = response.text.partition("</textarea>")
    assert not {"\u202e", "\u200b", "\x00", "\r"} & set(rest)
    assert 'dir="auto">You <abbr' in rest


def test_what_the_model_reads_is_shown_with_what_was_changed(served: FlaskClient) -> None:
    view = inspect(served, "Muslims are f.o.o.l &amp; 😀")
    assert "As the model reads it group are fool & grinning face" in view.result
    assert "4 words read otherwise than sent" in view.result
    assert "f.o.o.l → is read as fool" in view.result
    assert "As sent, but for capitals and spaces." in inspect(served, "Thank you.").result


def test_one_click_inspects_under_another_policy(site: FlaskClient) -> None:
    view = inspect(site, "You grumpy idiot.", policy="default", under="mild")
    assert "mild, version" in view.result
    assert [found["value"] for found in view.find("button", name="under")] == ["default"]
    assert "mild flag shown toxicity: its score 0.6 reaches the flag threshold 0.5" in view.result
    assert "default reject Inspect banned term grumpy*" in view.result
    [selected] = [found for found in view.find("option") if "selected" in found]
    assert selected == {"selected": None}
    assert view.find("div", id="inspection")[0]["data-policy"] == "mild"
    assert "mild, version" in inspect(site, "You idiot.", policy="mild", under="").result


def test_the_points_of_the_policy_are_told_without_javascript(served: FlaskClient) -> None:
    view = inspect(served, "You idiot.")
    told = "toxicity flag 0.561435 77.9 % 75.4 % 9.3 % recall >= 0.75"
    assert told in view.result
    assert "4,499 to 6,606 for an attribute, weighted so that 9.6 % of all comments" in view.result
    assert "hidden" in view.find("div", **{"class": "dial"})[0]


def test_a_model_without_held_out_comments_has_no_figures(client: FlaskClient) -> None:
    view = inspect(client, "You idiot.")
    assert "No figures are here: the model came without the comments" in view.result
    response = client.get(POINTS, query_string={"attribute": "insult"})
    assert (response.status_code, response.json and response.json["code"]) == (404, "no_figures")


def test_scores_that_a_policy_moves_are_said_to_have_no_figures(policy: Policy) -> None:
    moderator = load_moderator(Settings())
    version = moderator.scorers["en"].version
    moved = Recalibration(version, 400, 40, 0.1, insult=Line(1.0, -1.0), threat=Line(1.0, 0.0))
    fitted = msgspec.structs.replace(policy, recalibration=moved)
    served = Moderator(moderator.scorers, {"default": fitted})
    client = create_app(served, Settings()).test_client()
    view = inspect(client, "You idiot.")
    assert "Of insult and threat there are no figures: the policy moves" in view.result
    assert [found["value"] for found in view.find("option") if "value" in found] == [
        name for name in ATTRIBUTES if name not in {"insult", "threat"}
    ]
    assert client.get(POINTS, query_string={"attribute": "insult"}).status_code == 404
    assert client.get(POINTS, query_string={"attribute": "toxicity"}).status_code == 200


def test_where_a_policy_moves_every_score_the_model_is_not_said_to_lack_figures(
    policy: Policy,
) -> None:
    moved = Recalibration("en-stub", 400, 40, 0.1, **dict.fromkeys(ATTRIBUTES, Line(1.0, 0.0)))
    fitted = msgspec.structs.replace(policy, recalibration=moved)
    moderator = Moderator({"en": StubScorer()}, {"default": fitted})
    view = inspect(create_app(moderator, Settings()).test_client(), "You idiot.")
    assert "profanity and threat there are no figures: the policy moves" in view.result
    assert "No figures are here" not in view.result
    assert not view.find("div", **{"class": "dial"})
    assert "toxicity flag 0.5 – – – by hand" in view.result  # noqa: RUF001 - no figure


def test_a_threshold_is_told_with_all_its_digits_and_with_what_solved_it(policy: Policy) -> None:
    bands = msgspec.convert(
        {"flag": {"threshold": 0.123456789}, "reject": {"threshold": 0.0000001}}, Bands
    )
    review = Review("flag_share <= 0.05", "uncertain", flag_share=0.05)
    reviewed = msgspec.structs.replace(policy, review=review, toxicity=bands)
    moderator = Moderator({"en": StubScorer()}, {"default": reviewed})
    view = inspect(create_app(moderator, Settings()).test_client(), "Thank you.")
    assert "toxicity flag 0.123456789 – – – review" in view.result  # noqa: RUF001 - no figure
    assert "toxicity reject 0.0000001 – – – review" in view.result  # noqa: RUF001 - no figure
    assert "insult flag 0.5 – – – by hand" in view.result  # noqa: RUF001 - no figure


def test_the_curve_of_an_attribute_is_json_with_the_points_of_the_policy(
    served: FlaskClient,
) -> None:
    query = {"attribute": "toxicity", "policy": "strict", "language": "en"}
    response = served.get(POINTS, query_string=query)
    points = json.loads(response.data)
    assert response.mimetype == "application/json"
    assert points["basis"] == (
        "Measured on 6,606 comments, 1,167 of them with toxicity, weighted to 9.6 %."
    )
    assert {0.218949, 0.956411} <= set(points["threshold"])
    place = points["threshold"].index(0.218949)
    figures = [points[name][place] for name in ("precision", "recall", "share")]
    assert figures[:2] == ["52.3 %", "90.5 %"]
    assert len({len(each) for name, each in points.items() if name != "basis"}) == 1
    assert len(response.data) < 6_000


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "invalid_field"),
        ({"attribute": CANARY}, "invalid_field"),
        ({"attribute": "insult", "policy": CANARY}, "unknown_policy"),
        ({"attribute": "insult", "language": CANARY}, "unsupported_language"),
    ],
)
def test_a_curve_that_there_is_not_is_a_problem_that_repeats_nothing(
    served: FlaskClient, query: dict[str, str], code: str
) -> None:
    response = served.get(POINTS, query_string=query)
    assert response.status_code == 422
    assert json.loads(response.data)["code"] == code
    assert "canary" not in response.text


@pytest.mark.parametrize(
    ("arguments", "status", "detail"),
    [
        ({"data": {"policy": "default"}}, 422, "A field is missing, unknown or of the wrong kind."),
        ({"data": {"comment": "a", "language": "<b>"}}, 422, "The language is a tag such as en"),
        ({"data": {"comment": "a", "policy": "none"}}, 422, "No such policy is loaded."),
        ({"data": {"comment": "a", "under": ["a", "b"]}}, 422, "The field comes more than once."),
        ({"data": {"comment": "a", "colour": "red"}}, 422, "A field is missing, unknown"),
        ({"json": {"comment": "a"}}, 415, "The form is sent as"),
        ({"data": {"comment": "a" * 2_000_000}}, 413, "The body is larger"),
    ],
)
def test_a_request_that_was_wrong_is_answered_by_a_page_that_says_so(
    served: FlaskClient, arguments: dict[str, object], status: int, detail: str
) -> None:
    response = served.post("/inspect", **arguments)
    view = View(response)
    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert "The comment could not be inspected." in view.result
    assert detail in view.result
    assert view.comment in {"\n", "\na"}
    assert response.headers["Cache-Control"] == "no-store"


def test_a_failure_of_the_model_keeps_what_was_typed_and_decides_nothing(policy: Policy) -> None:
    moderator = Moderator({"en": BrokenScorer()}, {policy.name: policy})
    client = create_app(moderator, Settings()).test_client()
    response = client.post("/inspect", data={"comment": "Thank you.", "language": "en"})
    view = View(response)
    assert response.status_code == 500
    assert "The service failed, and nothing was decided." in view.result
    assert view.comment == "\nThank you."
    assert view.find("input", id="language")[0]["value"] == "en"


@pytest.mark.parametrize("comment", ["\r\n\r\nTwo lines.\r\n", "You idiot.", HOSTILE])
def test_what_was_typed_is_shown_again_and_never_run(client: FlaskClient, comment: str) -> None:
    view = inspect(client, comment)
    # The first line break is for HTML to drop.
    assert view.comment == "\n" + comment
    assert not view.find("img")
    assert len(view.find("script")) == 1
    if comment == HOSTILE:
        assert HOSTILE in view.result
        assert "49" not in view.result


def test_nothing_of_a_comment_is_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    inspect(client, CANARY)
    client.post("/inspect", data={"comment": CANARY, CANARY: CANARY})
    client.post("/inspect", data={"comment": CANARY, "language": CANARY, "under": CANARY})
    assert "canary" not in caplog.text


def test_a_multipart_form_and_a_given_language_are_read(client: FlaskClient) -> None:
    data = {"comment": "You idiot.", "language": "de"}
    response = client.post("/inspect", data=data, content_type="multipart/form-data")
    view = View(response)
    assert "language de: no model reads it" in view.result
    assert "told from the text" not in view.result


def test_the_view_of_a_comment_on_the_limit_weighs_less_than_60_kb(served: FlaskClient) -> None:
    comment = (LONG * 10)[:1500]
    page = served.post("/inspect", data={"comment": comment})
    assert page.status_code == 200
    weight = len(page.data) + len(served.get(POINTS, query_string={"attribute": "toxicity"}).data)
    for name in ASSETS:
        with served.get(f"/static/{name}") as asset:
            assert asset.status_code == 200
            weight += len(asset.data)
    assert weight < 60_000


def test_a_text_that_is_half_boxes_does_not_make_a_huge_page(served: FlaskClient) -> None:
    for comment in ("a\u200b" * 750, "\u180b\u180c" * 750):
        assert len(served.post("/inspect", data={"comment": comment}).data) < 100_000


def test_the_view_works_below_a_path(app: Flask) -> None:
    response = app.test_client().post(
        "/inspect", data={"comment": "a"}, environ_overrides={"SCRIPT_NAME": "/comments"}
    )
    view = View(response)
    assert view.find("form")[0]["action"] == "/comments/inspect#inspection"
    assert view.find("section", id="operating")[0]["data-url"] == f"/comments{POINTS}"
