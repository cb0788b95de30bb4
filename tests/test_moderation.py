"""Moderation: what is rejected unscored, what skips detection, and that one is a batch of one."""

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stubs import CALM, WORDS, BrokenScorer, StubScorer

from model import ATTRIBUTES
from service.decision import EMPTY, TOO_LONG, UNSUPPORTED_LANGUAGE, Action, Decision, Reason
from service.loading import load_moderator
from service.moderation import Comment, Moderator, Outcome, UnknownPolicyError
from service.policy import Line, Links, Policy, PolicyError, Recalibration, Review, Words
from service.settings import Settings

TEXTS = st.text() | st.lists(
    st.sampled_from([*WORDS, "Спасибо", "\u200b", "\r\n", "😀", "\ud83d", "a" * 800])
).map(" ".join)
COMMENTS = st.builds(
    Comment,
    text=TEXTS,
    id=st.none() | st.text(),
    language=st.sampled_from([None, "en", "en-GB", "de"]),
    explain=st.booleans(),
)


@pytest.fixture(scope="module")
def shipped() -> Moderator:
    """Moderate with what is shipped."""
    return load_moderator(Settings())


@pytest.fixture(scope="module")
def unscored(policy: Policy) -> Moderator:
    """Moderate with a model that fails if it is asked."""
    return Moderator({"en": BrokenScorer()}, {policy.name: policy})


@given(comments=st.lists(COMMENTS, max_size=8).flatmap(st.permutations))
def test_a_comment_has_one_outcome_alone_in_any_batch_and_in_any_order(
    comments: list[Comment], shipped: Moderator
) -> None:
    alone = [shipped.moderate([comment])[0] for comment in comments]
    assert shipped.moderate(comments) == alone
    assert shipped.moderate(comments[::-1]) == alone[::-1]


def test_a_scored_comment_has_all_there_is_to_know(moderator: Moderator, policy: Policy) -> None:
    comment = Comment("You idiot.", "c-1")
    scores = dict.fromkeys(ATTRIBUTES, CALM) | {"insult": 0.95}
    reasons = [Reason("toxic", "reject", "insult", 0.95, 0.9)]
    assert moderator.moderate([comment]) == [
        Outcome(
            comment,
            Decision(Action.REJECT, reasons),
            length=10,
            policy=policy,
            language="en",
            scores=scores,
            model="en-stub",
        )
    ]


@pytest.mark.parametrize(
    ("text", "decision", "length"),
    [
        ("a" * 1501, TOO_LONG, 1501),
        ("😀" * 751, TOO_LONG, 1502),
        (" " * 1501, TOO_LONG, 1501),
        ("", EMPTY, 0),
        (" \r\n\t\u200b\u3000\x00", EMPTY, 6),
        ("\u3164\u2800", EMPTY, 2),
    ],
)
@pytest.mark.parametrize("explain", [False, True])
def test_an_over_long_or_blank_comment_is_rejected_unscored(
    text: str, decision: Decision, length: int, unscored: Moderator, *, explain: bool
) -> None:
    comment = Comment(text, language="en", explain=explain)
    (policy,) = unscored.policies.values()
    expected = Outcome(comment, decision, length, policy, spans=[] if explain else None)
    assert unscored.moderate([comment]) == [expected]


@pytest.mark.parametrize(
    ("comment", "language"),
    [
        (Comment("Это хороший отчёт."), "und-Cyrl"),
        (Comment("Guten Tag", language="de"), "de"),
        (Comment("You idiot", language="DE-at"), "DE-at"),
        (Comment("You idiot", language="und"), "und"),
    ],
)
def test_a_language_without_a_model_is_flagged_unscored(
    comment: Comment, language: str, unscored: Moderator
) -> None:
    (policy,) = unscored.policies.values()
    (outcome,) = unscored.moderate([comment])
    length = len(comment.text)
    assert outcome == Outcome(
        comment, Decision(Action.FLAG, [UNSUPPORTED_LANGUAGE]), length, policy, language
    )


@pytest.mark.parametrize("language", ["en", "en-GB", "EN", "en-Latn-US"])
def test_a_language_that_is_named_is_not_detected(language: str, moderator: Moderator) -> None:
    (outcome,) = moderator.moderate([Comment("Ты idiot, это правда", language=language)])
    assert outcome.language == language
    assert outcome.model == "en-stub"
    assert outcome.decision.action == Action.REJECT


def test_each_language_has_its_model(policy: Policy) -> None:
    class GermanScorer(StubScorer):
        version = "de-stub"

    moderator = Moderator({"en": StubScorer(), "de": GermanScorer()}, {policy.name: policy})
    languages = ["de", None, "fr", "en", "de-AT"]
    outcomes = moderator.moderate([Comment("Hello", language=language) for language in languages])
    models = [outcome.model for outcome in outcomes]
    assert models == ["de-stub", "en-stub", None, "en-stub", "de-stub"]


@pytest.mark.parametrize("limit", [1, 10, 2000])
def test_the_limit_is_that_of_the_comments_policy(limit: int, moderator: Moderator) -> None:
    policies = {"default": Policy("default"), "other": Policy("other", max_length=limit)}
    moderator = Moderator(moderator.scorers, policies)
    texts = ["a" * limit, "a" * (limit + 1)]
    outcomes = moderator.moderate([Comment(text, policy="other") for text in texts])
    assert [outcome.decision for outcome in outcomes] == [Decision(Action.ACCEPT, []), TOO_LONG]
    assert {outcome.policy.max_length for outcome in outcomes} == {limit}


def test_two_policies_may_decide_differently_on_the_same_scores(
    moderator: Moderator, policy: Policy
) -> None:
    moderator = Moderator(moderator.scorers, {"default": policy, "open": Policy("open")})
    comments = [Comment("You idiot", policy=name) for name in ("default", "open", "default")]
    labels = [outcome.decision.action.label for outcome in moderator.moderate(comments)]
    assert labels == ["reject", "accept", "reject"]


def test_a_policy_that_is_not_loaded_fails_the_call_before_anything_is_scored(
    unscored: Moderator,
) -> None:
    with pytest.raises(UnknownPolicyError, match="strict"):
        unscored.moderate([Comment("Hello"), Comment("Hello", policy="strict")])


def test_a_batch_of_none_is_answered_without_the_model(unscored: Moderator) -> None:
    assert unscored.moderate([]) == []


def test_a_lone_surrogate_is_scored_as_the_replacement_character(shipped: Moderator) -> None:
    lone, replaced = shipped.moderate([Comment("You \ud83d idiot"), Comment("You \ufffd idiot")])
    assert lone.scores == replaced.scores
    assert lone.length == replaced.length == 11


def test_line_breaks_of_a_form_and_of_json_count_alike(shipped: Moderator) -> None:
    texts = [f"one{end}two{end}{end}three" for end in ("\n", "\r\n", "\r")]
    outcomes = shipped.moderate([Comment(text) for text in texts])
    for one, other in itertools.pairwise(outcomes):
        assert (one.length, one.decision) == (other.length, other.decision)


def test_a_language_that_the_policy_leaves_out_is_flagged_unscored(policy: Policy) -> None:
    german = msgspec.structs.replace(policy, name="german", languages=("de",))
    moderator = Moderator(
        {"en": StubScorer(), "de": StubScorer()}, {policy.name: policy, german.name: german}
    )
    outcomes = moderator.moderate(
        [Comment("You idiot", policy=name) for name in ("german", "default")]
    )
    assert [outcome.scores is None for outcome in outcomes] == [True, False]
    assert outcomes[0].decision == Decision(Action.FLAG, [UNSUPPORTED_LANGUAGE])


def test_lists_and_links_apply_whatever_the_language(policy: Policy) -> None:
    listing = msgspec.structs.replace(
        policy, words=Words(banned=("плохой",), suspect=("ugly*",)), links=Links(1)
    )
    moderator = Moderator({"en": StubScorer()}, {policy.name: listing})
    texts = ["Это плохой отчёт.", "An ugly idiot", "www.example.com and example.org", "Thanks"]
    found = [outcome.decision for outcome in moderator.moderate([Comment(text) for text in texts])]
    assert [[reason.code for reason in decision.reasons] for decision in found] == [
        ["banned_term", "unsupported_language"],
        ["toxic", "suspect_term"],
        ["too_many_links"],
        [],
    ]
    labels = [decision.action.label for decision in found]
    assert labels == ["reject", "reject", "flag", "accept"]


def test_a_comment_that_is_too_long_or_empty_is_not_looked_through(policy: Policy) -> None:
    listing = msgspec.structs.replace(policy, max_length=10, words=Words(banned=("grumblefink",)))
    moderator = Moderator({"en": BrokenScorer()}, {policy.name: listing})
    texts = ["grumblefink", " "]
    assert [outcome.decision for outcome in moderator.moderate([*map(Comment, texts)])] == [
        TOO_LONG,
        EMPTY,
    ]


def test_an_allowed_word_is_a_name_like_any_other_to_the_model(shipped: Moderator) -> None:
    policy = shipped.policies["default"]
    allowing = msgspec.structs.replace(policy, words=Words(allowed=("Shital", "Nishit")))
    moderator = Moderator(shipped.scorers, {policy.name: policy, "allowing": allowing})
    texts = [f"Dr {name} wrote this, and I agree." for name in ("Shital", "Nishit", "Peter")]
    for name, flagged in (("default", True), ("allowing", False)):
        outcomes = moderator.moderate([Comment(text, policy=name) for text in texts])
        *named, other = (outcome.decision.action for outcome in outcomes)
        assert other == Action.ACCEPT
        assert [action > Action.ACCEPT for action in named] == [flagged] * 2


def test_spans_lie_in_the_text_as_sent_beside_an_allowed_word(shipped: Moderator) -> None:
    policy = shipped.policies["default"]
    allowing = msgspec.structs.replace(policy, words=Words(allowed=("Shital",)))
    moderator = Moderator(shipped.scorers, {policy.name: allowing})
    text = "\U0001d4e2\U0001d4f1\U0001d4f2\U0001d4fd\U0001d4ea\U0001d4f5, you idiot"
    (outcome,) = moderator.moderate([Comment(text, explain=True)])
    units = text.encode("utf-16-le")
    words = {
        units[2 * span.begin : 2 * span.end].decode("utf-16-le")
        for span in outcome.spans or ()
        if span.attribute == "insult"
    }
    assert any("idiot" in word for word in words)
    assert not any("\U0001d4e2" in word for word in words)


def test_scores_are_recalibrated_for_the_policy_that_asks_for_it(policy: Policy) -> None:
    fitted = msgspec.structs.replace(
        policy, name="fitted", recalibration=Recalibration("en-stub", 2, 1, 0.5, insult=Line(0, 0))
    )
    moderator = Moderator({"en": StubScorer()}, {policy.name: policy, fitted.name: fitted})
    comments = [Comment("You idiot", policy=name) for name in ("default", "fitted")]
    before, after = moderator.moderate(comments)
    assert before.scores == dict.fromkeys(ATTRIBUTES, CALM) | {"insult": 0.95}
    assert after.scores == dict.fromkeys(ATTRIBUTES, CALM) | {"insult": 0.5}
    assert after.decision.reasons == [Reason("toxic", "flag", "insult", 0.5, 0.5)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"languages": ("de", "en", "ar")}, r"policy 'default': no model reads ar, de$"),
        (
            {"recalibration": Recalibration("en-0.9.0", 2, 1, 0.5)},
            r"was fitted for the scores of en-0\.9\.0, and en-stub is loaded: fit it again$",
        ),
        (
            {"review": Review("flag_share <= 0.05", "uncertain")},
            r"its thresholds were not solved for its review: python -m service\.policy derive does",
        ),
    ],
)
def test_a_policy_for_models_that_are_not_there_is_refused(
    changes: dict[str, Any], message: str, policy: Policy
) -> None:
    changed = msgspec.structs.replace(policy, **changes)
    with pytest.raises(PolicyError, match=message):
        Moderator({"en": StubScorer()}, {policy.name: changed})
