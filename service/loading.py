"""Read models and policies from disk, once, before anything is served."""

from pathlib import Path

from model.artefact import MANIFEST, ArtefactError, load_scorer
from model.scorer import Scorer
from service.feedback.suggestion import FeedbackError
from service.moderation import Comment, Moderator
from service.perspective.suggestion import Keep
from service.policy import PolicyError, load_policies
from service.settings import Settings


def load_scorers(artefacts: Path) -> dict[str, Scorer]:
    """Load every model below a folder, by language, verified.

    Raises
    ------
    ArtefactError
        If one cannot be used, is in the folder of another language, or none is there.
    """
    scorers = {}
    for manifest in sorted(artefacts.glob(f"*/{MANIFEST}")):
        folder = manifest.parent
        scorers[folder.name] = load_scorer(folder)
        if scorers[folder.name].manifest["language"] != folder.name:
            raise ArtefactError(f"{folder}: holds a model of another language")
    if not scorers:
        raise ArtefactError(f"{artefacts}: no model is there")
    return scorers


def load_moderator(settings: Settings) -> Moderator:
    """Load what `settings` names.

    Raises
    ------
    ArtefactError, PolicyError
        If a model or policy cannot be used: the service must not start.
    """
    moderator = Moderator(load_scorers(settings.artefacts), load_policies(settings.policies))
    # What lists need is compiled now, or read from the cache: no request waits for it.
    moderator.moderate([Comment("Compile.", policy=name) for name in moderator.policies])
    return moderator


def open_feedback(settings: Settings) -> Keep | None:
    """Return what stores suggested scores, if the operator switched storing on.

    Raises
    ------
    FeedbackError
        If it cannot be used: the service must not start.
    """
    if settings.feedback is None:
        return None
    # Loaded where it is used alone: it doubles the memory of what answers.
    from service.feedback.store import FeedbackStore  # noqa: PLC0415

    return FeedbackStore.open(settings.feedback).add


__all__ = [
    "ArtefactError",
    "FeedbackError",
    "PolicyError",
    "load_moderator",
    "load_scorers",
    "open_feedback",
]
