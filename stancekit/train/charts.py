"""Figures -> inline SVG. Colours and sizes are classes of the page's style sheet; every text is escaped.

A chart has a title, which is its accessible name too, and says in the title of each mark what it stands for;
the page has the same figures as tables.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stancekit.report_html import escaped
from stancekit.telling import TellingFeature
from stancekit.train.learning_curve import LearningPoint
from stancekit.train.reliability import SHOWN, ReliabilityBin, RiskCoverage

LONGEST = 30
"""Characters of a name in a chart; more would leave no room for the figures."""

N_COLOURS = 6
"""Classes c0 to c5 of the style sheet; more lines repeat them."""

_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TICKS = {tick / 5: f"{tick / 5:g}" for tick in range(6)}
_CLOSEST = 22.0  # between two labels on a line


@dataclass(frozen=True, slots=True)
class Plot:
    """A frame with axes: figures -> places in the drawing, in its own units.

    Parameters
    ----------
    x_start, x_end, y_start, y_end : what lies at the left, right, lower and upper edge.
    """

    title: str
    x_name: str
    y_name: str
    x_start: float = 0.0
    x_end: float = 1.0
    y_start: float = 0.0
    y_end: float = 1.0
    left: float = 46.0
    top: float = 10.0
    width: float = 230.0
    height: float = 190.0
    margin: float = 14.0

    def x(self, value: float) -> float:
        """Where a figure of the horizontal axis lies."""
        return self.left + self.width * (value - self.x_start) / (self.x_end - self.x_start)

    def y(self, value: float) -> float:
        """Where a figure of the vertical axis lies."""
        return self.top + self.height * (self.y_end - value) / (self.y_end - self.y_start)

    def draw(self, marks: Iterable[str], x_ticks: Mapping[float, str], y_ticks: Mapping[float, str]) -> str:
        """The drawing; ticks are places on an axis and what is written there."""
        bottom, right = self.top + self.height, self.left + self.width
        parts = [f"<title>{name(self.title, 200)}</title>"]
        for tick, text in y_ticks.items():
            parts.append(_line(self.left, self.y(tick), right, self.y(tick), "grid"))
            parts.append(caption(self.left - 5, self.y(tick) + 4, text, "end"))
        for tick, text in x_ticks.items():
            parts.append(_line(self.x(tick), bottom, self.x(tick), bottom + 4, "axis"))
            parts.append(caption(self.x(tick), bottom + 17, text, "middle"))
        parts.append(_line(self.left, bottom, right, bottom, "axis"))
        parts.append(caption(self.left + self.width / 2, bottom + 35, self.x_name, "middle"))
        middle = self.top + self.height / 2
        parts.append(
            f'<text x="12" y="{_n(middle)}" text-anchor="middle" transform="rotate(-90 12 {_n(middle)})">'
            f"{name(self.y_name)}</text>"
        )
        return _svg(right + self.margin, bottom + 42, [*parts, *marks])


def reliability_diagram(head: str, bins: Sequence[ReliabilityBin]) -> str:
    """The share right over the mean probability of each bin; on the diagonal, probabilities are true.

    The area of a circle is the share of the utterances in its bin.
    """
    plot = Plot(f"Reliability of {head}", "probability of the given label", "share right")
    most = max((one.n for one in bins), default=1)
    marks = [_line(plot.x(0), plot.y(0), plot.x(1), plot.y(1), "dashed")]
    marks.append(polyline([(plot.x(one.probability), plot.y(one.accuracy)) for one in bins], 0))
    marks += [
        circle(
            plot.x(one.probability),
            plot.y(one.accuracy),
            2 + 6 * math.sqrt(one.n / most),
            f"{one.low:g} to {one.high:g}: mean probability {one.probability:.3f}, {one.accuracy:.3f} right,"
            f" {one.n} utterances",
        )
        for one in bins
    ]
    return plot.draw(marks, _TICKS, _TICKS)


def risk_coverage_chart(head: str, curve: RiskCoverage) -> str:
    """The share of wrong labels over the share kept, a circle for each least probability."""
    points = [one for one in curve.thresholds if one.coverage > 0]
    highest = max((one.risk for one in points), default=0.0)
    step = next(step for step in (0.02, 0.05, 0.1, 0.2) if highest <= 5 * step)
    plot = Plot(f"Risk and coverage of {head}", "share kept", "share wrong of those", y_end=5 * step)
    marks = [polyline([(plot.x(one.coverage), plot.y(one.risk)) for one in points], 0)]
    last = math.inf
    for one in points:
        at = plot.x(one.coverage), plot.y(one.risk)
        told = f"at least {one.min_probability:g}: {one.coverage:.3f} kept, {one.risk:.3f} of them wrong"
        marks.append(circle(*at, 3, told))
        if one.min_probability in SHOWN and last - at[0] >= _CLOSEST:
            marks.append(caption(at[0], at[1] - 8, f"{one.min_probability:g}", "middle", "small"))
            last = at[0]
    return plot.draw(marks, _TICKS, {step * i: f"{step * i:.2g}" for i in range(6)})


def learning_curve_chart(points: Sequence[LearningPoint]) -> str:
    """Macro-F1 of each head over the articles trained on, with intervals; each doubling is as wide."""
    doublings = [math.log2(point.n_articles) for point in points]
    ends = [end for point in points for interval in point.intervals.values() for end in interval]
    lowest = min(math.floor(10 * min(ends)), 9)
    highest = max(math.ceil(10 * max(ends)), lowest + 1)
    plot = Plot(
        "Learning curve",
        "articles trained on",
        "macro-F1",
        x_start=doublings[0] - 0.5,
        x_end=doublings[-1] + 0.1,
        y_start=lowest / 10,
        y_end=highest / 10,
        width=300,
        margin=150,
    )
    marks: list[str] = []
    taken: list[float] = []
    for number, head in enumerate(points[0].macro_f1):
        colour = f"c{number % N_COLOURS}"
        figures = [point.macro_f1[head] for point in points]
        places = [(plot.x(x), plot.y(y)) for x, y in zip(doublings, figures, strict=True)]
        marks.append(polyline(places, number))
        for point, (x, y) in zip(points, places, strict=True):
            low, high = point.intervals[head]
            marks.append(_line(x, plot.y(low), x, plot.y(high), f"whisker {colour}"))
            interval = f"{point.macro_f1[head]:.3f}, {low:.3f} to {high:.3f}"
            told = f"{head}: {interval}, of {point.n_articles:.0f} articles"
            marks.append(circle(x, y, 3.5, told, colour))
        # Names of lines that end together stand one under the other.
        at = places[-1][1] + 4
        while any(abs(at - other) < 13 for other in taken):
            at += 13
        taken.append(at)
        marks.append(caption(places[-1][0] + 8, at, head, "start", colour))
    x_ticks = {at: f"{point.n_articles:.0f}" for at, point in zip(doublings, points, strict=True)}
    return plot.draw(marks, x_ticks, {tick / 10: f"{tick / 10:g}" for tick in range(lowest, highest + 1)})


def telling_bars(label: str, features: Sequence[TellingFeature], widest: float) -> str:
    """A bar for each feature, as long as its spread.

    Parameters
    ----------
    widest : the spread that fills the width; the same for all labels of a head, so that bars compare.
    """
    row, left, width = 20, 210.0, 130.0
    parts = [f"<title>{name(f'Most telling features for {label}', 200)}</title>"]
    for number, one in enumerate(features):
        y = number * row
        told = f"{one.block} {one.feature}: weight {one.weight:+.2f}, spread {one.spread:.3f}"
        parts.append(caption(left - 6, y + 14, f"{one.feature} ({one.block})", "end"))
        parts.append(
            f'<rect class="bar" x="{_n(left)}" y="{y + 3}" width="{_n(width * one.spread / widest)}"'
            f' height="{row - 6}"><title>{name(told, 200)}</title></rect>'
        )
        parts.append(
            caption(left + width * one.spread / widest + 5, y + 14, f"{one.weight:+.2f}", "start", "small")
        )
    return _svg(left + width + 46, row * len(features), parts)


def name(text: str, longest: int = LONGEST) -> str:
    """A name as a chart shows it: not too long, escaped, and in no direction but the chart's."""
    text = _DIRECTION.sub("\ufffd", " ".join(text.split()))
    return escaped(text if len(text) <= longest else text[: longest - 1] + "…")


def _svg(width: float, height: float, parts: Iterable[str]) -> str:
    box = f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
    return f'<svg role="img" {box}>{"".join(parts)}</svg>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
    return f'<line class="{kind}" stroke="currentColor" {ends}/>'


def polyline(places: Sequence[tuple[float, float]], number: int) -> str:
    """A line through places, in the colour and the dashes of its number."""
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in places)
    look = f'class="line c{number % N_COLOURS}" fill="none" stroke="currentColor"'
    return f'<polyline {look} points="{points}"/>'


def circle(x: float, y: float, radius: float, told: str, colour: str = "c0") -> str:
    """A dot that says in its title what it stands for."""
    title = f"<title>{name(told, 200)}</title>"
    return f'<circle class="dot {colour}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}">{title}</circle>'


def caption(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    """Text at a place, which is its "start", "middle" or "end"."""
    chosen = f' class="{kind}"' if kind else ""
    return f'<text{chosen} x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{name(text)}</text>'


def _n(value: float) -> str:
    """A place in the drawing: tenths are finer than a screen shows."""
    return f"{value + 0.0:.1f}".removesuffix(".0")
