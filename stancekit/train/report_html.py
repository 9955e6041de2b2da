"""Reports of training and evaluation -> one page of HTML: no script, nothing fetched, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

from stancekit.report_html import escaped, shown
from stancekit.telling import TellingFeature
from stancekit.train.charts import (
    learning_curve_chart,
    reliability_diagram,
    risk_coverage_chart,
    telling_bars,
)
from stancekit.train.learning_curve import LearningPoint
from stancekit.train.metrics import AttributionScore, HeadScore, Interval

MAX_CONFUSED = 30
"""Labels of a head whose confusion is shown; a wider table cannot be read."""

MAX_CHARTED = 60
"""Labels of a head whose features are shown as bars."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows.

    `facts` are shown by their names, empty ones not at all; `method` says where the figures are from.
    """

    title: str
    facts: Mapping[str, str]
    warnings: Sequence[str]
    method: str
    scores: Sequence[HeadScore]
    telling: Mapping[str, Mapping[str, Sequence[TellingFeature]]]
    attribution: AttributionScore | None = None
    learning_curve: Sequence[LearningPoint] = field(default=())


def report_page(page: Page) -> str:
    """The whole page."""
    return "".join(f"{part}\n" for part in _parts(page))


def _parts(page: Page) -> Iterator[str]:
    style = resources.files("stancekit.train").joinpath("report.css").read_text(encoding="utf-8")
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    # Should any text ever slip through unescaped, a browser still runs and fetches nothing.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escaped(page.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>"
    yield f"<h1>{shown(page.title)}</h1>"
    yield _table("Facts", (), [[shown(name), shown(value)] for name, value in page.facts.items() if value])
    if page.warnings:
        items = "".join(f"<li>{shown(warning)}</li>" for warning in page.warnings)
        yield f"<h2>Warnings</h2>\n<ul>{items}</ul>"
    if page.scores:
        intervals = "Intervals are 95 % bootstrap intervals over articles."
        yield f"<h2>Figures</h2>\n<p>{shown(page.method)}. {intervals}</p>"
        yield _overview(page.scores)
        for score in page.scores:
            yield from _head(score)
    else:
        yield f"<h2>Figures</h2>\n<p>None: {shown(page.method)}.</p>"
    if page.learning_curve:
        yield from _learning_curve(page.learning_curve)
    if page.attribution is not None:
        yield from _attribution(page.attribution)
    yield from _telling(page.telling)
    yield "</main>\n</body>\n</html>"


def _overview(scores: Sequence[HeadScore]) -> str:
    return _table(
        "All heads",
        (
            "head",
            "utterances",
            "articles",
            "macro-F1",
            "majority class",
            "accuracy",
            "log-loss",
            "calibration error",
            "area under risk-coverage",
        ),
        [
            [
                shown(one.head),
                f"{one.n:,}",
                f"{one.n_articles:,}",
                _with_interval(one.macro_f1, one.interval),
                *(f"{figure:.3f}" for figure in (one.majority_f1, one.accuracy, one.log_loss)),
                f"{one.calibration_error:.3f}",
                f"{one.risk_coverage.area:.3f}",
            ]
            for one in scores
        ],
    )


def _head(score: HeadScore) -> Iterator[str]:
    yield f"<h3>{shown(score.head)}</h3>"
    yield _table(
        "Each label; 0 where nothing was predicted, or nothing is there",
        ("label", "utterances", "predicted", "precision", "recall", "F1"),
        [
            [
                shown(one.label),
                f"{one.n:,}",
                f"{one.n_predicted:,}",
                _with_interval(one.precision, one.precision_interval),
                _with_interval(one.recall, one.recall_interval),
                _with_interval(one.f1, one.f1_interval),
            ]
            for one in score.labels
        ],
    )
    yield _confusion(score)
    yield '<div class="charts">'
    yield _figure(
        reliability_diagram(score.head, score.reliability),
        "Reliability: on the dashed line, labels are as often right as their probability says. A larger"
        " circle is more utterances.",
    )
    yield _figure(
        risk_coverage_chart(score.head, score.risk_coverage),
        "Risk and coverage: what --min-probability keeps, and how much of that is wrong. Each circle is a"
        " threshold.",
    )
    yield "</div>"
    yield '<div class="charts">'
    yield _table(
        "Reliability",
        ("probability", "utterances", "mean", "right"),
        [
            [f"{one.low:g} to {one.high:g}", f"{one.n:,}", f"{one.probability:.3f}", f"{one.accuracy:.3f}"]
            for one in score.reliability
        ],
    )
    yield _table(
        "Risk and coverage",
        ("--min-probability", "kept", "wrong of those"),
        [
            [f"{one.min_probability:g}", f"{one.coverage:.1%}", f"{one.risk:.1%}" if one.coverage else "–"]
            for one in score.risk_coverage.shown()
        ],
    )
    yield "</div>"


def _confusion(score: HeadScore) -> str:
    if len(score.labels) > MAX_CONFUSED:
        return f'<p class="note">The confusion of {len(score.labels)} labels is in the JSON report.</p>'
    rows = []
    for label, row in zip(score.labels, score.confusion, strict=True):
        n = max(sum(row), 1)
        cells = [f'<td class="shade" style="--part:{count / n:.3f}">{count:,}</td>' for count in row]
        rows.append(f'<tr><th scope="row">{shown(label.label)}</th>{"".join(cells)}</tr>')
    columns = "".join(f'<th scope="col">{shown(one.label)}</th>' for one in score.labels)
    caption = "Confusion: rows by hand, columns as predicted; the stronger the shade, the more of its row"
    head = f'<thead><tr><th scope="col">by hand</th>{columns}</tr></thead>'
    return _in_table(caption, head, rows)


def _learning_curve(points: Sequence[LearningPoint]) -> Iterator[str]:
    heads = list(points[0].macro_f1)
    yield (
        "<h2>Learning curve</h2>\n<p>Models of a share of the articles, on the same articles held out. Where"
        " the line still rises at its end, more labelled articles are worth their work.</p>"
    )
    yield _figure(
        learning_curve_chart(points),
        "Macro-F1 and its 95 % interval; every doubling of the articles is as wide.",
        "broad",
    )
    yield _table(
        "Learning curve: macro-F1",
        ("share", "articles", "utterances", *heads),
        [
            [
                f"{point.share:g}",
                f"{point.n_articles:,.0f}",
                f"{point.n_utterances:,.0f}",
                *(_with_interval(point.macro_f1[head], point.intervals[head]) for head in heads),
            ]
            for point in points
        ],
    )


def _attribution(score: AttributionScore) -> Iterator[str]:
    figures = (
        f"{score.n:,} attributions, {score.n_right / score.n:.1%} right; area under the ROC curve"
        f" {score.auc:.3f}, Brier score {score.brier:.3f} (constant {score.constant_brier:.3f}),"
        f" calibration error {score.calibration_error:.3f}"
    )
    yield f"<h2>Who speaks</h2>\n<p>How sure an attribution is, out of fold by article: {figures}.</p>"
    yield _table(
        "What --min-attribution keeps",
        ("--min-attribution", "speakers kept", "wrong of those"),
        [[f"{least:g}", f"{kept:.1%}", f"{wrong:.1%}"] for least, kept, wrong in score.kept],
    )


def _telling(telling: Mapping[str, Mapping[str, Sequence[TellingFeature]]]) -> Iterator[str]:
    yield (
        "<h2>Most telling features</h2>\n<p>What speaks for each label in the model. A bar is the spread: how"
        " far what the feature adds to the label's log-odds strays from utterance to utterance, estimated"
        " from the model; the number is the feature's weight, the log-odds of the label against the mean of"
        " all. In brackets stands the block of features.</p>"
    )
    for head, of_head in telling.items():
        yield f"<h3>{shown(head)}</h3>"
        shown_labels = list(of_head.items())[:MAX_CHARTED]
        widest = max((one.spread for _, found in shown_labels for one in found), default=0.0)
        yield '<div class="charts">'
        for label, found in shown_labels:
            drawn = telling_bars(label, found, widest) if found and widest else "<p>none</p>"
            yield f"<figure><figcaption>{shown(label)}</figcaption>{drawn}</figure>"
        yield "</div>"
        if len(of_head) > MAX_CHARTED:
            yield f'<p class="note">{len(of_head) - MAX_CHARTED} more labels are in the JSON report.</p>'


def _figure(chart: str, caption: str, kind: str = "") -> str:
    chosen = f' class="{kind}"' if kind else ""
    return f"<figure{chosen}>{chart}<figcaption>{escaped(caption)}</figcaption></figure>"


def _table(caption: str, titles: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; titles are text, cells are HTML, and the first of a row names it."""
    columns = "".join(f'<th scope="col">{shown(title)}</th>' for title in titles)
    head = f"<thead><tr>{columns}</tr></thead>" if columns else ""
    lines = []
    for first, *others in rows:
        # Facts have no columns with names; their values are words and not figures.
        kind = "" if columns else ' class="words"'
        cells = "".join(f"<td{kind}>{cell}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return _in_table(caption, head, lines)


def _in_table(caption: str, head: str, rows: Sequence[str]) -> str:
    body = "\n".join(rows)
    title = f"<caption>{escaped(caption)}</caption>"
    return f'<div class="wide"><table>{title}\n{head}\n<tbody>{body}</tbody></table></div>'


def _with_interval(figure: float, interval: Interval) -> str:
    return f"{figure:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"
