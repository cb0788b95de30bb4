"""What a moderator sees of a comment: everything its decision rests on.

`inspecting`
    From an outcome to all that is shown: `inspect_outcome`.
`colours`
    What each word adds to an attribute, and the text in colours.
`reading`
    The text as the model reads it.
`visible`
    What of a text cannot be seen, made visible.
`figures`
    What a threshold does, as measured.
"""

from service.inspection.figures import Curve, Measured, Row
from service.inspection.inspecting import AttributeView, Inspection, inspect_outcome

__all__ = ["AttributeView", "Curve", "Inspection", "Measured", "Row", "inspect_outcome"]
