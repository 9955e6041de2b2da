"""What several test modules need: a small model, a classifier with it, and the command line."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from stancekit.classifier import Classifier, load
from stancekit.cli import run
from stancekit.model_file import save
from tests.labelled import small_model

ARTICLE = """Ferry talks resume

By Ada Lindqvist

March 3, 2013

"The army shelled our street," said Rami Haddad, a nurse. "We want the regime to go."

The minister denied the accusations. "Our heroic army protects everybody," he told reporters.

The trucks will leave on Monday, the agency said.
"""


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")


Cli = Callable[..., Outcome]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/*.json anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small-model")
    save(small_model(folder), folder)
    return folder


@pytest.fixture(scope="session")
def classifier(model_folder: Path) -> Classifier:
    return load(model_folder)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    file = tmp_path / "article.txt"
    file.write_text(ARTICLE, encoding="utf-8", newline="")
    return file


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in this process; `stdin` is what is piped in."""

    def call(*arguments: str | Path, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run([str(one) for one in arguments])
        captured = capsysbinary.readouterr()
        return Outcome(code, captured.out, captured.err.decode("utf-8"))

    return call


def command(*arguments: str | Path | bytes) -> list[str | bytes]:
    """The command line as a process of its own."""
    start = "from stancekit.cli import main; main()"
    shown = [one if isinstance(one, bytes) else str(one) for one in arguments]
    return [sys.executable, "-c", start, *shown]


def in_process(
    *arguments: str | Path | bytes,
    stdin: bytes = b"",
    options: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> Outcome:
    """Run it there; `options` are the interpreter's, `env` is added to the environment."""
    python, *rest = command(*arguments)
    done = subprocess.run(
        [python, *options, *rest],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr.decode("utf-8"))
