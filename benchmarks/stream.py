"""``python stream.py FILE``: score a file of JSON Lines through the library, a batch at a time."""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path

from stancekit import model_file

BATCH = 512


def main(path: Path) -> None:
    """Print how many utterances there were, and the mean probability of the first label."""
    model = model_file.load()
    n, total = 0, 0.0
    with path.open(encoding="utf-8") as file:
        while lines := list(islice(file, BATCH)):
            rows = [json.loads(line) for line in lines]
            scores = model.score(*([row[name] for row in rows] for name in ("text", "cue", "source")))
            n += len(rows)
            total += scores[:, 0].sum()
    print(n, total / n)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
