"""A policy in sentences, for whoever runs a site."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from model import ATTRIBUTES
from service.policy.phrases import (
    count,
    join,
    name_attribute,
    name_origin,
    show_hundred,
    show_per_cent,
    show_score,
)
from service.policy.shape import (
    Links,
    OperatingPoint,
    Policy,
    Recalibration,
    Review,
    Words,
)
from service.policy.terms import STEM

_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "toxicity": ("toxic", "toxic comments"),
    "severe_toxicity": ("severely toxic", "severely toxic comments"),
    "identity_attack": ("identity attacks", "identity attacks"),
    "insult": ("insults", "insults"),
    "profanity": ("profane", "profane comments"),
    "threat": ("threats", "threats"),
}
"""What comments with an attribute are, and are called."""

_ACTIONS: Final = {"flag": "flagged for a moderator", "reject": "rejected"}
_ORIGINS: Final = {"by hand": "written by hand", "review": "solved for the review"}
_SHOWN: Final = {
    "uncertain": "those that the model is least sure of",
    "most_toxic": "the most toxic of those that are not rejected",
}


def describe_policy(
    policy: Policy, languages: Sequence[str], prevalence: Mapping[str, float]
) -> list[str]:
    """Return what a policy does; what it does not limit is told, too.

    Parameters
    ----------
    policy : Policy
    languages : sequence of str
        Codes of those that a model reads.
    prevalence : mapping of attribute to float in (0, 1)
        The share of comments, as the model's manifest states it, that statements were solved for.
    """
    limit = count(policy.max_length, "character")
    return [
        f"Comments may have {limit}; a longer one is rejected, and so is an empty one.",
        _describe_languages(policy.languages or languages),
        *_describe_scores(policy, prevalence),
        *([_describe_review(policy.review)] if policy.review else []),
        *([_describe_recalibration(policy.recalibration)] if policy.recalibration else []),
        _describe_links(policy.links),
        *_describe_words(policy.words or Words()),
    ]


def _describe_languages(languages: Sequence[str]) -> str:
    return (
        f"Comments in {join(list(map(repr, sorted(languages))))} are judged;"
        " one in another language is flagged for a moderator."
    )


def _describe_scores(policy: Policy, prevalence: Mapping[str, float]) -> Iterator[str]:
    decides = set()
    for attribute, bands in policy.bands().items():
        points = {"reject": bands.reject, "flag": bands.flag}
        if given := [(action, point) for action, point in points.items() if point]:
            decides.add(attribute)
            what = [
                f"{_ACTIONS[action]} when {{}} is {show_score(point.threshold)} or more"
                f" ({_ORIGINS.get(origin := name_origin(policy, attribute, action), origin)})"
                for action, point in given
            ]
            sentence = ", and ".join(what).format(
                f"its score for {name_attribute(attribute)}", "it"
            )
            yield f"A comment is {sentence}.{_describe_measured(attribute, policy, prevalence)}"
    if rest := [name_attribute(attribute) for attribute in ATTRIBUTES if attribute not in decides]:
        yield f"{join(rest).capitalize()} {'decides' if len(rest) == 1 else 'decide'} nothing."


def _describe_measured(attribute: str, policy: Policy, prevalence: Mapping[str, float]) -> str:
    """Return what was measured with the thresholds of an attribute, if anything was."""
    bands = policy.bands()[attribute]
    shares = [
        (show_score(point.threshold), *measured)
        for point in (bands.reject, bands.flag)
        if point and (measured := _show_measured(point))
    ]
    if not shares:
        return ""
    where, are, those = _find_measured(attribute, policy, prevalence)
    (threshold, precision, recall), *others = shares
    others_shown = "".join(
        f"; at {threshold} or more, {precision} and {recall}"
        for threshold, precision, recall in others
    )
    return (
        f" {where}, {precision} of 100 comments at {threshold} or more {are}, and {recall} of 100"
        f" {those} are there{others_shown}."
    )


def _show_measured(point: OperatingPoint) -> tuple[str, str] | None:
    if point.precision is None or point.recall is None:
        return None
    return (
        show_hundred(point.precision, point.precision_interval),
        show_hundred(point.recall, point.recall_interval),
    )


def _find_measured(
    attribute: str, policy: Policy, prevalence: Mapping[str, float]
) -> tuple[str, str, str]:
    """Return among which comments it was measured, what they are, and how those are called."""
    if policy.recalibration and attribute in policy.recalibration.lines():
        return "Among the site's own decisions", "were rejected", "rejected comments"
    is_, those = _KINDS[attribute]
    share = f"{show_per_cent(prevalence[attribute])} are {is_}"
    if policy.prevalence:
        share = f"{show_per_cent(policy.prevalence)} are toxic"
    return f"On held-out comments of which {share}", f"are {is_}", those


def _describe_review(review: Review) -> str:
    how = f"Moderators are shown {_SHOWN[review.show]} ({review.statement})"
    if review.flag_share is None:
        return f"{how}."
    share = show_per_cent(review.flag_share, review.flag_share_interval)
    right = ""
    if review.accuracy is not None:
        right = f"; if they are always right, {show_hundred(review.accuracy)} of 100 are decided so"
    return f"{how}: {share} of all comments are flagged{right}."


def _describe_recalibration(found: Recalibration) -> str:
    names = join([name_attribute(name) for name in found.lines()])
    of = f" for {names}" if names else ""
    return (
        f"Scores of the model {found.model}{of} were fitted to"
        f" {count(found.decisions, 'decision')} of the site, of which {found.rejected:,} rejected;"
        f" of all its comments it rejects {show_per_cent(found.prevalence)}."
    )


def _describe_links(links: Links | None) -> str:
    if links is None:
        return "Links are not counted."
    own = ""
    if links.own:
        own = f" Links to {join(links.own)}, and to hosts below, do not count."
    many = f"more than {count(links.limit, 'link')}" if links.limit else "a link"
    return f"A comment with {many} is {_ACTIONS[links.action]}.{own}"


def _describe_words(words: Words) -> Iterator[str]:
    effects = {
        "Banned terms reject a comment, in disguise, too": words.banned,
        "Suspect terms flag a comment for a moderator, in disguise, too": words.suspect,
        "Allowed terms are shielded from the other lists, and the model reads them as it does any"
        " name": words.allowed,
    }
    if not any(effects.values()):
        yield "There are no word lists."
    for effect, terms in effects.items():
        if terms:
            yield f"{effect}: {_count_terms(terms)}."


def _count_terms(terms: Sequence[str]) -> str:
    """Return how many terms there are of each kind."""
    stems = sum(term.rstrip().endswith(STEM) for term in terms)
    phrases = sum(len(term.split()) > 1 and not term.rstrip().endswith(STEM) for term in terms)
    kinds = {"word": len(terms) - stems - phrases, "phrase": phrases, "stem": stems}
    return join([count(number, kind) for kind, number in kinds.items() if number])
