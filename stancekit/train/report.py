"""What training and evaluation report: for people, as JSON, and as a page of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit.model import Model
from stancekit.telling import UNITS, TellingFeature, telling_features
from stancekit.train.corpus import number_of
from stancekit.train.learning_curve import LearningPoint, learning_curve_text
from stancekit.train.metrics import AttributionScore, HeadScore
from stancekit.train.report_html import Page, report_page
from stancekit.train.strength import strength_text

N_TELLING = 10
"""Features shown for each label."""

Telling = Mapping[str, Mapping[str, tuple[TellingFeature, ...]]]
"""By head and label."""


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What was trained, on what, and how good it is on articles that it did not see.

    `cross_validation` are the figures of the folds' models, each on the articles left out of its
    training; their probabilities are calibrated by the scale that was chosen on the same articles.
    `attribution` are those of the probabilities of attributions, None without whole articles.
    `learning_curve` is empty if it was not asked for, or nothing was held out.
    """

    model: Model
    path: Path
    n_articles: int
    n_utterances: int
    n_folds: int
    label_counts: Mapping[str, Mapping[str, int]]
    cross_validation: tuple[HeadScore, ...]
    converged: bool
    warnings: tuple[str, ...]
    attribution: AttributionScore | None = None
    learning_curve: tuple[LearningPoint, ...] = ()

    @property
    def telling(self) -> Telling:
        """The features that tell most, by head and label."""
        return telling_of(self.model)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "name": self.model.name,
            "version": self.model.version,
            "target": self.model.target,
            "path": str(self.path),
            "sha256": self.model.sha256,
            "n_articles": self.n_articles,
            "n_utterances": self.n_utterances,
            "n_features": self.model.n_features,
            "n_folds": self.n_folds,
            "converged": self.converged,
            "regularization": self.model.about["regularization"],
            "label_counts": {head: dict(counts) for head, counts in self.label_counts.items()},
            "cross_validation": [score.to_dict() for score in self.cross_validation],
            "learning_curve": [point.to_dict() for point in self.learning_curve],
            "telling": _telling_dict(self.telling),
            "attribution": None if self.attribution is None else self.attribution.to_dict(),
            "warnings": list(self.warnings),
        }

    def to_text(self) -> str:
        """For people."""
        size = _size(self.n_utterances, self.n_articles)
        features = number_of(self.model.n_features, "feature")
        lines = [f"trained {self.model.name} {self.model.version} on {size}, {features}"]
        for head, counts in self.label_counts.items():
            lines.append(f"  {head}: " + ", ".join(f"{label} {count}" for label, count in counts.items()))
        lines.append(f"regularization: C = {strength_text(self.model)}")
        if self.cross_validation:
            lines.append(f"{self.n_folds}-fold cross-validation by article:")
            lines += [score.to_text() for score in self.cross_validation]
        if self.attribution is not None:
            lines.append(self.attribution.to_text())
        if self.learning_curve:
            lines.append(learning_curve_text(self.learning_curve))
        lines += _telling_text(self.telling)
        if not self.converged:
            lines.append("the solver did not converge: see the model's card")
        lines.append(f"written to {self.path}")
        return "\n".join(lines)

    def to_html(self) -> str:
        """A page of its own, with charts; nothing in it runs, and nothing is fetched."""
        model = self.model
        facts = {
            "target": model.target,
            "trained on": _size(self.n_utterances, self.n_articles),
            "features": f"{model.n_features:,}",
            "regularization": f"C = {strength_text(model)}",
            "converged": "yes" if self.converged else "no",
            "file": str(self.path),
            "SHA-256": model.sha256,
        }
        for head, counts in self.label_counts.items():
            facts[head] = ", ".join(f"{label} {count:,}" for label, count in counts.items())
        method = f"{self.n_folds}-fold cross-validation by article" if self.n_folds else "nothing held out"
        return report_page(
            Page(
                title=f"Training of {model.name} {model.version}",
                facts=facts,
                warnings=self.warnings,
                method=method,
                scores=self.cross_validation,
                attribution=self.attribution,
                learning_curve=self.learning_curve,
                telling=self.telling,
            )
        )


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Figures by head.

    `sha256` is that of the model file; of a recipe, of the file that it builds.
    `n_known` counts the utterances that the model was trained on; figures over them flatter it.
    `attribution` is there for a recipe whose corpus has whole articles.
    `telling` are the features of the model that tell most, by head and label.
    """

    model: str
    sha256: str
    method: str
    n_articles: int
    n_utterances: int
    n_known: int
    heads: tuple[HeadScore, ...]
    warnings: tuple[str, ...]
    telling: Telling
    attribution: AttributionScore | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "model": self.model,
            "sha256": self.sha256,
            "method": self.method,
            "n_articles": self.n_articles,
            "n_utterances": self.n_utterances,
            "n_known": self.n_known,
            "heads": [score.to_dict() for score in self.heads],
            "telling": _telling_dict(self.telling),
            "attribution": None if self.attribution is None else self.attribution.to_dict(),
            "warnings": list(self.warnings),
        }

    def to_text(self) -> str:
        """For people."""
        lines = [f"{self.model}, {self.method}: {_size(self.n_utterances, self.n_articles)}"]
        lines += [head.to_text() for head in self.heads]
        lines += _telling_text(self.telling)
        return "\n".join(lines)

    def to_html(self) -> str:
        """A page of its own, with charts; nothing in it runs, and nothing is fetched."""
        known = f"{self.n_known:,} of them the model was trained on" if self.n_known else ""
        facts = {
            "evaluated on": _size(self.n_utterances, self.n_articles),
            "known": known,
            "SHA-256 of the model": self.sha256,
        }
        return report_page(
            Page(
                title=f"Evaluation of {self.model}",
                facts=facts,
                warnings=self.warnings,
                method=self.method,
                scores=self.heads,
                attribution=self.attribution,
                telling=self.telling,
            )
        )


def _size(n_utterances: int, n_articles: int) -> str:
    return f"{number_of(n_utterances, 'utterance')} of {number_of(n_articles, 'article')}"


def telling_of(model: Model) -> Telling:
    """The features that tell most: words, or pieces of words if the model reads nothing else."""
    words = any(block.unit != "chars" for block in model.settings.blocks)
    chosen = {} if words else {"units": UNITS}
    return {head.name: telling_features(model, head, N_TELLING, **chosen) for head in model.heads}


def _telling_dict(telling: Telling) -> dict[str, Any]:
    return {
        head: {label: [one.to_dict() for one in found] for label, found in of_head.items()}
        for head, of_head in telling.items()
    }


def _telling_text(telling: Telling) -> list[str]:
    lines = ["most telling features, those that stray most first, with their weights:"]
    for head, of_head in telling.items():
        for label, found in of_head.items():
            shown = ", ".join(f"{one.block}:{one.feature!r} {one.weight:+.2f}" for one in found)
            lines.append(f"  {head} {label}: {shown or 'none'}")
    return lines
