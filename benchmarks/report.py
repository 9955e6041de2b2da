"""``python -m benchmarks.report``: measure, and write docs/benchmarks.md and docs/benchmarks.svg.

Takes minutes, and is best run on a machine that does nothing else. All is measured anew; nothing comes from
an earlier run.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks import contests
from benchmarks.chart import scaling_chart
from benchmarks.contests import KERNEL, PYTHON, SAME
from benchmarks.inputs import ROOT, articles, corpus_rows, utterances, write_jsonl
from benchmarks.peers import versions
from benchmarks.processes import streams, usage
from benchmarks.rounds import MOST_ROUNDS, Contest, Outcome, Spread
from stancekit import kernel

BEGIN, END = "<!-- figures: begin. Written by `python -m benchmarks.report` -->", "<!-- figures: end -->"
SIZES = tuple(10**power for power in range(7))
MOST_COMPARED = 10**4
"""Utterances that the slow sides of the scaling table are given."""
PACKAGES = (
    *(
        "numpy",
        "scipy",
        "scikit-learn",
        "fasttext-wheel",
        "vowpalwabbit",
        "vaderSentiment",
        "textacy",
        "spacy",
    ),
)


class Report:
    """The tables, one method each.

    Parameters
    ----------
    quick : small inputs and few rounds, to see that all runs; the figures mean nothing.
    folder : for files of passing use.
    """

    def __init__(self, quick: bool, folder: Path) -> None:
        self.quick, self.folder = quick, folder
        self.lines: dict[str, dict[int, float]] = {}
        self.base = KERNEL if kernel.COMPILED else PYTHON

    def write(self) -> str:
        """All tables, as Markdown."""
        parts = [self.circumstances()]
        for table in (
            self.shipped,
            self.words,
            self.alone,
            self.threads,
            self.scaling,
            self.stages,
            self.cold_start,
            self.training,
            self.memory,
        ):
            began = time.monotonic()
            parts.append(table())
            print(f"{table.__name__}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        return "\n\n".join(part for part in parts if part)

    def circumstances(self) -> str:
        found = ", ".join(f"{name} {number}" for name, number in versions(*PACKAGES).items())
        compiled = "compiled kernel" if kernel.COMPILED else "Python path, no kernel"
        own = versions("stancekit")["stancekit"]
        return (
            f"Measured {datetime.date.today():%Y-%m-%d} on {_processor()}, {os.cpu_count()} cores, "
            f"{platform.system()}, Python {platform.python_version()}; stancekit {own} ({compiled}), "
            f"{found}.\n\n"
            "A figure is the median of the rounds; in brackets its quartiles."
        )

    def shipped(self) -> str:
        outcome = self._run(contests.shipped(60 if self.quick else 3000), 45)
        return self._comparison("The shipped model, both heads, one thread", outcome)

    def words(self) -> str:
        outcome = self._run(contests.words(60 if self.quick else 12_000), 45)
        return self._comparison("A model of words: 70,000 n-grams of one and two, one thread", outcome)

    def alone(self) -> str:
        n = 5 if self.quick else 100
        different, same = (self._run(contests.alone(n, again=again), 15) for again in (False, True))
        rows = [
            (name, *(_figure(_scaled(outcome.each(name), 1e6)) for outcome in (different, same)))
            for name in different.seconds
        ]
        told = (
            f"One a call: {different.n} utterances one after another, and one of middle length again and "
            f"again; {different.rounds} and {same.rounds} rounds."
        )
        head = ("", "µs, one after another", "µs, the same again")
        return f"### One utterance alone, inside Python\n\n{told}\n\n{_table(head, rows)}"

    def threads(self) -> str:
        contest = contests.threads(1000 if self.quick else 100_000)
        if contest is None:
            return ""
        outcome = self._run(contest, 30)
        one, two = outcome.seconds
        gain = _figure(outcome.times_as_long(one, two))
        rates = [(name, _figure(outcome.rate(name), 0)) for name in outcome.seconds]
        rows = [(*rates[0], "1"), (*rates[1], gain)]
        n = f"{outcome.n:,} utterances, the shipped model, wall time; {outcome.rounds} rounds."
        return f"### Two threads\n\n{n}\n\n{_table(('', 'utterances a second', 'times as fast'), rows)}"

    def scaling(self) -> str:
        rows = []
        sizes = [n for n in SIZES if n <= 1000] if self.quick else SIZES
        for n in sizes:
            names = (KERNEL, PYTHON, SAME) if n <= MOST_COMPARED else (self.base,)
            if n > MOST_COMPARED and not kernel.COMPILED:
                break  # minutes a round, and nothing new
            rounds = MOST_ROUNDS * 4 if n <= 100 else MOST_ROUNDS if n < MOST_COMPARED else 2
            outcome = self._run(contests.scaling(n, *names), 8, rounds)
            for name in outcome.seconds:
                self.lines.setdefault(name, {})[n] = outcome.each(name).median * n
            cells = (
                _figure(_scaled(outcome.each(name), 1e6)) if name in outcome.seconds else ""
                for name in (KERNEL, PYTHON, SAME)
            )
            rows.append((f"{n:,}", *cells, str(outcome.rounds)))
        head = ("utterances in one call", *(f"{name}, µs each" for name in (KERNEL, PYTHON, SAME)), "rounds")
        return (
            "### Cost by number\n\nThe shipped model, both heads, one thread.\n\n"
            f"{_table(head, rows)}\n\n![Time over utterances](benchmarks.svg)"
        )

    def stages(self) -> str:
        outcome = self._run(contests.stages(2 if self.quick else 12), 30)
        whole = outcome.seconds["classify"]
        named = ("document", "utterances", "speakers", "score")
        rest = [
            seconds - sum(outcome.seconds[name][number] for name in named)
            for number, seconds in enumerate(whole)
        ]
        laps = Outcome(outcome.n, {**outcome.seconds, "rest: signs, report, summaries": rest})
        rows = [
            (
                name,
                _figure(_scaled(laps.each(name), 1e3)),
                f"{100 * laps.times_as_long(name, 'classify').median:.0f} %",
            )
            for name in (*named, "rest: signs, report, summaries")
        ]
        dominant = max(named, key=lambda name: laps.each(name).median)
        stages = _table(("stage", "ms an article", "share"), rows)
        others = [name for name in outcome.seconds if name not in named]
        peers = [
            (
                {
                    "classify": "stancekit classify, all stages",
                    SAME: "scikit-learn, the stage *score* alone",
                }.get(name, name),
                _figure(outcome.rate(name), 1),
                _figure(outcome.times_as_long(name, "classify")),
            )
            for name in others
        ]
        length = sum(map(len, articles(outcome.n))) / outcome.n
        n_utterances = sum(len(contests.article_fields(text)) for text in articles(outcome.n)) / outcome.n
        n = (
            f"{outcome.n} articles of {length:,.0f} characters and {n_utterances:.0f} utterances on average, "
            f"one thread; {outcome.rounds} rounds. The stage *{dominant}* dominates."
        )
        head = ("", "articles a second and core", "times as long as stancekit")
        return f"### From article to report\n\n{n}\n\n{stages}\n\n{_table(head, peers)}"

    def cold_start(self) -> str:
        one = write_jsonl(utterances(1), self.folder / "one.jsonl")
        article = self.folder / "article.txt"
        article.write_text(articles(1)[0], encoding="utf-8")
        outcome = self._run(contests.cold_start(one, article), rounds=2 if self.quick else 10)
        rows = [(f"`{name}`", _figure(outcome.each(name), 3)) for name in outcome.seconds]
        n = f"Fresh processes, user and system; {outcome.rounds} rounds."
        return f"### Cold start\n\n{n}\n\n{_table(('', 'seconds of CPU'), rows)}"

    def training(self) -> str:
        rows = []
        for n in (200,) if self.quick else (250, 500, 1000):
            outcome = self._run(contests.training(n, self.folder), rounds=2)
            each = outcome.each("train")
            rows.append(
                (f"{n:,}", _figure(_scaled(each, n)), _figure(_scaled(each, 1e3)), str(outcome.rounds))
            )
        head = ("labelled utterances", "seconds", "ms each", "rounds")
        return (
            "### Training\n\n`stancekit train --no-learning-curve`, both heads, one process: 5-fold "
            f"cross-validation, choice of the penalty, final model.\n\n{_table(head, rows)}"
        )

    def memory(self) -> str:
        rows: list[tuple[str, ...]] = []
        largest = 1000 if self.quick else SIZES[-1]
        for n in (1, largest):
            path = write_jsonl(utterances(n), self.folder / f"{n}.jsonl")
            for name, command in streams(path, self.folder / "scores.jsonl").items():
                used = usage(command)
                rows.append((name, f"{n:,}", f"{used.peak / 1e6:.0f}", f"{used.cpu:.1f}"))
            path.unlink()
        head = ("", "utterances", "peak MB", "seconds of CPU")
        size = "Fresh processes, once each; MB are a million bytes."
        return f"### Memory\n\n{size}\n\n{_table(head, sorted(rows))}"

    def _run(self, contest: Contest, budget: float = float("inf"), rounds: int = MOST_ROUNDS) -> Outcome:
        return contest.run(min(rounds, 2)) if self.quick else contest.run(rounds, budget)

    def _comparison(self, title: str, outcome: Outcome) -> str:
        rows = [
            (
                name,
                _figure(outcome.rate(name), 0),
                _figure(_scaled(outcome.each(name), 1e6)),
                _figure(outcome.times_as_long(name, self.base)),
            )
            for name in outcome.seconds
        ]
        head = ("", "utterances a second", "µs each", "times as long as stancekit")
        length = sum(len(row["text"].split()) for row in corpus_rows()) / len(corpus_rows())
        n = f"{outcome.n:,} utterances of {length:.0f} words on average; {outcome.rounds} rounds."
        return f"### {title}\n\n{n}\n\n{_table(head, rows)}"


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def _scaled(spread: Spread, by: float) -> Spread:
    return Spread(*(value * by for value in spread))


def _figure(spread: Spread, places: int | None = None) -> str:
    """Median and quartiles, to three figures or to some decimal places."""
    if places is None:
        places = 0 if abs(spread.median) >= 99.5 else 1 if abs(spread.median) >= 9.95 else 2
    low, median, high = (f"{value:,.{places}f}" for value in spread)
    return median if low == high else f"{median} [{low}, {high}]"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def insert(page: str, figures: str) -> str:
    """The page with the figures between its markers.

    Raises
    ------
    ValueError
        It does not have the two markers once each, in their order.
    """
    pieces = re.split(f"({re.escape(BEGIN)}|{re.escape(END)})", page)
    if [piece for piece in pieces if piece in (BEGIN, END)] != [BEGIN, END]:
        raise ValueError(f"expected the lines {BEGIN!r} and {END!r} once each, in this order")
    return f"{pieces[0]}{BEGIN}\n\n{figures}\n\n{END}{pieces[-1]}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small inputs, to see that all runs; prints and writes nothing"
    )
    options = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    page = ROOT / "docs" / "benchmarks.md"
    with tempfile.TemporaryDirectory() as folder:
        report = Report(options.quick, Path(folder))
        figures = report.write()
    drawing = scaling_chart(report.lines)
    if options.quick:
        print(figures)
        return
    page.write_text(insert(page.read_text(encoding="utf-8"), figures), encoding="utf-8")
    page.with_suffix(".svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
