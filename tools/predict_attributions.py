"""Segment a folder of articles for an attribution scorer.

    python tools/predict_attributions.py FOLDER OUT.jsonl [--wide]

Reads every ``NAME.txt`` (UTF-8, no newline translation) and writes one line a document, offsets in code
points: ``{"doc": NAME, "utterances": [{"content": [[start, end], …], "source": [start, end] | null,
"cue": [start, end] | null}]}``. Prints the CPU time of segmenting and resolving speakers.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import stancekit


def main() -> None:
    """Read the command line and write the predictions."""
    wide = sys.argv[3:] == ["--wide"]
    if len(sys.argv) != 3 + wide:
        sys.exit(__doc__)
    seconds: list[float] = []
    with Path(sys.argv[2]).open("w", encoding="utf-8") as out:
        for path in sorted(Path(sys.argv[1]).glob("*.txt")):
            text = path.read_bytes().decode("utf-8")
            began = time.process_time()
            utterances = stancekit.segment(text, wide=wide)
            seconds.append((time.process_time() - began) * 5000 / max(1, len(text)))
            rows = [{"content": u.content, "source": u.source, "cue": u.cue} for u in utterances]
            out.write(json.dumps({"doc": path.stem, "utterances": rows}) + "\n")
    print(
        f"{len(seconds)} documents, "
        f"median {1000 * statistics.median(seconds):.2f} ms of CPU per 5,000 characters"
    )


if __name__ == "__main__":
    main()
