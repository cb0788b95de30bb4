"""Which requests are admitted, and what those are told that are not."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, current_app, g, request

from service.admission import Admit, RateExceededError, RefusedError, WrongKeyError
from service.callers import Caller, Callers, find_key
from service.moderation import Comment
from service.observation import note_key
from service.problems import ProblemError
from service.rates import Rates
from service.settings import Settings

_OPEN: Final = frozenset({"api.healthz", "api.readyz", "api.version", "api.openapi_json"})
_FORMS: Final = frozenset({"pages.send", "pages.inspect"})
_NAME: Final = "access"


class Access:
    """Admit requests.

    Parameters
    ----------
    app : Flask
    settings : Settings
    """

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._callers = Callers(settings)
        self._rates = Rates(app, settings.redis) if self._callers.are_limited else None
        self.has_rates = self._rates is not None
        self.is_open = not settings.keys and not self.has_rates

    def admit(self, key: str | None = None, *, form: bool = False) -> None:
        """Find out who makes the current request, and count it as one comment.

        Parameters
        ----------
        key : str, optional
            That was shown.
        form : bool
            Whether it is what a form of our own pages sends.

        Raises
        ------
        RefusedError
            If it must not be answered.
        """
        caller = g.caller = self._callers.identify(key, form=form)
        if caller.key:
            note_key(caller.key.name)
        self.count(caller, 1)

    def count(self, caller: Caller, cost: int) -> None:
        """Count comments of a caller.

        Raises
        ------
        RateExceededError
            If they are too many; then none is counted.
        """
        for limit in caller.limits:
            g.shown_limit = limit
            if self._rates and not self._rates.take(limit, cost):
                raise RateExceededError(limit.rate)

    def tell(self, response: Response) -> Response:
        """Add what the client is told of its rate."""
        limit = g.get("shown_limit")
        if limit and self._rates:
            refused = response.status_code == HTTPStatus.TOO_MANY_REQUESTS
            response.headers.update(self._rates.headers(limit, refused=refused))
        return response


def guard(app: Flask, settings: Settings) -> Admit | None:
    """Have `app` admit requests before their bodies are read; return how, unless all may ask.

    Perspective's protocol asks it by itself, since it has errors of its own. Coral signs: a key
    is asked of it only where it has no secret to sign with.
    """
    access = Access(app, settings)
    if access.is_open:
        return None  # a request is not even looked at
    guarded = ("api.",) if settings.coral_secrets else ("api.", "coral.")

    @app.before_request
    def _admit() -> None:
        endpoint = request.endpoint or ""
        is_form = endpoint in _FORMS and request.method == "POST"
        if is_form or (endpoint.startswith(guarded) and endpoint not in _OPEN):
            # A browser asks without a key whether it may ask with one.
            if request.method == "OPTIONS":
                return
            try:
                access.admit(find_key(), form=is_form)
            except RefusedError as error:
                raise _build_problem(error) from None

    app.extensions[_NAME] = access
    if access.has_rates:
        app.after_request(access.tell)
    return access.admit


def charge(comments: Sequence[Comment]) -> None:
    """Check that whoever asks may have comments moderated so, and count those beyond the first.

    Raises
    ------
    ProblemError
        403 if its key is not for one of their policies, 429 if they are too many.
    """
    caller: Caller | None = g.get("caller")
    if caller is None:
        return
    if caller.key and caller.key.policies is not None:
        check_policies({comment.policy for comment in comments})
    if len(comments) > 1:
        try:
            current_app.extensions[_NAME].count(caller, len(comments) - 1)
        except RateExceededError as error:
            raise _build_problem(error) from None


def check_policies(names: AbstractSet[str]) -> None:
    """Check that whoever asks may ask for policies.

    Raises
    ------
    ProblemError
        403 if its key is not for one of them.
    """
    key = g.caller.key if "caller" in g else None
    if key and key.policies is not None and not names <= set(key.policies):
        allowed = ", ".join(key.policies)
        detail = f"The key is for other policies: {allowed}."
        raise ProblemError(403, "policy_not_allowed", detail)


def _build_problem(error: RefusedError) -> ProblemError:
    if isinstance(error, RateExceededError):
        detail = f"More comments than {error.rate}. Hold them, and try again after Retry-After."
        return ProblemError(429, "rate_limited", detail)
    is_wrong = isinstance(error, WrongKeyError)
    detail = "The key is not valid." if is_wrong else "A key is needed: Authorization: Bearer KEY."
    return ProblemError(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
