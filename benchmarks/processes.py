"""Fresh processes: CPU seconds and peak memory of whole commands."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
STANCEKIT = [sys.executable, "-c", "from stancekit.cli import main; main()"]
"""What the console script does."""


def children_cpu_seconds() -> float:
    """CPU time, user and system, of all processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Usage(NamedTuple):
    """Seconds of CPU, user and system, and the most bytes that were in memory at once."""

    cpu: float
    peak: int


def usage(command: list[str]) -> Usage:
    """What a command took.

    Raises
    ------
    RuntimeError
        It failed.
    """
    measured = [sys.executable, "-I", "-S", str(HERE / "usage.py"), *command]
    done = subprocess.run(measured, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return Usage(**json.loads(done.stdout))


def cold_commands(one: Path, article: Path) -> dict[str, list[str]]:
    """Commands for one utterance and one article, and what Python costs by itself, for scale."""
    return {
        "stancekit score, one line": [*STANCEKIT, "score", str(one)],
        "stancekit classify, one article": [*STANCEKIT, "classify", str(article)],
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
        "python -c 'import sklearn'": [sys.executable, "-c", "import sklearn"],
    }


def streams(path: Path, out: Path) -> dict[str, list[str]]:
    """Ways to score a file of JSON Lines that is larger than memory should have to be."""
    command = [*STANCEKIT, "score", "--quiet", "--max-bytes", str(10**12), "--force", "-o", str(out)]
    return {
        "the library, in batches": [sys.executable, str(HERE / "stream.py"), str(path)],
        "stancekit score, JSONL to JSONL": [*command, str(path)],
    }
