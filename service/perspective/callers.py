"""Google's errors for a call that is not admitted: clients tell them apart."""

from typing import Final

from service.admission import Admit, NoKeyError, RateExceededError, WrongKeyError
from service.perspective.errors import SERVICE, PerspectiveError, caller_error

_NO_KEY: Final = (
    "Method doesn't allow unregistered callers (callers without established identity). Please use"
    " API Key or other form of API consumer identity to call this API."
)


def admit_call(admit: Admit, key: str | None, metric: str) -> None:
    """Count a call, or refuse it.

    Parameters
    ----------
    admit : callable
    key : str, optional
        As sent.
    metric : str
        What Google says that such a call counts as.

    Raises
    ------
    PerspectiveError
        400 for a wrong key, 403 for none, 429 for a call over the rate.
    """
    try:
        admit(key)
    except NoKeyError:
        raise PerspectiveError(403, _NO_KEY) from None
    except WrongKeyError:
        message = "API key not valid. Please pass a valid API key."
        raise caller_error(400, "API_KEY_INVALID", message) from None
    except RateExceededError as error:
        amount, unit = error.rate.split("/")
        limit = f"{metric} per {unit}"
        raise caller_error(
            429,
            "RATE_LIMIT_EXCEEDED",
            f"Quota exceeded for quota metric '{metric}' and limit '{limit}' of service"
            f" '{SERVICE}'.",
            quota_metric=metric,
            quota_limit=limit,
            quota_limit_value=amount,
        ) from None
