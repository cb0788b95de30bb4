"""Suggested scores: stored where the operator switched it on, exported as training data.

The path of a suggestion::

    suggestion  a text and the scores it should have had
    engine      from a path or URL to connections, and from a database's errors to ours
    schema      the table is made, or refused if it is not ours
    store       add, read, delete: a transaction each
    table       from a suggestion to a row and back
    export      from the table to JSON lines that training reads

``python -m service.feedback`` exports and deletes. What answers over HTTP knows ``suggestion``,
and ``store`` where storing is on.
"""
