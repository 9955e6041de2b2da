"""Reports -> JSON, JSON Lines, CSV. The table for people is in table.py."""

from __future__ import annotations

from typing import Any, Protocol

from stancekit.cli.lines import csv_line, dumps
from stancekit.cli.output import Output
from stancekit.judgement import ModelInfo, row_columns
from stancekit.report import SCHEMA, Report


class Writer(Protocol):
    """Takes reports one by one, so that memory holds one at a time."""

    def begin(self) -> None:
        """What stands before the first report."""

    def add(self, report: Report) -> None:
        """One report."""

    def end(self) -> None:
        """What stands behind the last report."""


class JsonWriter:
    """One object, a document a line. Without a model, it is left out."""

    def __init__(self, output: Output, model: ModelInfo | None) -> None:
        self._output, self._model, self._n = output, model, 0

    def begin(self) -> None:
        """Open the object and its list of documents."""
        head = dumps(_provenance(self._model))
        self._output.write(f'{head[:-1]}, "documents": [')

    def add(self, report: Report) -> None:
        """One line."""
        self._output.write(f"{',' if self._n else ''}\n{dumps(report.to_dict())}")
        self._n += 1

    def end(self) -> None:
        """Close what `begin` opened."""
        self._output.write("\n]}\n" if self._n else "]}\n")


class JsonLinesWriter:
    """A line a document, each with schema and model, so that every line tells where it is from."""

    def __init__(self, output: Output, model: ModelInfo | None) -> None:
        self._output, self._provenance = output, _provenance(model)

    def begin(self) -> None:
        """Nothing."""

    def add(self, report: Report) -> None:
        """One line."""
        self._output.write(dumps({**self._provenance, **report.to_dict()}) + "\n")

    def end(self) -> None:
        """Nothing."""


class CsvWriter:
    """A header, and a line an utterance."""

    def __init__(self, output: Output, model: ModelInfo | None) -> None:
        self._output, self._columns = output, row_columns(() if model is None else model.heads)

    def begin(self) -> None:
        """The header."""
        self._output.write(csv_line(self._columns, terminal=self._output.terminal))

    def add(self, report: Report) -> None:
        """As many lines as there are utterances."""
        terminal = self._output.terminal
        lines = [csv_line(list(row.values()), terminal=terminal) for row in report.to_rows()]
        self._output.write("".join(lines))

    def end(self) -> None:
        """Nothing."""


def _provenance(model: ModelInfo | None) -> dict[str, Any]:
    if model is None:
        return {"schema": SCHEMA}
    return {"schema": SCHEMA, "model": model.to_dict()}
