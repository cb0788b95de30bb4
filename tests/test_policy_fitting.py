"""Scores are recalibrated to a site's decisions, and what is stated holds on comments to come."""

import re

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_sites import (
    INTERCEPT,
    SLOPE,
    TOXICITY,
    build_decisions,
    draw_decisions,
    enrich,
    find_share,
    of_toxicity,
    recalibrate,
)

from model.operating_points import Quantity
from service.interval import find_interval, find_intervals, find_total
from service.policy import Bands, OperatingPoint, Policy, Review
from service.policy.decisions import Decisions
from service.policy.quality import weigh_share
from service.policy.recalibrating import FOLDS, FitError, move_all
from service.policy.reviews import estimate_share, solve_review_within
from service.policy.sample import build_sample, decide_all
from service.policy.solving import (
    MIN_EACH,
    Recalibrated,
    UnsupportedError,
    recalibrate_decisions,
    solve_all,
)
from service.policy.statements import Shortfall, Tally, count, solve

COUNTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8)


def tally_of(recalibrated: Recalibrated) -> Tally:
    return count(recalibrated.sample.scores[:, TOXICITY], recalibrated.sample)


def count_plain(decisions: Decisions, prevalence: float | None = None) -> Tally:
    """Count over the model's own scores: a line keeps their order, and every tally with it."""
    sample = build_sample(decisions.scores, decisions.rejected.astype(float), prevalence)
    return count(decisions.scores[:, TOXICITY], sample)


def state(flag: str | None = None, reject: str | None = None) -> Policy:
    """Return a policy with statements of toxicity, not solved."""
    points = [
        statement and OperatingPoint(threshold, statement)
        for statement, threshold in ((flag, 0.1), (reject, 0.9))
    ]
    return Policy("site", toxicity=Bands(*(point or None for point in points)))


# The line


def test_the_line_is_that_of_the_moderators() -> None:
    fitted = recalibrate(draw_decisions(np.random.default_rng(1), 40_000))
    line = fitted.fits["toxicity"].line
    assert (line.slope, line.intercept) == pytest.approx((SLOPE, INTERCEPT), abs=0.05)
    assert fitted.recalibration.lines() == {"toxicity": line}
    assert fitted.recalibration.model == "en-stub"


def test_an_export_with_more_rejected_comments_has_the_same_line_at_the_sites_prevalence() -> None:
    rng = np.random.default_rng(2)
    natural = draw_decisions(rng, 60_000)
    share = float(natural.rejected.mean())
    enriched = enrich(natural, rng, 0.1)
    assert enriched.rejected.mean() > 2 * share
    line = recalibrate(enriched, share).fits["toxicity"].line
    assert (line.slope, line.intercept) == pytest.approx((SLOPE, INTERCEPT), abs=0.07)
    assert recalibrate(enriched).fits["toxicity"].line.intercept > INTERCEPT + 1


def test_scores_that_tell_decisions_apart_without_a_mistake_have_a_finite_line() -> None:
    fitted = recalibrate(of_toxicity([0.2, 0.8] * 100, [False, True] * 100))
    line = fitted.fits["toxicity"].line
    assert 1 < line.slope < 10
    # Platt's targets: a score never says more than so many decisions can.
    highest = float(fitted.sample.scores[:, TOXICITY].max())
    assert highest == pytest.approx(101 / 102, abs=1e-4)


@pytest.mark.parametrize(
    "scores", [[0.8, 0.2], [0.5, 0.5], [0.0, 0.0], [1.0, 0.0], [0.5, 0.500001]]
)
def test_decisions_that_do_not_rise_with_scores_are_refused(scores: list[float]) -> None:
    decisions = of_toxicity(scores * 100, [False, True] * 100)
    with pytest.raises(FitError, match=r"^toxicity: the site did not reject more of the comments"):
        recalibrate(decisions)


def test_scores_of_0_and_1_have_log_odds_too() -> None:
    fitted = recalibrate(of_toxicity([0.0, 1.0] * 60, [False, True] * 50 + [True, False] * 10))
    assert np.unique(fitted.sample.scores[:, TOXICITY]).tolist() == pytest.approx(
        [0.18, 0.82], abs=0.02
    )


def test_scores_are_moved_as_the_service_moves_them_and_stay_in_order() -> None:
    decisions = draw_decisions(np.random.default_rng(3), 3000)
    fitted = recalibrate(decisions)
    before, after = decisions.scores[:, TOXICITY], fitted.sample.scores[:, TOXICITY]
    order = np.argsort(before, kind="stable")
    assert (np.diff(after[order]) >= 0).all()
    assert (after == after.round(6)).all()
    assert (move_all(before[::7], fitted.fits["toxicity"].line) == after[::7]).all()
    others = np.delete(np.arange(6), TOXICITY)
    assert (fitted.sample.scores[:, others] == decisions.scores[:, others]).all()


def test_recalibration_is_measured_on_comments_that_the_line_has_not_seen() -> None:
    small = draw_decisions(np.random.default_rng(4), 200)
    fit = recalibrate(small).fits["toxicity"]
    assert fit.after.log_loss < fit.before.log_loss
    # On its own comments a line is a little better than on others.
    scores = move_all(small.scores[:, TOXICITY], fit.line)
    own = -np.log(np.where(small.rejected, scores, 1 - scores)).mean()
    assert own < fit.after.log_loss


def test_a_calibrated_model_has_little_error_and_one_that_is_not_has_much() -> None:
    decisions = draw_decisions(np.random.default_rng(5), 20_000)
    before, after = recalibrate(decisions).fits["toxicity"][1:]
    assert after.calibration_error < 0.02
    assert before.calibration_error > 0.05
    assert sum(one.comments for one in after.bins) == 20_000
    assert sum(one.weight for one in after.bins) == pytest.approx(1)
    for one in after.bins:
        assert one.low <= one.rejected <= one.high
        assert one.low - 0.02 <= one.score <= one.high + 0.02


@pytest.mark.parametrize(
    ("scores", "rejected", "message"),
    [
        ([], [], "0 of 0 comments are rejected, and fitting takes 20: 20 more"),
        (
            [0.1, 0.9] * 19,
            [False, True] * 19,
            "19 of 38 comments are rejected, and fitting takes 20: 1 more",
        ),
        (
            [0.9] * 50 + [0.1],
            [True] * 50 + [False],
            "1 of 51 comments are accepted, and fitting takes 20: 19 more",
        ),
    ],
)
def test_too_few_decisions_of_a_kind_are_refused_with_how_many_more(
    scores: list[float], rejected: list[bool], message: str
) -> None:
    with pytest.raises(FitError, match=f"^{re.escape(message)}$"):
        recalibrate(of_toxicity(scores, rejected))


def test_every_part_has_comments_of_both_decisions() -> None:
    assert MIN_EACH >= 2 * FOLDS


# Intervals


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 100))
def test_a_higher_share_stays_higher_when_accepted_comments_count_more(
    one: float, other: float, factor: float
) -> None:
    low, high = weigh_share(np.array(sorted((one, other))), factor)
    assert 0 <= low <= high <= 1
    back = weigh_share(np.array([low, high]), 1 / factor)
    assert back == pytest.approx(sorted((one, other)), abs=1e-9)
    assert weigh_share(np.array([one]), 1.0) == pytest.approx(one)


@pytest.mark.parametrize(("share", "size"), [(0.9, 100), (0.95, 100), (0.98, 200)])
def test_a_weighted_precision_lies_in_its_interval_as_often_as_that_says(
    share: float, size: int
) -> None:
    factor = 5.0
    counts = np.random.default_rng(6).binomial(size, share, 20_000)
    low, high = (weigh_share(end, factor) for end in find_intervals(counts, np.full(20_000, size)))
    true = weigh_share(np.array(share), factor)
    assert np.mean((low <= true) & (true <= high)) > 0.92
    # Kish's effective sample size, which is usual, holds too much for certain here.
    weights, squares = counts + (size - counts) * factor, counts + (size - counts) * factor**2
    effective = weights**2 / squares
    low, high = find_intervals(weigh_share(counts / size, factor) * effective, effective)
    assert np.mean((low <= true) & (true <= high)) < 0.91


@pytest.mark.parametrize("kept", [1.0, 0.2])
def test_a_share_of_all_lies_in_its_interval_as_often_as_that_says(kept: float) -> None:
    rng, held = np.random.default_rng(7), []
    site = draw_decisions(rng, 100_000)
    true, prevalence = float((site.scores[:, TOXICITY] >= 0.9).mean()), site.rejected.mean()
    for _ in range(400):
        chosen = rng.choice(len(site.rejected), 1500)
        part = build_decisions(site.scores[chosen], site.rejected[chosen])
        part = enrich(part, rng, kept)
        weighted = build_sample(
            part.scores, part.rejected.astype(float), prevalence if kept < 1 else None
        )
        value, low, high = estimate_share(part.scores[:, TOXICITY] >= 0.9, weighted)
        assert 0 <= low <= value <= high <= 1
        held.append(low <= true <= high)
    assert 0.92 < np.mean(held) < 0.985


def test_the_number_that_is_needed_is_the_first_with_which_the_interval_is_within() -> None:
    for share, bound in ((1.0, 0.95), (1.0, 0.8), (0.0, 0.05)):
        total = int(np.ceil(find_total(share, bound)))
        for number, is_enough in ((total - 1, False), (total, True)):
            low, high = find_interval(round(share * number), number)
            assert (low >= bound or high <= bound) == is_enough
    assert find_total(0.8, 0.8) == np.inf


# Statements


def decisions_of(counts: list[tuple[int, int]]) -> Tally:
    """Return the tally of so many accepted and rejected comments at each score, rising."""
    scores, labels = [], []
    for place, (accepted, rejected) in enumerate([(1, 1), *counts]):
        scores += [(place + 1) / 10] * (accepted + rejected)
        labels += [0.0] * accepted + [1.0] * rejected
    table = np.repeat(np.array(scores)[:, None], 6, axis=1)
    return count(np.array(scores), build_sample(table, np.array(labels), None))


@given(
    counts=COUNTS,
    quantity=st.sampled_from(["precision", "recall"]),
    bound=st.integers(0, 100).map(lambda number: number / 100),
)
def test_a_statement_is_kept_by_the_end_of_its_interval_and_gives_up_least(
    counts: list[tuple[int, int]], quantity: Quantity, bound: float
) -> None:
    rows = [(1, 1), *counts]
    tally, kept = decisions_of(counts), []
    for place, row in enumerate(rows):
        over = rows[place:]
        hits = sum(rejected for _, rejected in over)
        total = sum(map(sum, over)) if quantity == "precision" else tally.rejected
        # A threshold can only stand on a score.
        if row != (0, 0) and find_interval(hits, total)[0] >= bound:
            kept.append((place + 1) / 10)
    found = solve(f"{quantity} >= {bound}", tally)
    if kept:
        assert found == (min(kept) if quantity == "precision" else max(kept))
    else:
        assert isinstance(found, Shortfall)
        assert found.low < bound
        assert found.decisions is None or found.decisions > 0


@pytest.mark.parametrize("kept", [1.0, 0.25])
def test_a_precision_that_is_stated_is_rarely_missed_on_comments_to_come(kept: float) -> None:
    rng = np.random.default_rng(80)
    site = draw_decisions(rng, 200_000)
    scores, share = site.scores[:, TOXICITY], float(site.rejected.mean())
    solved = missed = 0
    for _ in range(400):
        chosen = rng.choice(len(scores), 3000, replace=False)
        part = enrich(build_decisions(site.scores[chosen], site.rejected[chosen]), rng, kept)
        found = solve("precision >= 0.7", count_plain(part, share if kept < 1 else None))
        if isinstance(found, float):
            solved += 1
            missed += find_share(scores[scores >= found]).mean() < 0.7
    assert solved > 250
    assert 0 < missed <= 0.04 * 400


def test_about_as_many_decisions_as_are_asked_for_do() -> None:
    rng = np.random.default_rng(9)
    few = recalibrate(draw_decisions(rng, 400))
    found = solve("precision >= 0.8", tally_of(few))
    assert isinstance(found, Shortfall)
    assert found.decisions is not None
    assert found.rejected is not None
    assert found.rejected / found.decisions == pytest.approx(
        few.recalibration.rejected / few.recalibration.decisions, abs=0.03
    )
    enough = []
    for _ in range(40):
        more = count_plain(draw_decisions(rng, 400 + found.decisions))
        enough.append(isinstance(solve("precision >= 0.8", more), float))
    assert np.mean(enough) > 0.5


def test_a_few_lucky_comments_at_the_top_keep_nothing() -> None:
    tally = decisions_of([(50, 5), (20, 15), (0, 2)])
    assert tally.hits[-1] == tally.over[-1] == 2
    assert isinstance(solve("precision >= 0.8", tally), Shortfall)


def test_recall_is_missed_by_as_many_rejected_comments_as_its_interval_needs() -> None:
    tally = decisions_of([(254, 44)])
    found = solve("recall >= 0.95", tally)
    # 73 of 73 are needed, and 45 are there: a tenth and a half of 300 decisions.
    assert found == Shortfall(1.0, *find_interval(45, 45), 45, decisions=190, rejected=28)


@pytest.mark.parametrize("statement", ["precision >= 0.9", "precision >= 1", "recall >= 1.0"])
def test_what_no_number_of_decisions_supports_is_told(statement: str) -> None:
    # Of those that the model is surest of, the site rejects half.
    scores, rejected = [0.2] * 500 + [0.8] * 500, [False] * 500 + [False, True] * 250
    found = solve(statement, tally_of(recalibrate(of_toxicity(scores, rejected))))
    assert isinstance(found, Shortfall)
    assert found.decisions is None


# The policy


def test_a_fitted_policy_has_its_statements_solved_and_measured() -> None:
    fitted = recalibrate(draw_decisions(np.random.default_rng(10), 3000))
    policy = solve_all(state("recall >= 0.6", "precision >= 0.7"), fitted)
    assert policy.toxicity is not None
    flag, reject = policy.toxicity.flag, policy.toxicity.reject
    assert flag is not None
    assert reject is not None
    assert flag.threshold < reject.threshold
    for point, quantity, bound in ((flag, "recall", 0.6), (reject, "precision", 0.7)):
        low, high = getattr(point, f"{quantity}_interval")
        assert bound <= low < getattr(point, quantity) < high
    scores, rejected = fitted.sample.scores[:, TOXICITY], fitted.sample.y_true == 1
    over = scores >= reject.threshold
    assert reject.precision == pytest.approx(rejected[over].mean(), abs=1e-4)
    assert reject.recall == pytest.approx(over[rejected].mean(), abs=1e-4)
    assert policy.recalibration == fitted.recalibration


def test_a_fitted_policy_fitted_again_is_the_same() -> None:
    decisions = draw_decisions(np.random.default_rng(11), 3000)
    policy = msgspec.structs.replace(
        state(None, "precision >= 0.7"), review=Review("flag_share <= 0.1", "most_toxic")
    )
    once = solve_all(policy, recalibrate(decisions))
    assert once != policy
    assert solve_all(once, recalibrate(decisions)) == once


def test_other_attributes_and_thresholds_written_by_hand_stay() -> None:
    threat = Bands(reject=OperatingPoint(0.9, "precision >= 0.5", 0.5, 0.1))
    policy = Policy("site", toxicity=Bands(OperatingPoint(0.3), OperatingPoint(1.0)), threat=threat)
    solved = solve_all(policy, recalibrate(draw_decisions(np.random.default_rng(12), 1000)))
    assert solved.threat == threat
    assert solved.thresholds == policy.thresholds
    assert solved.toxicity is not None
    assert solved.toxicity.flag is not None
    assert solved.toxicity.flag.precision_interval is not None
    # Nothing reaches it, and of nothing there is no precision.
    assert solved.toxicity.reject is not None
    assert (solved.toxicity.reject.precision, solved.toxicity.reject.recall) == (None, 0.0)


def test_several_attributes_are_fitted_each_to_its_own_scores() -> None:
    decisions = draw_decisions(np.random.default_rng(13), 1000)
    scores = decisions.scores.copy()
    scores[:, 3] = (scores[:, TOXICITY] / 2).round(6)
    fitted = recalibrate_decisions(
        build_decisions(scores, decisions.rejected), ["insult", "toxicity"], "en-stub", 0.3
    )
    assert list(fitted.recalibration.lines()) == ["toxicity", "insult"]
    assert fitted.fits["insult"].line != fitted.fits["toxicity"].line
    assert fitted.recalibration.prevalence == 0.3


def test_every_statement_that_is_not_supported_is_named() -> None:
    policy = msgspec.structs.replace(
        state(None, "precision >= 0.9"),
        insult=Bands(flag=OperatingPoint(0.5, "recall >= 0.9")),
        review=Review("flag_share <= 0.001", "most_toxic"),
    )
    fitted = recalibrate(draw_decisions(np.random.default_rng(14), 300))
    with pytest.raises(UnsupportedError) as caught:
        solve_all(policy, fitted)
    first, *lines = str(caught.value).split("\n")
    assert first == "the decisions do not support"
    assert [line.split(": ")[:2] for line in lines] == [
        ["toxicity reject", "precision >= 0.9"],
        ["review", "flag_share <= 0.001"],
    ]
    pattern = (
        r"the best estimate is \d\.\d{3} \(\d\.\d{3} to \d\.\d{3}\), of [\d,]+ comments;"
        r" about [\d,]+ more decisions like these would do, [\d,]+ of them rejected$"
    )
    assert all(re.search(pattern, line) for line in lines)


def test_thresholds_that_cross_are_refused_by_name() -> None:
    fitted = recalibrate(draw_decisions(np.random.default_rng(15), 3000))
    with pytest.raises(FitError) as caught:
        solve_all(state("recall >= 0.1", "precision >= 0.3"), fitted)
    assert re.fullmatch(
        r"toxicity: as fitted, flag is from 0\.\d+ \(recall >= 0\.1\) on and reject already from"
        r" 0\.\d+ \(precision >= 0\.3\): state more recall, or more precision",
        str(caught.value),
    )


# The review


@pytest.mark.parametrize("show", ["uncertain", "most_toxic"])
@pytest.mark.parametrize("prevalence", [None, 0.1])
def test_a_review_flags_as_much_as_its_interval_allows(show: str, prevalence: float | None) -> None:
    fitted = recalibrate(draw_decisions(np.random.default_rng(17), 3000), prevalence)
    review = msgspec.convert({"statement": "flag_share <= 0.1", "show": show}, Review)
    policy = Policy("site", review=review)
    solved = solve_review_within(policy, review, fitted.sample)
    assert isinstance(solved, Policy)
    assert solved.review is not None
    assert solved.review.flag_share is not None
    assert solved.review.flag_share_interval is not None
    low, high = solved.review.flag_share_interval
    assert low < solved.review.flag_share < high <= 0.1
    # With a few comments more it would be over.
    assert high > 0.098
    flagged = decide_all(fitted.sample.scores, solved) == 1
    assert estimate_share(flagged, fitted.sample) == pytest.approx(
        (solved.review.flag_share, low, high), abs=1e-4
    )


def test_a_budget_that_so_few_comments_cannot_support_says_how_many_would() -> None:
    fitted = recalibrate(draw_decisions(np.random.default_rng(18), 200))
    review = Review("flag_share <= 0.01", "most_toxic")
    found = solve_review_within(Policy("site", review=review), review, fitted.sample)
    assert isinstance(found, Shortfall)
    assert (found.value, found.low, found.comments) == (0, 0, 200)
    assert found.decisions is not None
    more = recalibrate(draw_decisions(np.random.default_rng(19), 200 + found.decisions))
    assert isinstance(
        solve_review_within(Policy("site", review=review), review, more.sample), Policy
    )


def test_a_budget_that_other_attributes_use_up_is_not_for_want_of_decisions() -> None:
    decisions = draw_decisions(np.random.default_rng(20), 1000)
    decisions.scores[:200, 3] = 0.9
    review = Review("flag_share <= 0.1", "most_toxic")
    policy = Policy("site", review=review, insult=Bands(flag=OperatingPoint(0.5)))
    found = solve_review_within(policy, review, recalibrate(decisions).sample)
    assert isinstance(found, Shortfall)
    assert found.value == pytest.approx(0.2)
    assert found.decisions is None


def test_a_budget_with_one_score_for_too_many_comments_is_not_for_want_of_decisions() -> None:
    decisions = of_toxicity([0.2, 0.8] * 200, [False, True] * 200)
    review = Review("flag_share <= 0.1", "most_toxic")
    sample = recalibrate(decisions).sample
    found = solve_review_within(Policy("site", review=review), review, sample)
    # To flag one of the upper half is to flag all of them.
    assert found == Shortfall(0.5, *find_interval(200, 400), 400)
