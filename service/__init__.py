"""Comment moderation over HTTP and in batches.

The path of a comment::

    worker       clients are waited for, and too many are refused
    routes       a request arrives
    parse        bytes to typed comments, or a problem that says what is wrong
    length       the length rule: over-long and empty comments are not scored
    language     which model may judge it
    model        Scorer.score: one calibrated probability an attribute
    policy       thresholds, each with the statement it was derived from
    decision     accept, flag or reject, with every rule that fired
    render       typed to JSON

`moderation` puts length to decision together; ``rescore``, the batch script,
enters there and so decides as the endpoint does. Beside it, `perspective` speaks
Google's protocol and `coral` that of a site's comment system; `feedback` stores
suggested scores, and `inspection` finds all that there is to a decision. Only ``app``,
``observation``, ``access``, ``callers``, ``rates``, ``routes``, ``problems``, ``origins``,
``pages``, ``coral_routes`` and ``perspective.routes`` know Flask.
"""

from typing import Final

__version__: Final = "0.1.0"
