"""Reports -> tables for people."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from stancekit.cli.escape import visible_line
from stancekit.cli.grid import Cell, Column, Grid, Part
from stancekit.cli.output import Output
from stancekit.judgement import HeadInfo, ModelInfo
from stancekit.report import Report, SpeakerReport, Summary, Utterance

_WIDTH = 110  # where nothing says how wide the terminal is
_NARROWEST, _WIDEST = 20, 250
_STACKED_BELOW = 15  # a column; narrower, a table would hold a few letters a line


class TableWriter:
    """The utterances of each report, then its speakers."""

    def __init__(self, output: Output, model: ModelInfo | None) -> None:
        self._output, self._heads = output, () if model is None else model.heads
        self._n = 0
        width = min(max(_terminal_width(), _NARROWEST), _WIDEST)
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown")
        self._grid = Grid(width, styled=output.terminal and not plain)
        self._stacked = width < _STACKED_BELOW * (2 + max(len(self._heads), 2))

    def begin(self) -> None:
        """Nothing."""

    def add(self, report: Report) -> None:
        """A heading and the tables."""
        lines = list(self._lines(report))
        self._output.write("\n" * (self._n > 0) + "".join(f"{line}\n" for line in lines))
        self._n += 1

    def end(self) -> None:
        """Nothing."""

    def _lines(self, report: Report) -> Iterator[str]:
        title = f": {visible_line(report.title)}" if report.title else ""
        yield from self._grid.paragraph([Part(f"{visible_line(report.id)}{title}", "bold")])
        if not report.utterances:
            yield "no utterances"
        elif self._stacked:
            for utterance in report.utterances:
                for cell in self._cells(report, utterance):
                    yield from self._grid.paragraph(cell)
                yield ""
        else:
            yield from self._utterances(report)
            yield from self._speakers(report)

    def _utterances(self, report: Report) -> Iterator[str]:
        columns = [self._speaker_column(), *self._head_columns(), Column("utterance")]
        rows: list[list[Cell]] = []
        for utterance in report.utterances:
            rows.append(self._cells(report, utterance))
            empty: list[Cell] = [()] * (1 + len(self._heads))
            rows += [[*empty, [Part(line, "dim")]] for line in _evidence(utterance)]
        return self._grid.table(columns, [rows])

    def _cells(self, report: Report, utterance: Utterance) -> list[Cell]:
        """Speaker, a judgement of each head, text; the first head, as a rule the stance, colours the text."""
        judgements = [utterance.judgements[head.name] for head in self._heads]
        styles = [_style(head, one.label) for head, one in zip(self._heads, judgements, strict=True)]
        labels = [
            [Part(f"{visible_line(one.label)} {one.probability:.2f}", style)]
            for one, style in zip(judgements, styles, strict=True)
        ]
        text = [Part(visible_line(utterance.text), styles[0] if styles else "")]
        if cue := report.telling_cue(utterance):
            text.insert(0, Part(f"[{visible_line(cue)}] ", "dim"))
        return [_plain(visible_line(utterance.speaker.name)), *labels, text]

    def _speakers(self, report: Report) -> Iterator[str]:
        columns = [self._speaker_column(), Column("n", right=True), *self._head_columns(), Column("role")]
        speaking = [one for one in report.speakers if one.n_utterances]
        speaking.sort(key=lambda one: (-one.n_utterances, one.id))
        sections = [[_speaker_cells(one, self._heads) for one in speaking]]
        if self._heads:
            article = [_summary(head, report.summaries[head.name]) for head in self._heads]
            sections.append([[_plain("the article"), _plain(str(len(report.utterances))), *article, ()]])
        return self._grid.table(columns, sections)

    def _speaker_column(self) -> Column:
        return Column("speaker", widest=max(self._grid.width // 4, 12))

    def _head_columns(self) -> list[Column]:
        return [Column(visible_line(head.name), whole=True) for head in self._heads]


def _terminal_width() -> int:
    """What shutil.get_terminal_size gives; to import that takes longer than to draw a table."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size().columns or _WIDTH
    except OSError:  # stdout is no terminal, or closed
        return _WIDTH


def _plain(text: str) -> Cell:
    return [Part(text)]


def _speaker_cells(one: SpeakerReport, heads: Sequence[HeadInfo]) -> list[Cell]:
    return [
        _plain(visible_line(one.name)),
        _plain(str(one.n_utterances)),
        *(_summary(head, one.summaries[head.name]) for head in heads),
        _plain(visible_line(one.role or "")),
    ]


def _summary(head: HeadInfo, summary: Summary) -> Cell:
    """``oppose -0.63 [-1.00, -0.22]``: label, mean score, interval."""
    if summary.label is None:
        return ()
    score = "" if summary.score is None else f" {summary.score:+.2f}"
    interval = "" if summary.interval is None else " [{:+.2f}, {:+.2f}]".format(*summary.interval)
    return [Part(f"{visible_line(summary.label)}{score}{interval}", _style(head, summary.label))]


def _style(head: HeadInfo, label: str) -> str:
    positive, negative = head.poles or (None, None)
    return "green" if label == positive else "red" if label == negative else ""


def _evidence(utterance: Utterance) -> Iterator[str]:
    for head in utterance.judgements:
        found = [one for one in utterance.evidence if one.head == head]
        words = [f"{visible_line(one.feature)} {one.weight:+.2f}" for one in found]
        if words:
            yield f"{visible_line(head)}: {', '.join(words)}"
