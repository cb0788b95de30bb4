"""How good the shipped model and policy are, measured and written down.

``make evaluate DATA=path`` writes ``docs/model/report.md`` and its plots,
``make compare OLD=path DATA=path`` prints how decisions move between two models.

The report is made in this order::

    subject         the model, the policy, and held-out comments with their scores
    metrics         intervals and calibration error, used by the sections
    a module a section, each with ``section(subject)``:
    ranking, calibration, outcomes, collaboration, policies, fairness, disguises,
    spans, mistakes
    plots           the figures
    report          the page

Nothing imports this package. No text of a comment is ever written.
"""
