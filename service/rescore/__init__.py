"""Decide again on stored comments: ``python -m service.rescore INPUT -o OUTPUT``.

The path of a row::

    options      the command line, typed
    sources      from names to a source: text_source, parquet_source, database_source
    run          plans parts, has them done by joblib, keeps the journal, publishes
    parts        a handle to a piece of the input; tasks read the rows themselves
    task         rows -> rows.parse -> service.moderation -> columns -> sink
    file_sink    a part is a file, joined with the others at the end; database_sink: a transaction
    journal      which parts are done, to go on from
    comparison   what was decided before; `service.transitions`: what moved, and what is behind it

Nothing in it is known to the service that answers over HTTP; both share
`service.moderation`, and so decide alike.
"""
