"""What moderators can carry becomes thresholds: as much as the budget allows, and no more."""

from typing import Literal

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model import ATTRIBUTES
from model.operating_points import StatementError, best_threshold
from service.decision import Action, decide
from service.policy import Bands, OperatingPoint, Policy, Review
from service.policy.budget import solve_review
from service.policy.sample import Sample, decide_all

Show = Literal["uncertain", "most_toxic"]

# Few different scores, the ends among them, so that many are equal or on a threshold.
SCORES = st.sampled_from([0.0, 0.1, 0.2, 0.45, 0.5, 0.500001, 0.8, 0.999999, 1.0])
any_time = settings(deadline=None)
SHARES = st.sampled_from([0.01, 0.05, 0.1, 0.2, 0.25, 0.5, 0.9, 1.0])


@st.composite
def bands(draw: st.DrawFn) -> Bands:
    """Return bands on scores that comments have; flag is at most reject."""
    flag, reject = sorted(draw(st.tuples(SCORES, SCORES)))
    points = [draw(st.none() | st.just(OperatingPoint(each))) for each in (flag, reject)]
    return Bands(*points)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """Return up to thirty comments, each with a weight of its own."""
    row = st.tuples(*[SCORES] * len(ATTRIBUTES), st.booleans(), st.integers(1, 9))
    table = np.array(draw(st.lists(row, min_size=1, max_size=30)), np.float64)
    return Sample(table[:, :-2], table[:, -2], table[:, -1] / table[:, -1].sum())


POLICIES = st.builds(
    Policy,
    name=st.just("a"),
    **{attribute: st.none() | bands() for attribute in ATTRIBUTES},
)


def state(
    show: Show, share: float, reject: float | None = None, insult: Bands | None = None
) -> Policy:
    """Return a policy with a review, and with an unsolved flag threshold."""
    point = None if reject is None else OperatingPoint(reject)
    return Policy(
        "a",
        review=Review(f"flag_share <= {share}", show),
        toxicity=Bands(OperatingPoint(0.0), point),
        insult=insult,
    )


def build_sample(*rows: tuple[float, int], **others: list[float]) -> Sample:
    """Return equally weighted comments of toxicity and label, and what else is not 0."""
    scores = np.zeros((len(rows), len(ATTRIBUTES)))
    scores[:, 0] = [score for score, _ in rows]
    for attribute, column in others.items():
        scores[:, ATTRIBUTES.index(attribute)] = column
    labels = np.array([label for _, label in rows], np.float64)
    return Sample(scores, labels, np.full(len(rows), 1 / len(rows)))


def act(policy: Policy, sample: Sample) -> list[Action]:
    """Return what the service decides, comment by comment."""
    rows = (dict(zip(ATTRIBUTES, row, strict=True)) for row in sample.scores.tolist())
    return [decide(row, policy).action for row in rows]


def weigh(policy: Policy, sample: Sample) -> tuple[float, float]:
    """Return the share that is flagged, and the share decided rightly, comment by comment."""
    flagged = right = 0.0
    for action, toxic, weight in zip(
        act(policy, sample), sample.y_true.tolist(), sample.weights.tolist(), strict=True
    ):
        flagged += weight if action == Action.FLAG else 0.0
        expected = Action.REJECT if toxic else Action.ACCEPT
        right += weight if action in {Action.FLAG, expected} else 0.0
    return flagged, right


def move(policy: Policy, flag: int, reject: int) -> Policy:
    """Return the policy with thresholds of toxicity so many millionths higher."""
    found = policy.toxicity or Bands()

    def shift(point: OperatingPoint | None, by: int) -> OperatingPoint | None:
        return point and OperatingPoint((round(point.threshold * 1e6) + by) / 1e6)

    moved = Bands(shift(found.flag, flag), shift(found.reject, reject))
    return msgspec.structs.replace(policy, toxicity=moved)


def solve(policy: Policy, sample: Sample, share: float) -> Policy:
    """Return the policy solved; an example that cannot be is left out."""
    try:
        return solve_review(policy, sample, share)
    except StatementError as error:
        assert "flag_share <= " in str(error)  # noqa: PT017 - other errors are failures
        assume(condition=False)
        raise


@any_time
@given(policy=POLICIES, sample=samples())
def test_all_comments_at_once_are_decided_on_as_the_service_decides_on_each(
    policy: Policy, sample: Sample
) -> None:
    assert decide_all(sample.scores, policy).tolist() == act(policy, sample)


@any_time
@given(
    policy=POLICIES,
    sample=samples(),
    share=SHARES,
    show=st.sampled_from(["uncertain", "most_toxic"]),
)
def test_what_is_solved_keeps_the_budget_and_is_measured(
    policy: Policy, sample: Sample, share: float, show: Show
) -> None:
    stated = msgspec.structs.replace(policy, review=Review(f"flag_share <= {share}", show))
    solved = solve(stated, sample, share)
    flagged, right = weigh(solved, sample)
    assert flagged <= share + 1e-9
    assert solved.review
    assert solved.review.statement == f"flag_share <= {share}"
    assert solved.review.show == show
    assert solved.review.flag_share == pytest.approx(flagged, abs=1e-6)
    assert solved.review.accuracy == pytest.approx(right, abs=6e-5)
    assert msgspec.structs.replace(solved, toxicity=None, review=None) == msgspec.structs.replace(
        policy, toxicity=None
    )
    assert solved.toxicity
    for point in (solved.toxicity.flag, solved.toxicity.reject):
        if point:
            over = sample.scores[:, 0] >= point.threshold
            hits, chosen = sample.weights[over] @ sample.y_true[over], sample.weights[over].sum()
            positive = sample.weights @ sample.y_true
            assert point.precision == (pytest.approx(hits / chosen, abs=6e-5) if chosen else None)
            assert point.recall == (pytest.approx(hits / positive, abs=6e-5) if positive else None)


@any_time
@given(policy=POLICIES, sample=samples(), share=SHARES)
def test_uncertain_thresholds_lie_about_the_best_one_as_far_apart_as_the_budget_allows(
    policy: Policy, sample: Sample, share: float
) -> None:
    stated = msgspec.structs.replace(policy, review=Review("flag_share <= 1", "uncertain"))
    solved = solve(stated, sample, share)
    middle = best_threshold(sample.y_true, sample.scores[:, 0], sample.weights)
    flag, reject = next((flag, reject) for _, flag, reject in solved.thresholds)
    assert 0 <= flag <= middle < reject
    if flag > 0 and reject < np.inf:
        assert reject - middle == pytest.approx(middle - flag, abs=1e-9)
    flagged, _ = weigh(solved, sample)
    further, _ = weigh(move(solved, -1 if flag else 0, 1), sample)
    # What toxicity could flag at all is flagged, or the next comments are too many.
    everything, _ = weigh(move(solved, -round(flag * 1e6), 2_000_000), sample)
    assert further > share + 1e-9 or flagged == pytest.approx(everything)


@any_time
@given(policy=POLICIES, sample=samples(), share=SHARES)
def test_the_most_toxic_are_flagged_from_as_low_as_the_budget_allows(
    policy: Policy, sample: Sample, share: float
) -> None:
    stated = msgspec.structs.replace(policy, review=Review("flag_share <= 1", "most_toxic"))
    solved = solve(stated, sample, share)
    (_, flag, reject), *_ = solved.thresholds
    kept = policy.toxicity.reject if policy.toxicity else None
    assert reject == (kept.threshold if kept else np.inf)
    assert 0 <= flag <= reject
    if flag:
        assert weigh(move(solved, -1, 0), sample)[0] > share + 1e-9


@any_time
@given(
    policy=POLICIES,
    sample=samples(),
    shares=st.tuples(SHARES, SHARES).map(sorted),
    show=st.sampled_from(["uncertain", "most_toxic"]),
)
def test_a_larger_budget_shows_all_that_a_smaller_does_and_never_decides_worse(
    policy: Policy, sample: Sample, shares: list[float], show: Show
) -> None:
    stated = msgspec.structs.replace(policy, review=Review("flag_share <= 1", show))
    small, large = (solve(stated, sample, share) for share in shares)
    seen, also = (decide_all(sample.scores, each) == Action.FLAG for each in (small, large))
    assert also[seen].all()
    assert weigh(small, sample)[1] <= weigh(large, sample)[1] + 1e-9


# From 0.5 on the accuracy is best: 0.3 is missed, and 0.7 called toxic wrongly.
TEN = (
    *((0.05, 0), (0.1, 0), (0.2, 0), (0.3, 1), (0.4, 0)),
    *((0.5, 1), (0.6, 1), (0.7, 0), (0.8, 1), (0.9, 1)),
)


@pytest.mark.parametrize(
    ("share", "flag", "reject", "accuracy"),
    [
        # Between 0.4 and 0.6, neither of them.
        (0.1, 0.400001, 0.599999, 0.8),
        # A score on the flag threshold is flagged, and one on the reject threshold rejected.
        (0.2, 0.4, 0.6, 0.8),
        (0.3, 0.300001, 0.699999, 0.8),
        (0.4, 0.3, 0.7, 0.9),
        (0.5, 0.200001, 0.799999, 1.0),
        (0.9, 0.050001, 0.949999, 1.0),
        (1.0, 0.0, None, 1.0),
    ],
)
def test_the_uncertain_are_those_closest_to_the_best_threshold(
    share: float, flag: float, reject: float | None, accuracy: float
) -> None:
    solved = solve_review(state("uncertain", share), build_sample(*TEN), share)
    assert solved.toxicity
    assert solved.toxicity.flag
    assert solved.toxicity.flag.threshold == flag
    assert (solved.toxicity.reject and solved.toxicity.reject.threshold) == reject
    assert solved.review == Review(f"flag_share <= {share}", "uncertain", share, None, accuracy)


def test_where_the_reject_threshold_would_be_above_1_toxicity_never_rejects() -> None:
    sample = build_sample((0.1, 0), (0.3, 0), (0.8, 1), (0.9, 1))
    solved = solve_review(state("uncertain", 0.75, 0.9), sample, 0.75)
    assert solved.toxicity == Bands(OperatingPoint(0.100001, precision=0.6667, recall=1.0))


def test_points_have_the_precision_and_recall_of_the_sample() -> None:
    solved = solve_review(state("uncertain", 0.1), build_sample(*TEN), 0.1)
    assert solved.toxicity == Bands(
        OperatingPoint(0.400001, precision=0.8, recall=0.8),
        OperatingPoint(0.599999, precision=0.75, recall=0.6),
    )


@pytest.mark.parametrize(
    ("reject", "share", "flag", "accuracy"),
    [
        (None, 0.1, 0.800001, 0.6),
        (None, 0.2, 0.700001, 0.7),
        (None, 1.0, 0.0, 1.0),
        # 0.9 is rejected, and not for people to see.
        (0.85, 0.1, 0.700001, 0.7),
        (0.85, 0.2, 0.600001, 0.7),
        (0.85, 0.3, 0.500001, 0.8),
        (0.85, 1.0, 0.0, 1.0),
    ],
)
def test_the_most_toxic_are_those_with_the_highest_scores_that_are_not_rejected(
    reject: float | None, share: float, flag: float, accuracy: float
) -> None:
    solved = solve_review(state("most_toxic", share, reject), build_sample(*TEN), share)
    assert solved.toxicity
    assert solved.toxicity.flag
    assert solved.toxicity.flag.threshold == flag
    assert (solved.toxicity.reject and solved.toxicity.reject.threshold) == reject
    assert solved.review
    assert solved.review.accuracy == accuracy


def test_what_another_attribute_flags_is_part_of_the_budget_and_what_it_rejects_is_not() -> None:
    insult = [0.6, 0, 0, 0, 0, 0, 0, 0, 0, 0.95]
    bands = Bands(OperatingPoint(0.5), OperatingPoint(0.9))
    policy = state("most_toxic", 0.3, insult=bands)
    solved = solve_review(policy, build_sample(*TEN, insult=insult), 0.3)
    # One place is taken by the comment of 0.05; that of 0.9 is rejected, and takes none.
    assert solved.toxicity
    assert solved.toxicity.flag
    assert solved.toxicity.flag.threshold == 0.600001
    assert solved.review
    assert solved.review.flag_share == 0.3
    assert solved.insult == bands


def test_what_toxicity_rejects_is_no_longer_for_people_though_another_attribute_flags_it() -> None:
    insult = [0.0] * 9 + [0.6]
    policy = state("most_toxic", 0.1, 0.9, insult=Bands(OperatingPoint(0.5)))
    solved = solve_review(policy, build_sample(*TEN, insult=insult), 0.1)
    assert solved.toxicity
    assert solved.toxicity.flag
    assert solved.toxicity.flag.threshold == 0.700001


@pytest.mark.parametrize("show", ["uncertain", "most_toxic"])
def test_other_attributes_that_flag_more_than_the_budget_are_refused(show: Show) -> None:
    insult = [0.6, 0.6, 0.6, *[0.0] * 7]
    policy = state(show, 0.2, insult=Bands(OperatingPoint(0.5)))
    with pytest.raises(
        StatementError,
        match=r"^flag_share <= 0\.2 cannot be kept: the other attributes alone flag 0\.300000 of",
    ):
        solve_review(policy, build_sample(*TEN, insult=insult), 0.2)


@pytest.mark.parametrize("show", ["uncertain", "most_toxic"])
@pytest.mark.parametrize(("others", "total"), [(0, "0.100000"), (2, "0.300000")])
def test_a_budget_without_room_for_a_single_comment_is_refused(
    show: Show, others: int, total: str
) -> None:
    share = others / 10 + 0.05
    insult = [*[0.6] * others, *[0.0] * (10 - others)]
    policy = state(show, share, insult=Bands(OperatingPoint(0.5)))
    with pytest.raises(
        StatementError,
        match=rf"^flag_share <= {share} leaves no room: the other attributes flag"
        rf" {others / 10:.6f} of all comments, and with the first that toxicity would flag it is"
        rf" {total}$",
    ):
        solve_review(policy, build_sample(*TEN, insult=insult), share)


def test_comments_of_one_score_are_flagged_together_or_not_at_all() -> None:
    sample = build_sample((0.2, 0), (0.8, 1), (0.8, 1), (0.8, 0))
    with pytest.raises(StatementError, match="leaves no room"):
        solve_review(state("most_toxic", 0.5), sample, 0.5)


def test_a_policy_without_a_review_has_none_to_be_solved() -> None:
    with pytest.raises(StatementError, match=r"the policy has no \[review\]$"):
        solve_review(Policy("a"), build_sample(*TEN), 0.5)


def test_a_policy_that_says_nothing_of_toxicity_gets_its_thresholds() -> None:
    policy = Policy("a", review=Review("flag_share <= 0.3", "uncertain"))
    assert solve_review(policy, build_sample(*TEN), 0.3) == solve_review(
        state("uncertain", 0.3), build_sample(*TEN), 0.3
    )


@pytest.mark.parametrize("show", ["uncertain", "most_toxic"])
def test_solving_what_is_solved_changes_nothing(show: Show) -> None:
    solved = solve_review(state(show, 0.3, 0.95), build_sample(*TEN), 0.3)
    assert solve_review(solved, build_sample(*TEN), 0.3) == solved


@pytest.mark.parametrize("label", [0, 1])
def test_comments_of_one_label_alone_have_what_can_be_measured(label: int) -> None:
    sample = build_sample(*((score, label) for score, _ in TEN))
    solved = solve_review(state("most_toxic", 0.2, 0.95), sample, 0.2)
    assert solved.toxicity == Bands(
        OperatingPoint(0.700001, precision=float(label), recall=0.2 if label else None),
        OperatingPoint(0.95, recall=0.0 if label else None),
    )
