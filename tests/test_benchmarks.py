"""The benchmarks run; what they compute of times and write into documents is right."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import contests, report
from benchmarks.chart import scaling_chart
from benchmarks.inputs import ARTICLE_LENGTH, articles, utterances, with_new_words
from benchmarks.processes import usage
from benchmarks.rounds import Contest, Outcome, Spread

ROOT = Path(__file__).parent.parent


BENCHMARKS = sorted(path.stem for path in (ROOT / "benchmarks").glob("test_*.py"))


def test_they_run_on_small_inputs() -> None:
    """Those that need no scikit-learn; `pytest benchmarks --benchmark-disable` runs them all."""
    stages = [f"benchmarks/test_{stage}.py" for stage in ("document", "utterances", "speakers")]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--benchmark-disable", *stages]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


@pytest.mark.parametrize("name", BENCHMARKS)
def test_they_import(name: str) -> None:
    module = import_module(f"benchmarks.{name}")
    assert any(each.startswith("test_") for each in vars(module))


def test_sides_of_a_contest_agree() -> None:
    outcome = contests.scaling(20, contests.KERNEL, contests.PYTHON, contests.SAME).run(1)
    assert {contests.PYTHON, contests.SAME} <= outcome.seconds.keys()
    threads = contests.threads(20)
    assert threads is None or threads.run(1).rounds == 1


def _ticks(*seconds: float) -> Iterator[float]:
    """A clock on which calls take so long, one after the other."""
    now = 0.0
    for one in seconds:
        yield now
        now += one
        yield now


def test_rounds_are_interleaved() -> None:
    order: list[str] = []
    ticks = _ticks(1, 10, 40, 2, 3, 60)  # the first of a round is the last of the next
    names = ("a", "b")
    calls = {name: lambda name=name: order.append(name) for name in names}
    outcome = Contest(10, calls, clock=lambda: next(ticks)).run(rounds=3)
    assert order == ["a", "b", "a", "b", "b", "a", "a", "b"]
    assert outcome.seconds == {"a": [1, 2, 3], "b": [10, 40, 60]}
    assert outcome.each("a").median == pytest.approx(0.2)
    assert outcome.rate("a").median == pytest.approx(5)


def test_ratios_are_taken_within_rounds() -> None:
    outcome = Outcome(1, {"a": [1, 100, 2], "b": [10, 1100, 24]})
    assert outcome.times_as_long("b", "a") == Spread(10.5, 11, 11.5)
    assert outcome.rounds == 3


def test_results_must_agree() -> None:
    sides = {"a": lambda: [1.0, 2.0], "b": lambda: [1.0, 2.001], "c": lambda: None}
    with pytest.raises(AssertionError, match="b is not a"):
        Contest(1, sides, ("a", "b")).run(1)
    assert Contest(1, sides, ("a",)).run(1).rounds == 1


def test_a_budget_leaves_three_rounds() -> None:
    assert Contest(1, {"a": lambda: None}).run(rounds=9, budget=-1).rounds == 3


def test_inputs() -> None:
    n = len(utterances().contents)
    more = utterances(2 * n + 10)
    assert [column[:n] for column in more] == [*utterances()]
    assert len(set(more.contents)) > 0.999 * len(more.contents)
    new = with_new_words(utterances(100), 3)
    words = [word for content in utterances(100).contents for word in content.split()]
    changed = [word for content in new.contents for word in content.split()]
    assert [old == word for old, word in zip(words, changed, strict=True)] == [
        place % 10 != 0 for place in range(len(words))
    ]
    assert all(abs(len(article) - ARTICLE_LENGTH) < 600 for article in articles(20))


def test_usage_of_a_process() -> None:
    used = usage([sys.executable, "-c", "x = bytearray(b'x') * 60_000_000; sum(range(10**6))"])
    assert 60_000_000 < used.peak < 120_000_000
    assert used.cpu > 0.01
    with pytest.raises(RuntimeError, match="no such thing"):
        usage([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_chart_is_an_image_of_its_own() -> None:
    drawing = scaling_chart({"one": {1: 1e-5, 1000: 1e-2}, "another": {1: 1e-3, 1000: 0.5}})
    root = ElementTree.fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.findall("{*}polyline")) == 4  # and in the legend
    assert "prefers-color-scheme" in drawing


def test_figures_are_put_between_the_markers() -> None:
    page = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    assert report.insert(page, "new") == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n"
    assert report.insert(report.insert(page, "x"), "new") == report.insert(page, "new")
    for bad in ("", report.BEGIN, f"{report.END}{report.BEGIN}", page + report.END):
        with pytest.raises(ValueError, match="once each"):
            report.insert(bad, "new")
    assert report.BEGIN in (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
