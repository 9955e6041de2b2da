"""How good a model of fewer articles would be: whether more labels are worth the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stancekit.train.corpus import Corpus
from stancekit.train.metrics import HeadScore, Interval, with_interval
from stancekit.train.split import Part, smaller_part

SHARES = (0.125, 0.25, 0.5)
"""Of the articles that a fold trains on; the folds themselves are the whole."""


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """Macro-F1 by head of models trained on a share of the articles, over the same articles held out.

    `n_articles` and `n_utterances` are what one such model is trained on, the mean over the folds.
    """

    share: float
    n_articles: float
    n_utterances: float
    macro_f1: Mapping[str, float]
    intervals: Mapping[str, Interval]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "share": self.share,
            "n_articles": self.n_articles,
            "n_utterances": self.n_utterances,
            "heads": {
                head: {"macro_f1": figure, "interval": list(self.intervals[head])}
                for head, figure in self.macro_f1.items()
            },
        }


def smaller_parts(parts: Sequence[Part], groups: Sequence[str]) -> dict[float, list[Part]]:
    """By share the parts with fewer articles; shares that come to the same parts are there once.

    Parameters
    ----------
    groups : of every utterance, as `article_groups` gives them.
    """
    smaller: dict[float, list[Part]] = {}
    seen = {tuple(int(part.training.sum()) for part in parts)}
    for share in SHARES:
        of_share = [smaller_part(part, groups, share) for part in parts]
        size = tuple(int(part.training.sum()) for part in of_share)
        if size not in seen:
            seen.add(size)
            smaller[share] = of_share
    return smaller


def learning_point(
    share: float, corpus: Corpus, parts: Sequence[Part], scores: Sequence[HeadScore]
) -> LearningPoint:
    """The point of a share, whose models were trained on these parts and got these scores."""
    articles = np.array([utterance.article for utterance in corpus.utterances], dtype=object)
    return LearningPoint(
        share=share,
        n_articles=sum(len(set(articles[part.training])) for part in parts) / len(parts),
        n_utterances=sum(int(part.training.sum()) for part in parts) / len(parts),
        macro_f1={score.head: score.macro_f1 for score in scores},
        intervals={score.head: score.interval for score in scores},
    )


def learning_curve_text(points: Sequence[LearningPoint]) -> str:
    """A table for people: a row a share, macro-F1 of each head."""
    heads = list(points[0].macro_f1)
    widths = [max(len(head), 19) for head in heads]
    lines = [
        "learning curve, macro-F1 on articles held out:",
        "  articles  utterances  "
        + "  ".join(f"{head:<{width}}" for head, width in zip(heads, widths, strict=True)),
    ]
    for point in points:
        cells = [
            f"{with_interval(point.macro_f1[head], point.intervals[head]):<{width}}"
            for head, width in zip(heads, widths, strict=True)
        ]
        lines.append(f"  {point.n_articles:>8.0f}  {point.n_utterances:>10.0f}  " + "  ".join(cells))
    return "\n".join(line.rstrip() for line in lines)
