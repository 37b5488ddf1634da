"""Charts as SVG made by the server, in a wide and a narrow drawing: ADR 0015.

Only classes and SVG attributes are written, so the strict policy holds and light, dark and paper are CSS.
"""

from kopa.base.charts.drawing import Chart
from kopa.base.charts.line import line_chart
from kopa.base.charts.profile import profile_chart

__all__ = ["Chart", "line_chart", "profile_chart"]
