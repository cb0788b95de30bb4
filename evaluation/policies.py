"""What each shipped policy decides, and what a review budget does to people and model together."""

from collections.abc import Iterator
from typing import Final

from evaluation.markdown import render_paragraph, render_section, render_share
from evaluation.outcomes import judge_newspaper
from evaluation.subject import Bools, Subject
from model.markdown import render_table
from model.operating_points import build_curve, solve
from service.decision import Action
from service.policy import POLICY_FOLDER, Bands, OperatingPoint, Policy, Review, load_policies
from service.policy.budget import measure_review, solve_review
from service.policy.sample import Actions, Sample, decide_all

SHIPPED: Final = ("lenient", "default", "strict")
"""The mildest first."""

SHARES: Final = (0.01, 0.05, 0.1, 0.2)
REJECT: Final = "precision >= 0.98"

PRECISION: Final = "toxic among the rejected"
OUTCOME_HEADER: Final = (
    "policy",
    "accepted",
    "flagged",
    "rejected",
    PRECISION,
    "of the toxic, flagged or rejected",
    "of the others, flagged",
    "of the others, rejected",
)
NEWSPAPER_HEADER: Final = (
    "policy",
    "healthy: rejected",
    "flagged",
    "hostile: rejected",
    "flagged",
    "all: rejected",
    "flagged",
)
REVIEW_HEADER: Final = (
    "flagged at most",
    "people see",
    "flag from",
    "reject from",
    "flagged",
    "accuracy",
    "test: flagged",
    "accuracy",
    PRECISION,
)
REVIEW: Final = f"""
    People and model together, for policies of toxicity alone that state a review budget, solved as
    `derive` solves them, on the comments that the artefact keeps of the validation split. People
    are taken to be always right: a decision is right if a comment is flagged, or toxic and
    rejected, or not toxic and accepted. *Uncertain* are the comments closest to the score that
    tells best (Kivlichan et al., 2021), and the model decides on both sides of them; the *most
    toxic* are those with the highest scores: of all, or of those below the reject threshold of
    `{REJECT}`. Thresholds that were chosen on comments flatter themselves on
    these, so the last three columns have what the same thresholds do to the test split.
"""


def section(subject: Subject) -> str:
    """Return what the shipped policies decide, and what review budgets do."""
    shipped = load_policies(POLICY_FOLDER)
    test, validation = (build_sample(subject, split) for split in ("test", "validation"))
    prevalence = subject.scorer.manifest["prevalence"]["toxicity"]
    introduction = f"""
        The shipped policies on the Wikipedia sources, {len(test.y_true)} comments of the test
        split, weighted to a prevalence of toxicity of {prevalence}. Their statements were chosen
        and solved on the validation split.
    """
    outcomes = [
        (f"`{name}`", *outcome_cells(decide_all(test.scores, shipped[name]), test))
        for name in SHIPPED
    ]
    return render_section(
        "Policies",
        render_paragraph(introduction),
        render_table(OUTCOME_HEADER, outcomes),
        *_newspaper(subject, shipped),
        render_paragraph(REVIEW),
        render_table(REVIEW_HEADER, review_rows(validation, test)),
    )


def build_sample(subject: Subject, split: str) -> Sample:
    """Return a split of the Wikipedia sources, toxicity as common as it is there."""
    part = subject.wikipedia(split).known("toxicity")
    weighted = subject.weighted("toxicity", split)
    return Sample(part.scores, weighted.y_true, weighted.weights)


def outcome_cells(actions: Actions, sample: Sample) -> list[str]:
    """Return what `OUTCOME_HEADER` says of a policy that decides so on a sample."""
    toxic, everything = sample.y_true == 1, sample.y_true >= 0
    rejected, flagged = actions == Action.REJECT, actions == Action.FLAG

    def share(chosen: Bools, group: Bools) -> str:
        total = sample.weights[group].sum()
        return f"{sample.weights[chosen & group].sum() / total:.3f}" if total else "none"

    return [
        *(share(actions == action, everything) for action in Action),
        share(toxic, rejected),
        share(flagged | rejected, toxic),
        share(flagged, ~toxic),
        share(rejected, ~toxic),
    ]


def _newspaper(subject: Subject, shipped: dict[str, Policy]) -> Iterator[str]:
    """Yield what the policies do to a newspaper's comments at their natural rate."""
    source, judged = judge_newspaper(subject)
    if judged is None:
        yield f"{source.name} was not there: {source.without}."
        return
    yield f"The same on {len(judged)} comments of a newspaper's readers (see above), as they are:"
    hostile, healthy = (judged.labels(name) == 1 for name in ("hostile", "healthy"))
    rows = []
    for name in SHIPPED:
        actions = decide_all(judged.scores, shipped[name])
        cells = (
            render_share(actions[group] == action)
            for group in (healthy, hostile, healthy | True)
            for action in (Action.REJECT, Action.FLAG)
        )
        rows.append((f"`{name}`", *cells))
    yield render_table(NEWSPAPER_HEADER, rows)


def review_rows(validation: Sample, test: Sample) -> Iterator[tuple[str, ...]]:
    """Yield what `REVIEW_HEADER` says of each budget and of what people see."""
    curve = build_curve(validation.scores[:, 0], validation.y_true, validation.weights)
    reject = OperatingPoint(solve(REJECT, curve).threshold, REJECT)
    for share in SHARES:
        statement = f"flag_share <= {share}"
        uncertain, most_toxic = Review(statement, "uncertain"), Review(statement, "most_toxic")
        for shown, review, bands in (
            ("the uncertain", uncertain, None),
            ("the most toxic, none is rejected", most_toxic, None),
            (f"the most toxic below `{REJECT}`", most_toxic, Bands(None, reject)),
        ):
            stated = Policy("a", review=review, toxicity=bands)
            solved = solve_review(stated, validation, share)
            cells = _review_cells(solved, review, validation, test)
            yield (f"{100 * share:g} %", shown, *cells)


def _review_cells(
    policy: Policy, review: Review, validation: Sample, test: Sample
) -> Iterator[str]:
    ((_, flag, reject),) = policy.thresholds
    yield from (f"{each:.6g}" if each <= 1 else "never" for each in (flag, reject))
    for sample in (validation, test):
        found = measure_review(review, policy, sample)
        yield from (f"{found.flag_share:.3f}", f"{found.accuracy:.3f}")
    yield outcome_cells(decide_all(test.scores, policy), test)[OUTCOME_HEADER.index(PRECISION) - 1]
