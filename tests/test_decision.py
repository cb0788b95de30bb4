"""Decisions: bands partition [0, 1], the strictest wins, and every rule that fired is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_policy import POLICIES, PROBABILITIES, bands

from model import ATTRIBUTES
from service.decision import (
    ACCEPTED,
    UNSUPPORTED_LANGUAGE,
    Action,
    Decision,
    Reason,
    decide,
)
from service.policy import Bands, Line, OperatingPoint, Policy, Recalibration
from service.recalibration import recalibrate

SCORES = st.fixed_dictionaries(dict.fromkeys(ATTRIBUTES, PROBABILITIES))
FOUND = st.sampled_from(
    [
        Reason("banned_term", "reject", term="a", begin=0, end=1),
        Reason("suspect_term", "flag", term="b", begin=2, end=3),
        Reason("too_many_links", "flag", count=3, limit=2),
        UNSUPPORTED_LANGUAGE,
    ]
)
POLICY = Policy(
    "default",
    toxicity=Bands(OperatingPoint(0.3), OperatingPoint(0.9)),
    insult=Bands(OperatingPoint(0.5), OperatingPoint(0.8)),
    profanity=Bands(flag=OperatingPoint(0.4)),
    threat=Bands(reject=OperatingPoint(0.6)),
)


def act(found: Bands, score: float) -> Action:
    """Return the action that one attribute asks for."""
    return decide({"insult": score}, Policy("a", insult=found)).action


@given(found=bands(), score=PROBABILITIES)
def test_bands_partition_the_scores(found: Bands, score: float) -> None:
    flag = found.flag.threshold if found.flag else 2.0
    reject = found.reject.threshold if found.reject else 2.0
    inside = {
        Action.ACCEPT: score < flag and score < reject,
        Action.FLAG: flag <= score < reject,
        Action.REJECT: reject <= score,
    }
    assert [action for action, holds in inside.items() if holds] == [act(found, score)]


@given(found=bands())
def test_a_score_on_a_threshold_is_over_it(found: Bands) -> None:
    if found.flag:
        assert act(found, found.flag.threshold) >= Action.FLAG
    if found.reject:
        assert act(found, found.reject.threshold) == Action.REJECT


@given(policy=POLICIES, scores=st.tuples(SCORES, SCORES))
def test_a_worse_score_is_never_treated_more_mildly(
    policy: Policy, scores: tuple[dict[str, float], dict[str, float]]
) -> None:
    pairs = {name: sorted((scores[0][name], scores[1][name])) for name in ATTRIBUTES}
    mild, worse = ({name: pair[i] for name, pair in pairs.items()} for i in (0, 1))
    assert decide(mild, policy).action <= decide(worse, policy).action


@given(
    policy=POLICIES,
    scores=st.tuples(SCORES, SCORES),
    line=st.builds(Line, slope=st.floats(0, 100), intercept=st.floats(-10, 10)),
    found=st.lists(FOUND),
)
def test_a_worse_score_of_the_model_is_never_treated_more_mildly_by_any_policy(
    policy: Policy,
    scores: tuple[dict[str, float], dict[str, float]],
    line: Line,
    found: list[Reason],
) -> None:
    recalibration = Recalibration("en-1", 2, 1, 0.5, **dict.fromkeys(ATTRIBUTES, line))
    pairs = {name: sorted((scores[0][name], scores[1][name])) for name in ATTRIBUTES}
    mild, worse = (
        recalibrate({name: pair[i] for name, pair in pairs.items()}, recalibration) for i in (0, 1)
    )
    assert decide(mild, policy, found).action <= decide(worse, policy, found).action
    assert decide(mild, policy).action <= decide(mild, policy, found).action


@given(policy=POLICIES, scores=SCORES, found=st.lists(FOUND))
def test_what_was_found_before_is_named_before_scores_that_ask_for_the_same(
    policy: Policy, scores: dict[str, float], found: list[Reason]
) -> None:
    by_score = decide(scores, policy).reasons
    assert decide(scores, policy, found).reasons == [
        reason
        for action in ("reject", "flag")
        for reason in [*found, *by_score]
        if reason.action == action
    ]


@given(policy=POLICIES, scores=SCORES)
def test_the_strictest_action_of_any_attribute_wins(
    policy: Policy, scores: dict[str, float]
) -> None:
    alone = [decide({name: score}, policy).action for name, score in scores.items()]
    assert decide(scores, policy).action == max(alone)


@given(policy=POLICIES, scores=SCORES)
def test_every_rule_that_fired_is_named_once_with_its_threshold_and_the_deciding_one_first(
    policy: Policy, scores: dict[str, float]
) -> None:
    decision = decide(scores, policy)
    fired = [
        reason for name in ATTRIBUTES for reason in decide({name: scores[name]}, policy).reasons
    ]
    assert sorted(decision.reasons, key=str) == sorted(fired, key=str)
    actions = [Action[reason.action.upper()] for reason in decision.reasons]
    assert actions == sorted(actions, reverse=True)
    assert decision.action == max(actions, default=Action.ACCEPT)
    for reason in decision.reasons:
        point = getattr(policy.bands()[reason.attribute or ""], reason.action)
        assert reason == Reason(
            "toxic",
            reason.action,
            reason.attribute,
            scores[reason.attribute or ""],
            point.threshold,
        )
        assert (reason.score or 0) >= point.threshold


def test_the_reasons_of_a_decision_are_ordered_by_action_then_by_how_far_over() -> None:
    scores = {"toxicity": 0.91, "insult": 0.89, "profanity": 0.99, "threat": 0.59, "other": 1.0}
    assert decide(scores, POLICY) == Decision(
        Action.REJECT,
        [
            Reason("toxic", "reject", "insult", 0.89, 0.8),
            Reason("toxic", "reject", "toxicity", 0.91, 0.9),
            Reason("toxic", "flag", "profanity", 0.99, 0.4),
        ],
    )


@pytest.mark.parametrize("scores", [{}, {"severe_toxicity": 1.0}, dict.fromkeys(ATTRIBUTES, 0.0)])
def test_an_attribute_without_a_score_or_a_rule_fires_nothing(scores: dict[str, float]) -> None:
    assert decide(scores, POLICY) == ACCEPTED


def test_a_policy_without_rules_accepts_everything() -> None:
    assert decide(dict.fromkeys(ATTRIBUTES, 1.0), Policy("open")) == ACCEPTED


@given(scores=SCORES)
def test_a_threshold_of_zero_is_reached_by_every_score(scores: dict[str, float]) -> None:
    assert decide(scores, Policy("a", threat=Bands(OperatingPoint(0.0)))).action == Action.FLAG


def test_an_action_has_its_word_on_the_wire() -> None:
    assert [action.label for action in Action] == ["accept", "flag", "reject"]
