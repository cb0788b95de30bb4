"""What the service counts, and `/metrics`, where Prometheus reads it.

The path of a figure::

    families     the metrics: names, labels and buckets
    recorder     what happened is put into a queue, and counted a moment later by a thread
    tally        from what happened to amounts
    folder       where the processes share what they counted (gunicorn.conf.py opens it)
    archive      what ended workers counted is kept in one place
    versions     what is read when it is asked for: models, policies, reloads
    routes       the address

Importing this package does not import prometheus_client: that looks, when it is imported, for
the folder.
"""
