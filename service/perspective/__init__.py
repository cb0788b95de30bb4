"""The protocol of Google's Perspective API, so that its clients only change a URL.

The path of a call::

    routes      a request arrives; `batch` takes several out of one
    calls       query parameters, key and quota, then the method; the answer as JSON
    parse       the body to a typed request, or one of Perspective's errors
    analysis    languages, scores and spans of a comment
    suggestion  a score that somebody suggests, kept only where storing is on
    wire        the shapes, from which `discovery` makes its document

``python -m service.perspective map`` finds thresholds for scores that are not Google's.
Only ``routes`` knows Flask.
"""
