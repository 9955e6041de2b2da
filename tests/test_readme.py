"""What the README shows is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Cli

ROOT = Path(__file__).parent.parent


_SHOWN = re.compile(r"(example output: begin.*?```\n)(.*?)(\n```)", re.DOTALL)


def test_example_output(cli: Cli, monkeypatch: pytest.MonkeyPatch, update_golden: bool) -> None:
    """The example's output, as printed on a terminal of 110 columns; `--update-golden` writes it anew."""
    file = ROOT / "README.md"
    readme = file.read_text(encoding="utf-8")
    shown = _SHOWN.search(readme)
    assert shown is not None
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "110")
    outcome = cli("classify", "examples/port-strike.txt")
    assert outcome.code == 0
    printed = "\n".join(line.rstrip() for line in outcome.text.rstrip().splitlines())
    if update_golden:
        file.write_text(readme[: shown.start(2)] + printed + readme[shown.end(2) :], encoding="utf-8")
        return
    assert printed.splitlines() == shown[2].splitlines()
