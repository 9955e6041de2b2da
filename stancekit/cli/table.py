"""Reports -> tables for people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stancekit.cli.escape import visible_line
from stancekit.cli.output import Output
from stancekit.judgement import HeadInfo, ModelInfo
from stancekit.report import Report, SpeakerReport, Summary, Utterance

_WIDTH = 110  # where nothing says how wide the terminal is
_NARROWEST, _WIDEST = 20, 250
_STACKED_BELOW = 60  # columns; narrower, a table of this many columns holds a letter a line


class TableWriter:
    """The utterances of each report, then its speakers."""

    def __init__(self, output: Output, model: ModelInfo | None) -> None:
        self._output, self._heads = output, () if model is None else model.heads
        self._n = 0
        self._text = StringIO()
        columns = shutil.get_terminal_size((_WIDTH, 25)).columns
        self._width = min(max(columns, _NARROWEST), _WIDEST)
        self._console = Console(
            file=self._text,
            width=self._width,
            height=25,  # else rich asks the terminal again
            force_terminal=output.terminal,
            color_system="auto" if output.terminal else None,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def begin(self) -> None:
        """Nothing."""

    def add(self, report: Report) -> None:
        """A heading and the tables."""
        if self._n:
            self._console.print()
        self._n += 1
        title = f": {visible_line(report.title)}" if report.title else ""
        self._console.print(Text(f"{visible_line(report.id)}{title}", style="bold"))
        if not report.utterances:
            self._console.print("no utterances")
        elif self._width < _STACKED_BELOW:
            for utterance in report.utterances:
                self._console.print(Text("\n").join(self._cells(report, utterance)), "", sep="\n")
        else:
            self._console.print(self._utterances(report))
            self._console.print(self._speakers(report))
        lines = self._text.getvalue().splitlines()
        self._output.write("".join(f"{line.rstrip()}\n" for line in lines))
        self._text.seek(0)
        self._text.truncate()

    def end(self) -> None:
        """Nothing."""

    def _utterances(self, report: Report) -> Table:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("speaker", max_width=max(self._width // 4, 12))
        for head in self._heads:
            table.add_column(visible_line(head.name), no_wrap=True)
        table.add_column("utterance", ratio=1)
        for utterance in report.utterances:
            table.add_row(*self._cells(report, utterance))
            for line in _evidence(utterance):
                table.add_row("", *("" for _ in self._heads), Text(line, style="dim"))
        return table

    def _cells(self, report: Report, utterance: Utterance) -> list[Text]:
        """Speaker, a judgement of each head, text; the first head, as a rule the stance, colours the text."""
        judgements = [utterance.judgements[head.name] for head in self._heads]
        styles = [_style(head, one.label) for head, one in zip(self._heads, judgements, strict=True)]
        labels = [
            Text(f"{visible_line(one.label)} {one.probability:.2f}", style=style)
            for one, style in zip(judgements, styles, strict=True)
        ]
        text = Text(visible_line(utterance.text), style=styles[0] if styles else "")
        if cue := report.telling_cue(utterance):
            text = Text.assemble((f"[{visible_line(cue)}] ", "dim"), text)
        return [Text(visible_line(utterance.speaker.name)), *labels, text]

    def _speakers(self, report: Report) -> Table:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("speaker", max_width=max(self._width // 4, 12))
        table.add_column("n", justify="right")
        for head in self._heads:
            table.add_column(visible_line(head.name), no_wrap=True)
        table.add_column("role")
        speaking = [one for one in report.speakers if one.n_utterances]
        for one in sorted(speaking, key=lambda one: (-one.n_utterances, one.id)):
            table.add_row(*_speaker_cells(one, self._heads))
        if self._heads:
            table.add_section()
            article = [_summary(head, report.summaries[head.name]) for head in self._heads]
            table.add_row(Text("the article"), Text(str(len(report.utterances))), *article, "")
        return table


def _speaker_cells(one: SpeakerReport, heads: Sequence[HeadInfo]) -> list[Text]:
    return [
        Text(visible_line(one.name)),
        Text(str(one.n_utterances)),
        *(_summary(head, one.summaries[head.name]) for head in heads),
        Text(visible_line(one.role or "")),
    ]


def _summary(head: HeadInfo, summary: Summary) -> Text:
    """``oppose -0.63 [-1.00, -0.22]``: label, mean score, interval."""
    if summary.label is None:
        return Text("")
    score = "" if summary.score is None else f" {summary.score:+.2f}"
    interval = "" if summary.interval is None else " [{:+.2f}, {:+.2f}]".format(*summary.interval)
    return Text(f"{visible_line(summary.label)}{score}{interval}", style=_style(head, summary.label))


def _style(head: HeadInfo, label: str) -> str:
    positive, negative = head.poles or (None, None)
    return "green" if label == positive else "red" if label == negative else ""


def _evidence(utterance: Utterance) -> Iterator[str]:
    for head in utterance.judgements:
        found = [one for one in utterance.evidence if one.head == head]
        words = [f"{visible_line(one.feature)} {one.weight:+.2f}" for one in found]
        if words:
            yield f"{visible_line(head)}: {', '.join(words)}"
