"""What the README shows is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Cli

ROOT = Path(__file__).parent.parent


def test_example_output(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example's output, as printed on a terminal of 110 columns."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"example output: begin.*?```\n(.*?)\n```", readme, re.DOTALL)
    assert shown is not None
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "110")
    outcome = cli("classify", "examples/port-strike.txt")
    assert outcome.code == 0
    lines = [line.rstrip() for line in outcome.text.rstrip().splitlines()]
    assert lines == [line.rstrip() for line in shown[1].splitlines()]
