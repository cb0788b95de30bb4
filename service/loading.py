"""Read models and policies from disk, once, before anything is served."""

from pathlib import Path

from model.artefact import MANIFEST, ArtefactError, load_scorer
from model.scorer import Scorer
from service.moderation import Moderator
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
    return Moderator(load_scorers(settings.artefacts), load_policies(settings.policies))


__all__ = ["ArtefactError", "PolicyError", "load_moderator", "load_scorers"]
