"""F_avg of `stancekit train` on SemEval-2016 task 6 A, one model a target.

    python tools/semeval.py TRAIN.csv [--test TEST.csv] [--keep FOLDER]

The csv has the columns Tweet, Target and Stance (FAVOR, AGAINST, NONE), as the task's organisers publish
it. Its tweets are written a file a target, and `stancekit train FILE -o MODEL -f json` is run on each with
defaults. Pooled over the targets: F_avg, the mean of F1(FAVOR) and F1(AGAINST), of the cross-validation that
training reports or, with --test, of `stancekit evaluate` on the tweets of another such csv. The interval is
the 2.5 to 97.5 percentile over 1000 resamplings of the tweets. Nothing of the data enters the repository.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LABELS = ("FAVOR", "AGAINST", "NONE")
N_BOOTSTRAP = 1000


def split(path: Path, folder: Path) -> dict[str, Path]:
    """A file of text and stance for each target."""
    folder.mkdir(parents=True, exist_ok=True)
    by_target: dict[str, list[tuple[str, str]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            by_target.setdefault(row["Target"], []).append((row["Tweet"], row["Stance"]))
    files = {}
    for target, rows in sorted(by_target.items()):
        files[target] = folder / f"{target.lower().replace(' ', '-')}.csv"
        with files[target].open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "stance"), *rows])
    return files


def stancekit(*arguments: str | Path) -> dict[str, Any]:
    """What a command prints as JSON; its warnings are left out."""
    command = [sys.executable, "-c", "from stancekit.cli import main; main()", *map(str, arguments)]
    done = subprocess.run([*command, "-f", "json", "--quiet"], stdout=subprocess.PIPE, check=True)
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def confusion(score: dict[str, Any]) -> NDArray[np.int64]:
    """Rows gold, columns predicted, in the order of `LABELS`."""
    order = [list(score["labels"]).index(label) for label in LABELS]
    return np.array(score["confusion"], dtype=np.int64)[np.ix_(order, order)]


def f_avg(counts: NDArray[np.int64]) -> float:
    """The mean of F1(FAVOR) and F1(AGAINST)."""
    f1 = 2 * np.diag(counts) / np.maximum(counts.sum(axis=0) + counts.sum(axis=1), 1)
    return float(f1[:2].mean())


def interval(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Of F_avg: drawing tweets with replacement is drawing cells of the confusion matrix."""
    drawn = np.random.default_rng(0).multinomial(counts.sum(), counts.ravel() / counts.sum(), N_BOOTSTRAP)
    low, high = np.percentile([f_avg(one.reshape(counts.shape)) for one in drawn], [2.5, 97.5])
    return float(low), float(high)


def shown(name: str, counts: NDArray[np.int64], note: str = "") -> str:
    """A line of figures."""
    low, high = interval(counts)
    return f"{name:<34} {counts.sum():>5}  F_avg {f_avg(counts):.4f} [{low:.3f}-{high:.3f}]{note}"


def main() -> None:
    """Read the command line and print a line a target, and one for all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path, metavar="TRAIN.csv")
    parser.add_argument(
        "--test", type=Path, metavar="TEST.csv", help="evaluate on it; otherwise cross-validate"
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the files and models here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        tests = split(arguments.test, folder / "test") if arguments.test else {}
        pooled = np.zeros((3, 3), dtype=np.int64)
        for target, file in split(arguments.train, folder / "train").items():
            model = folder / "models" / file.stem
            trained = stancekit("train", file, "-o", model, "--target", target, "--force")
            (score,) = trained["cross_validation"]
            if tests:
                (score,) = stancekit("evaluate", tests[target], "--model", model)["heads"]
            counts = confusion(score)
            pooled += counts
            print(shown(target, counts, f"  C = {trained['regularization']['stance']:g}"), flush=True)
        print(shown("all", pooled))


if __name__ == "__main__":
    main()
