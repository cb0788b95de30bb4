"""Read models and policies from disk, before anything is served."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from model.artefact import MANIFEST, ArtefactError, load_scorer
from model.scorer import Scorer
from service.feedback.suggestion import FeedbackError
from service.moderation import Comment, Moderator
from service.perspective.suggestion import Keep
from service.policy import PolicyError, load_policies, load_policy
from service.settings import Settings
from service.shadow import Shadow, ShadowError

Loaded = TypeVar("Loaded")


def load_scorers(artefacts: Path, *, mapped: bool = True) -> dict[str, Scorer]:
    """Load every model below a folder, by language, verified.

    Parameters
    ----------
    artefacts : Path
    mapped : bool
        Whether the weights stay in their files, as for programs that end soon. Who serves for
        weeks reads them: a file that is written over would change them, or kill the process.

    Raises
    ------
    ArtefactError
        If one cannot be used, is in the folder of another language, or none is there.
    """
    scorers = {}
    for manifest in sorted(artefacts.glob(f"*/{MANIFEST}")):
        folder = manifest.parent
        scorers[folder.name] = load_scorer(folder, mapped=mapped)
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

    def load() -> Moderator:
        scorers = load_scorers(settings.artefacts, mapped=False)
        moderator = Moderator(scorers, load_policies(settings.policies))
        _try_policies(moderator)
        return moderator

    # A model has its hash. Of a policy file, half may be a policy, too.
    return load_unchanged(settings.policies, load)


def load_unchanged(folder: Path, load: Callable[[], Loaded]) -> Loaded:
    """Return what `load` does, unless somebody wrote to the folder meanwhile.

    Parameters
    ----------
    folder : Path
        Of policies.
    load : callable

    Raises
    ------
    PolicyError
        If a file came, went, or was changed.
    """
    before = _look_at(folder)
    loaded = load()
    if _look_at(folder) != before:
        raise PolicyError(f"{folder}: was changed while it was read; try again")
    return loaded


def load_shadow(settings: Settings, moderator: Moderator) -> Shadow | None:
    """Load the candidate that `settings` names, if any.

    Parameters
    ----------
    settings : Settings
    moderator : Moderator
        What decides: a candidate that is but a model or a policy takes the rest from it.

    Raises
    ------
    ShadowError
        If the candidate cannot be used.
    """
    if settings.shadow_model is None and settings.shadow_policy is None:
        return None
    try:
        scorers, policies, model, policy = dict(moderator.scorers), moderator.policies, None, None
        if settings.shadow_model is not None:
            model = load_scorer(settings.shadow_model, mapped=False)
            scorers[model.manifest["language"]] = model
        if settings.shadow_policy is not None:
            policy = load_policy(settings.shadow_policy)
            policies = {policy.name: policy}
        candidate = Moderator(scorers, policies)
    except (ArtefactError, PolicyError) as error:
        raise ShadowError(f"the shadow cannot be used: {error}") from error
    _try_policies(candidate)
    return Shadow(candidate, model, policy)


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


def _try_policies(moderator: Moderator) -> None:
    # What lists need is compiled now, or read from the cache: no request waits for it.
    moderator.moderate([Comment("Compile.", policy=name) for name in moderator.policies])


def _look_at(folder: Path) -> list[tuple[Path, int, int, int]] | None:
    """Return what changes when a file of a folder does; None where one went away meanwhile."""
    try:
        found = [(path, path.stat()) for path in sorted(folder.rglob("*"))]
    except OSError:
        return None
    return [(path, stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in found]


__all__ = [
    "ArtefactError",
    "FeedbackError",
    "PolicyError",
    "ShadowError",
    "load_moderator",
    "load_scorers",
    "load_shadow",
    "load_unchanged",
    "open_feedback",
]
