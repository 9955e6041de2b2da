"""Report -> a piece of HTML for notebooks: no script, nothing fetched, everything escaped."""

import html
import re
from collections.abc import Iterator

from stancekit.judgement import HeadInfo, Judgement
from stancekit.report import Report, Summary, Utterance

MAX_ROWS = 500
"""Utterances shown; a notebook gets slow with more. The rest are counted in a note."""

# HTML has no way to write these, not even as references.
_NOT_IN_HTML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_GREEN, _RED, _GREY = "#1a7f37", "#b42318", "#6b7280"  # 4.5:1 contrast or better on white
_CELL = 'style="text-align:left;vertical-align:top;padding:2px 10px 2px 0"'


def report_html(report: Report) -> str:
    """The utterances of an article and its speakers as two tables."""
    return "".join(_parts(report))


def _parts(report: Report) -> Iterator[str]:
    heads = () if report.model is None else report.model.heads
    n = len(report.utterances)
    yield '<div style="max-width:70em">'
    yield f"<p><b>{shown(report.title or report.id or 'Article')}</b>"
    yield f"<br>{n} utterance{'' if n == 1 else 's'}"
    if report.model is not None:
        yield f", model {shown(report.model.name)}"
        if report.model.target:
            yield f", target: {shown(report.model.target)}"
    for warning in report.warnings:
        yield f"<br>warning: {shown(warning)}"
    yield "</p>"
    if report.utterances:
        names = [head.name for head in heads]
        yield from _table(["speaker", *names, "utterance"], _utterance_rows(report, heads))
        if n > MAX_ROWS:
            yield f"<p>{n - MAX_ROWS} more are not shown; to_dict() and to_pandas() hold them all.</p>"
        speakers = [speaker for speaker in report.speakers if speaker.n_utterances][:MAX_ROWS]
        rows = [
            [
                shown(one.name),
                str(one.n_utterances),
                *(_summary(head, one.summaries[head.name]) for head in heads),
                shown(one.role or ""),
            ]
            for one in speakers
        ]
        if heads:
            article = [_summary(head, report.summaries[head.name]) for head in heads]
            rows.append(["<b>the article</b>", str(n), *article, ""])
        yield from _table(["speaker", "utterances", *names, "role"], rows)
    yield "</div>"


def _utterance_rows(report: Report, heads: tuple[HeadInfo, ...]) -> list[list[str]]:
    return [
        [
            shown(one.speaker.name),
            *(_judgement(head, one) for head in heads),
            _cue(report.telling_cue(one)) + shown(one.text),
        ]
        for one in report.utterances[:MAX_ROWS]
    ]


def _cue(cue: str) -> str:
    return f'<span style="color:{_GREY}">[{shown(cue)}]</span> ' if cue else ""


def _table(titles: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield "<table><thead><tr>"
    yield "".join(f"<th {_CELL}>{shown(title)}</th>" for title in titles)
    yield "</tr></thead><tbody>"
    for row in rows:
        yield "<tr>" + "".join(f"<td {_CELL}>{cell}</td>" for cell in row) + "</tr>"
    yield "</tbody></table>"


def _judgement(head: HeadInfo, utterance: Utterance) -> str:
    judgement: Judgement = utterance.judgements[head.name]
    return f"{_label(head, judgement.label)} {judgement.probability:.2f}"


def _summary(head: HeadInfo, summary: Summary) -> str:
    if summary.label is None:
        return ""
    score = "" if summary.score is None else f" {summary.score:+.2f}"
    interval = "" if summary.interval is None else " [{:+.2f}, {:+.2f}]".format(*summary.interval)
    return _label(head, summary.label) + score + interval


def _label(head: HeadInfo, label: str) -> str:
    positive, negative = head.poles or (None, None)
    colour = _GREEN if label == positive else _RED if label == negative else _GREY
    return f'<span style="color:{colour}">{shown(label)}</span>'


def shown(text: str) -> str:
    """Text as HTML shows it, isolated so that right-to-left marks in it end with it."""
    return f"<bdi>{escaped(text)}</bdi>"


def escaped(text: str) -> str:
    """Text as HTML shows it, in an attribute too."""
    return html.escape(_NOT_IN_HTML.sub(chr(0xFFFD), text))
