"""What a moderator is shown of a comment, before it is a page."""

import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stubs import StubScorer

from model import ATTRIBUTES
from model.artefact import MANIFEST, VALIDATION, load_validation, read_manifest
from service.explanation import WordWeights
from service.inspection import Inspection, Measured, inspect_outcome
from service.inspection.colours import (
    LEVELS,
    SHOWN,
    STRONGEST,
    Piece,
    Word,
    colour,
    cut_pieces,
    find_level,
    join_words,
)
from service.inspection.figures import MOST_POINTS, list_rows, thin
from service.inspection.reading import read_tokens
from service.inspection.visible import EXCERPT, NAMED, Part, VisibleText
from service.length import replace_lone_surrogates
from service.loading import load_scorers
from service.moderation import Comment, Moderator
from service.policy import Line, Policy, Recalibration, Words, load_policies
from service.policy.derive import derive
from service.policy.files import POLICY_FOLDER
from service.policy.sample import sample_validation
from service.settings import ARTEFACTS

ENGLISH = ARTEFACTS / "en"
SCORERS = load_scorers(ARTEFACTS)
MODERATOR = Moderator(SCORERS, load_policies(POLICY_FOLDER))
OVERRIDE = Part("U+202E", "RIGHT-TO-LEFT OVERRIDE")
PERSIAN = "می\u200cخواهم"  # noqa: RUF001 - a joiner at work
TOXIC = "toxicity"
INSULT = ATTRIBUTES.index("insult")


def inspect(moderator: Moderator, text: str, **fields: Any) -> Inspection:  # noqa: ANN401 - of Comment
    """Decide on a comment, and look at it."""
    [outcome] = moderator.moderate([Comment(text, **fields)])
    return inspect_outcome(moderator, outcome)


def plain(parts: list[Part]) -> str:
    """Return the text of some parts, boxes in brackets."""
    return "".join(part.text if part.name is None else f"[{part.text}]" for part in parts)


def bare(parts: list[Part]) -> str:
    """Return the text of some parts without the boxes."""
    return "".join(part.text for part in parts if part.name is None)


def read_pieces(pieces: list[Piece]) -> list[tuple[int, str]]:
    """Return the levels and texts of some pieces."""
    return [(piece.level, plain(piece.parts)) for piece in pieces]


@pytest.fixture(scope="module")
def measured() -> Measured:
    """Return the figures of the shipped models."""
    return Measured(SCORERS, ARTEFACTS)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello,\tyou.\n", "Hello,\tyou.\n"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\u202eb", "a[U+202E]b"),
        ("i\u200bd\u00adiot", "i[U+200B]d[U+00AD]iot"),
        ("\u200b" * 500 + "\u200c", "[U+200B ×500][U+200C]"),  # noqa: RUF001 - times
        ("\x00\x1b", "[U+0000][U+001B]"),
        ("a\ud83d", "a[U+D83D]"),
        ("\u3164\u2028", "[U+3164][U+2028]"),
        ("\U000e0061", "[U+E0061]"),
        ("i\u2065d\ufff0\U000e0fff", "i[U+2065]d[U+FFF0][U+E0FFF]"),
        (
            "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 👍🏽",
            "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 👍🏽",
        ),
        (PERSIAN, PERSIAN),
        ("i\u200dd\ufe0fi", "i[U+200D]d[U+FE0F]i"),
        ("שלום \u200f", "שלום [U+200F]"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_shown_as_its_code_point(text: str, shown: str) -> None:
    assert plain(VisibleText(text).show()) == shown


def test_of_very_many_boxes_the_first_have_a_code_point_and_the_rest_are_dots() -> None:
    text = VisibleText("a\u200b" * (NAMED + 2) + "b\u200b\u202e")
    shown = "a[U+200B]" * NAMED + "a[·]a[·]b[· ×2]"  # noqa: RUF001 - times
    assert plain(text.show()) == shown
    # Wherever it is cut, and a run of one character counts once.
    assert plain(text.cut(2 * NAMED, 2 * NAMED + 2)) == "a[·]"
    assert plain(VisibleText("\u200b" * 500 + "\u202e").show()).endswith("[U+202E]")


def test_a_word_that_stands_alone_is_shown_to_its_hundredth_character() -> None:
    text = VisibleText("a" * EXCERPT + "b")
    assert plain(text.excerpt(0, EXCERPT)) == "a" * EXCERPT
    assert plain(text.excerpt(0, EXCERPT + 1)) == "a" * EXCERPT + "…"
    [told] = colour(text, [Word(0, EXCERPT + 1, [1.0])], 0).raising
    assert plain(told.parts) == "a" * EXCERPT + "…"


def test_what_cannot_be_seen_has_the_name_that_unicode_gives_it() -> None:
    parts = VisibleText("\u202e\x00\ud83d").show()
    assert [part.name for part in parts] == [OVERRIDE.name, "CONTROL CHARACTER", "LONE SURROGATE"]


@given(
    text=st.text(st.characters(codec=None))
    | st.text(st.sampled_from("a\u202e\u200d❤\ufe0f\r\n\ud83d"))
)
def test_nothing_that_moves_the_text_or_cannot_be_sent_is_left_in_what_is_seen(text: str) -> None:
    seen = bare(VisibleText(text).show())
    seen.encode()
    assert not {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"} & set(
        map(unicodedata.bidirectional, seen)
    )
    assert {each for each in seen if unicodedata.category(each) == "Cc"} <= {"\n", "\t"}


@pytest.mark.parametrize(
    ("weight", "level"),
    [
        (0.0, 0),
        (LEVELS[0] - 1e-9, 0),
        *((edge, number) for number, edge in enumerate(LEVELS, 1)),
        *((-edge, -number) for number, edge in enumerate(LEVELS, 1)),
        (99.0, 4),
    ],
)
def test_a_weight_on_the_edge_of_a_level_has_its_colour(weight: float, level: int) -> None:
    assert find_level(weight) == level


def test_words_from_one_character_are_one_word() -> None:
    found = WordWeights(np.array([0, 0, 2]), np.array([1, 1, 5]), np.array([[1.0], [2.0], [4.0]]))
    assert join_words(found) == [Word(0, 1, [3.0]), Word(2, 5, [4.0])]


def test_the_text_is_coloured_by_what_each_word_adds() -> None:
    text = VisibleText("You idiot,\r\nno id\u200biot.")
    words = [Word(0, 3, [-0.3]), Word(4, 9, [3.0]), Word(12, 14, [0.1]), Word(15, 21, [0.8])]
    coloured = colour(text, words, 0)
    assert read_pieces(coloured.pieces) == [
        (-1, "You"),
        (0, " "),
        (4, "idiot"),
        (0, ",\nno "),
        (2, "id[U+200B]iot"),
        (0, "."),
    ]
    assert [(plain(word.parts), word.weight) for word in coloured.raising] == [
        ("idiot", 3.0),
        ("id[U+200B]iot", 0.8),
        ("no", 0.1),
    ]
    assert [(plain(word.parts), word.weight) for word in coloured.lowering] == [("You", -0.3)]


def test_marks_that_overlap_are_cut_and_none_goes_beyond_what_is_shown() -> None:
    text = VisibleText("abcdef" + "g" * SHOWN)
    pieces = cut_pieces(text, [(0, 0, 1), (1, 4, 1), (2, 3, 2), (3, 5, 3), (6, SHOWN + 6, 4)])
    assert read_pieces(pieces) == [
        (0, "a"),
        (1, "bcd"),
        (3, "e"),
        (0, "f"),
        (4, "g" * (SHOWN - 6)),
    ]


def test_a_word_that_comes_twice_is_told_once_with_the_sum_of_its_weights() -> None:
    words = [Word(0, 5, [1.0]), Word(6, 11, [0.5])]
    [told] = colour(VisibleText("Idiot idiot"), words, 0).raising
    assert (plain(told.parts), told.weight) == ("Idiot", 1.5)


def test_only_the_strongest_words_are_told_and_none_that_weighs_nothing() -> None:
    text = " ".join(f"w{number:02}" for number in range(30))
    words = [Word(4 * n, 4 * n + 3, [(n - 15) / 10 if n < 25 else 0.001]) for n in range(30)]
    coloured = colour(VisibleText(text), words, 0)
    assert [word.weight for word in coloured.raising] == [0.9, 0.8, 0.7, 0.6, 0.5]
    assert [word.weight for word in coloured.lowering] == [-1.5, -1.4, -1.3, -1.2, -1.1]
    assert len(coloured.raising) == STRONGEST


@given(
    text=st.lists(
        st.text(max_size=4)
        | st.sampled_from(["idiot", "😀", "\r\n", "℀", "&amp;", "fuck you", "e\u0301"]),
        max_size=20,
    ).map(lambda parts: replace_lone_surrogates(" ".join(parts)))
)
def test_nothing_of_a_text_is_lost_or_doubled_by_its_colours(text: str) -> None:
    # The words are those of the shipped model: what it reads, it may read from any place.
    sent = VisibleText(text)
    inspection = inspect(MODERATOR, text)
    for view in inspection.attributes:
        cut = [part for piece in view.coloured.pieces for part in piece.parts]
        # Boxes of one run may be cut in two.
        assert bare(cut) == bare(sent.show())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("You idiot.", [("you", None), ("idiot.", None)]),
        ("Don’t!", [("don't!", None)]),  # noqa: RUF001 - as word processors have it
        (
            "i\u200bd1ot &amp; f.o.o.l",
            [("idiot", "i[U+200B]d1ot"), ("&", "&amp;"), ("fool", "f.o.o.l")],
        ),
        ("Muslims, too", [("[group],", "Muslims,"), ("too", None)]),
        ("😀!", [("grinning face", "😀"), ("!", None)]),
        ("\ue000", [("\ufffd", "\ue000")]),
        ("\u202e \n", []),
    ],
)
def test_a_text_is_shown_as_the_model_reads_it(
    text: str, read: list[tuple[str, str | None]]
) -> None:
    tokens = read_tokens(text, VisibleText(text), SCORERS["en"].normaliser)
    assert [
        (plain(token.read), None if token.sent is None else plain(token.sent)) for token in tokens
    ] == read


@given(text=st.text().map(replace_lone_surrogates))
def test_the_words_read_are_those_of_the_normaliser(text: str) -> None:
    normaliser = MODERATOR.scorers["en"].normaliser
    tokens = read_tokens(text, VisibleText(text), normaliser)
    read = " ".join(plain(token.read) for token in tokens)
    expected = plain(VisibleText(normaliser(text)).show())
    assert read == expected.replace("\ue000", "[group]")


def test_an_allowed_term_is_shown_as_allowed_and_weighs_as_any_name(policy: Policy) -> None:
    words = Words(allowed=("Scunthorpe",), banned=("rude",))
    strict = msgspec.structs.replace(policy, words=words)
    moderator = Moderator({"en": StubScorer()}, {"default": strict})
    inspection = inspect(moderator, "Scunthorpe λλλ r.u.d.e")
    assert [plain(token.read) for token in inspection.tokens] == ["[allowed]", "λλ", "rude"]
    assert plain(inspection.tokens[0].sent or []) == "Scunthorpe"
    assert inspection.outcome.decision.reasons[0].term == "rude"
    assert plain(inspection.excerpts[0]) == "r.u.d.e"
    assert read_pieces(inspection.text) == [(0, "Scunthorpe λλλ "), (1, "r.u.d.e")]


def test_the_excerpt_of_a_term_lies_where_it_is_behind_an_emoji(policy: Policy) -> None:
    strict = msgspec.structs.replace(policy, words=Words(suspect=("rude",)))
    moderator = Moderator({"en": StubScorer()}, {"default": strict})
    inspection = inspect(moderator, "😀😀 You RUDE one")
    [excerpt] = [found for found in inspection.excerpts if found]
    assert plain(excerpt) == "RUDE"
    assert read_pieces(inspection.text) == [(0, "😀😀 You "), (1, "RUDE"), (0, " one")]


def test_a_scored_comment_is_shown_with_every_attribute(
    moderator: Moderator, policy: Policy
) -> None:
    inspection = inspect(moderator, "You silly idiot.")
    assert [view.name for view in inspection.attributes] == list(ATTRIBUTES)
    assert {view.name: view.action for view in inspection.attributes} == dict.fromkeys(
        ATTRIBUTES, "accept"
    ) | {"insult": "reject"}
    insult = inspection.attributes[INSULT]
    assert (insult.score, insult.flag, insult.reject) == (
        0.95,
        policy.bands()["insult"].flag,
        policy.bands()["insult"].reject,
    )
    assert inspection.leading == "insult"
    assert [plain(word.parts) for word in insult.coloured.raising] == ["idiot", "silly"]


def test_the_attribute_nearest_to_its_threshold_leads_where_none_decided(
    moderator: Moderator,
) -> None:
    bands = {"flag": {"threshold": 0.5}}
    low = {"flag": {"threshold": 0.02}}
    policy = msgspec.convert({"name": "default", "toxicity": bands, "threat": low}, Policy)
    inspection = inspect(Moderator(moderator.scorers, {"default": policy}), "Thank you.")
    assert inspection.leading == "threat"
    nothing = Moderator(moderator.scorers, {"default": Policy("default")})
    assert inspect(nothing, "Thank you.").leading == "toxicity"


@pytest.mark.parametrize("text", ["a" * 1501, " \u200b", "Это хороший отчёт."])
def test_a_comment_that_is_not_scored_is_shown_without_scores(
    text: str, moderator: Moderator
) -> None:
    inspection = inspect(moderator, text)
    assert (inspection.attributes, inspection.tokens, inspection.leading) == ([], [], None)
    assert read_pieces(inspection.text) == [(0, text.replace("\u200b", "[U+200B]"))]
    assert [other.decision for other in inspection.others] == [inspection.outcome.decision]


def test_lone_surrogates_are_shown_and_a_pair_of_them_is_one_character(
    moderator: Moderator,
) -> None:
    inspection = inspect(moderator, "\ud83d\ude00 \ude00 idiot")
    assert read_pieces(inspection.text) == [(0, "😀 [U+DE00] idiot")]
    assert read_pieces(inspection.attributes[INSULT].coloured.pieces) == [
        (0, "😀 [U+DE00] "),
        (2, "idiot"),
    ]


def test_of_a_very_long_text_the_beginning_is_shown(moderator: Moderator) -> None:
    policies = {"default": Policy("default", max_length=1_000_000)}
    inspection = inspect(Moderator(moderator.scorers, policies), "idiot " * SHOWN)
    assert inspection.is_cut
    shown = inspection.attributes[INSULT].coloured.pieces
    assert sum(len(plain(piece.parts)) for piece in shown) == SHOWN
    assert len(inspection.tokens) <= SHOWN


def test_the_comment_is_decided_on_under_every_policy_the_default_first(
    moderator: Moderator, policy: Policy
) -> None:
    policies = {
        name: msgspec.structs.replace(policy, name=name, max_length=length)
        for name, length in (("b", 3), ("default", 1500), ("a", 1500))
    }
    inspection = inspect(Moderator(moderator.scorers, policies), "You idiot.", policy="b")
    assert [other.policy.name for other in inspection.others] == ["default", "a", "b"]
    assert [other.decision.reasons[0].code for other in inspection.others] == [
        "toxic",
        "toxic",
        "too_long",
    ]


@pytest.mark.parametrize(
    "policy", load_policies(POLICY_FOLDER).values(), ids=lambda each: each.name
)
def test_the_figures_of_a_policy_are_those_that_derive_wrote(
    policy: Policy, measured: Measured
) -> None:
    curves = measured.curves("en", policy)
    rows = list_rows(policy, curves)
    assert len(rows) == sum(
        point is not None
        for bands in policy.bands().values()
        for point in (bands.flag, bands.reject)
    )
    for row in rows:
        assert row.figures
        assert row.figures[:2] == (row.point.precision, row.point.recall)
        assert 0 < row.figures[2] < 1


def test_the_figures_move_to_the_prevalence_that_a_policy_states(measured: Measured) -> None:
    policy = msgspec.structs.replace(load_policies(POLICY_FOLDER)["strict"], prevalence=0.03)
    natural = read_manifest(ENGLISH)["prevalence"]
    solved = derive(policy, load_validation(ENGLISH), natural)
    curves = measured.curves("en", solved)
    assert curves["toxicity"].prevalence == 0.03
    for row in list_rows(solved, curves):
        assert row.figures
        assert row.figures[:2] == (row.point.precision, row.point.recall)


@pytest.mark.parametrize("threshold", [0.0, 0.1234567, 0.5, 0.71])
def test_a_threshold_written_by_hand_has_its_own_figures_and_is_a_point_of_the_slider(
    threshold: float, measured: Measured
) -> None:
    policy = msgspec.convert({"name": "hand", TOXIC: {"flag": {"threshold": threshold}}}, Policy)
    curves = measured.curves("en", policy)
    [row] = list_rows(policy, curves)
    natural = read_manifest(ENGLISH)["prevalence"][TOXIC]
    sample = sample_validation(load_validation(ENGLISH), natural)
    over = sample.scores[:, 0] >= threshold
    share, hits = sample.weights[over].sum(), sample.weights[over] @ sample.y_true[over]
    recall = hits / (sample.weights @ sample.y_true)
    assert row.figures == pytest.approx((hits / share, recall, share), abs=6e-5)
    short = thin(curves[TOXIC], policy)
    assert dict(zip(short.threshold, short.share, strict=True))[threshold] == pytest.approx(
        share, abs=1e-6
    )


def test_a_threshold_over_every_score_that_was_measured_has_no_figures(measured: Measured) -> None:
    policy = msgspec.convert({"name": "hand", "threat": {"reject": {"threshold": 1.0}}}, Policy)
    curves = measured.curves("en", policy)
    [row] = list_rows(policy, curves)
    assert row.figures is None
    assert 1.0 not in thin(curves["threat"], policy).threshold


@pytest.mark.parametrize("show", ["uncertain", "most_toxic"])
def test_the_figures_of_a_review_are_those_that_derive_wrote(show: str, measured: Measured) -> None:
    review = {"statement": "flag_share <= 0.05", "show": show}
    policy = msgspec.convert({"name": "budget", "review": review}, Policy)
    solved = derive(policy, load_validation(ENGLISH), read_manifest(ENGLISH)["prevalence"])
    rows = list_rows(solved, measured.curves("en", solved))
    assert rows
    for row in rows:
        assert row.figures
        assert row.figures[:2] == (row.point.precision, row.point.recall)


def test_the_curve_for_a_page_is_short_and_has_the_points_of_the_policy(
    measured: Measured,
) -> None:
    for policy in load_policies(POLICY_FOLDER).values():
        curves = measured.curves("en", policy)
        for name, bands in policy.bands().items():
            short = thin(curves[name], policy)
            assert len(short.threshold) == len(short.share) <= MOST_POINTS
            assert short.threshold == sorted(short.threshold)
            assert {short.threshold[0], short.threshold[-1]} == {
                curves[name].threshold[0],
                curves[name].threshold[-1],
            }
            for point in (bands.flag, bands.reject):
                assert point is None or point.threshold in short.threshold


def test_an_attribute_that_a_policy_moves_to_a_sites_decisions_has_no_figures(
    measured: Measured,
) -> None:
    policy = load_policies(POLICY_FOLDER)["default"]
    moved = Recalibration(SCORERS["en"].version, 900, 100, 0.1, insult=Line(1.0, 0.5))
    fitted = msgspec.structs.replace(policy, recalibration=moved)
    curves = measured.curves("en", fitted)
    assert "insult" not in curves
    assert "toxicity" in curves
    assert measured.moved("en", fitted) == ["insult"]
    assert {row.attribute for row in list_rows(fitted, curves) if row.figures is None} == {"insult"}
    other = msgspec.structs.replace(moved, model="de-1.0.0")
    elsewhere = msgspec.structs.replace(policy, recalibration=other)
    assert "insult" in measured.curves("en", elsewhere)
    assert measured.moved("en", elsewhere) == []


def test_there_are_no_figures_where_the_folder_holds_another_model_or_none(
    policy: Policy, tmp_path: Path
) -> None:
    assert Measured({"en": StubScorer()}, ARTEFACTS).curves("en", policy) == {}
    assert Measured(SCORERS, tmp_path).curves("en", policy) == {}
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / MANIFEST).write_bytes((ENGLISH / MANIFEST).read_bytes())
    (folder / VALIDATION).write_bytes(b"changed")
    assert Measured(SCORERS, tmp_path).curves("en", policy) == {}
