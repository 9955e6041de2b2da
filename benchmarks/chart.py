"""Figures -> docs/benchmarks.svg, with the chart code of training reports."""

from __future__ import annotations

import math
from collections.abc import Mapping

from stancekit.train.charts import Plot, caption, circle, polyline

# The colours of train/report.css. The file stands alone: a page that shows it as an image lends it no style.
_STYLE = """
:root { color-scheme: light dark;
  --text: #1f2328; --back: #ffffff; --muted: #59636e; --line: #d1d9e0;
  --c0: #0550ae; --c1: #b42318; --c2: #1a7f37; }
@media (prefers-color-scheme: dark) { :root {
  --text: #e6edf3; --back: #0d1117; --muted: #9198a1; --line: #3d444d;
  --c0: #79c0ff; --c1: #ff9b91; --c2: #7ee787; } }
.back { fill: var(--back); }
text { fill: var(--own, var(--text)); font: 12px system-ui, sans-serif; }
.grid { stroke: var(--line); } .axis { stroke: var(--muted); }
.c0 { --own: var(--c0); } .c1 { --own: var(--c1); } .c2 { --own: var(--c2); }
.line { fill: none; stroke: var(--own); stroke-width: 2; }
.line.c1 { stroke-dasharray: 6 3; } .line.c2 { stroke-dasharray: 2 3; }
.dot { fill: var(--own); }
"""
_UNITS = {-6: "1 µs", -5: "10 µs", -4: "100 µs", -3: "1 ms", -2: "10 ms", -1: "0.1 s", 0: "1 s", 1: "10 s"}


def scaling_chart(lines: Mapping[str, Mapping[int, float]]) -> str:
    """Seconds over utterances, both axes logarithmic: where the cost is linear, the slope is one.

    Parameters
    ----------
    lines : by name, at most three; number of utterances -> seconds for all of them.
    """
    sizes = sorted({n for line in lines.values() for n in line})
    seconds = [value for line in lines.values() for value in line.values()]
    plot = Plot(
        "Seconds of one thread over utterances scored, both heads of the shipped model",
        "utterances",
        "CPU time",
        x_start=math.log10(sizes[0]),
        x_end=math.log10(sizes[-1]),
        y_start=math.floor(math.log10(min(seconds))),
        y_end=math.ceil(math.log10(max(seconds))),
        left=66,
        width=500,
        height=280,
        margin=40,
    )
    marks: list[str] = []
    for number, (name, line) in enumerate(lines.items()):
        places = [(plot.x(math.log10(n)), plot.y(math.log10(value))) for n, value in line.items()]
        marks.append(polyline(places, number))
        marks += [
            circle(*place, 3.5, f"{name}: {n:,} utterances in {value:.3g} s", f"c{number}")
            for place, (n, value) in zip(places, line.items(), strict=True)
        ]
        x, y = plot.left + 0.6 * plot.width, plot.top + plot.height - 20 * (number + 1)  # below all lines
        marks.append(polyline([(x, y), (x + 26, y)], number))
        marks.append(caption(x + 33, y + 4, name, "start", f"c{number}"))
    powers = range(int(plot.y_start), int(plot.y_end) + 1)
    drawing = plot.draw(
        marks,
        {math.log10(n): f"{n:,}" for n in sizes},
        {power: _UNITS.get(power, f"10^{power} s") for power in powers},
    )
    head, body = drawing.split(">", 1)
    alone = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return f'{alone}><style>{_STYLE}</style><rect class="back" width="100%" height="100%"/>{body}\n'
