"""Measured figures -> the model card: ``python -m stancekit.train.card models/assad-en``.

Writes ``README.md`` into a model folder that holds ``recipe.toml``, ``model.safetensors`` and, optionally,
``figures.json``: what was measured on texts that are not part of the folder. The figures on the corpus
itself are computed, by cross-validation over its articles; provenance, licence and limits are those of the
recipe's ``[card]``, and left out if it has none. ``figures.json``:

    {"results": [{"dataset": "…", "head": "stance", "macro_f1": 0.69, "interval": [0.60, 0.78],
                  "majority_f1": 0.24, "calibration_error": 0.08, "n": 165, "n_articles": 21,
                  "command": "…"}],
     "tables": [{"title": "…", "note": "…", "columns": ["…"], "rows": [["…"]]}]}
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stancekit.errors import InputError, OutputError, StancekitError
from stancekit.model import Model
from stancekit.model_file import MODEL_FILE, load, replace_file
from stancekit.train.corpus import number_of
from stancekit.train.evaluate import cross_validate
from stancekit.train.metrics import AttributionScore, HeadScore
from stancekit.train.recipe import Card, Recipe, read_recipe
from stancekit.train.reliability import Threshold
from stancekit.train.report import EvaluationReport
from stancekit.train.strength import strength_text

CARD_FILE = "README.md"
FIGURES_FILE = "figures.json"
RECIPE_FILE = "recipe.toml"

_FIELDS = ("content", "cue", "source")

_RESULT = frozenset(
    "dataset head macro_f1 interval majority_f1 calibration_error n n_articles command".split()
)
_TABLE = {"title", "note", "columns", "rows"}


def write_card(folder: Path) -> Path:
    """Measure the recipe by cross-validation, and write the card beside the model.

    Raises
    ------
    InputError
        Recipe, corpus or figures are refused, or the model is not the one that the recipe builds.
    ModelError
        The model cannot be loaded.
    OutputError
        The card cannot be written; an older one is untouched.
    """
    model, recipe = load(folder), read_recipe(folder / RECIPE_FILE)
    measured = cross_validate(recipe)
    if measured.sha256 != model.sha256:
        found = f"the model is not the one that {RECIPE_FILE} builds"
        raise InputError(found, str(folder), "train it again by its recipe")
    file = folder / CARD_FILE
    card = render_card(model, recipe, measured, read_figures(folder / FIGURES_FILE))
    try:
        replace_file(file, card.encode("utf-8"))
    except OSError as error:
        raise OutputError(f"the card cannot be written: {error.strerror or error}", str(file)) from error
    return file


def read_figures(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What was measured elsewhere; nothing if there is no such file."""
    if not path.exists():
        return {"results": [], "tables": []}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"the figures are not JSON: {error}", str(path)) from error
    for key, known in (("results", _RESULT), ("tables", _TABLE)):
        for entry in values.setdefault(key, []):
            if entry.keys() != known:
                raise InputError(f"expected {', '.join(sorted(known))}, found {sorted(entry)}", str(path))
    if values.keys() != {"results", "tables"}:
        raise InputError(f"expected results and tables, found {sorted(values)}", str(path))
    return dict(values)


def render_card(
    model: Model,
    recipe: Recipe,
    measured: EvaluationReport,
    figures: Mapping[str, Sequence[Mapping[str, Any]]],
) -> str:
    """The card as Markdown, with the metadata block that model hubs read."""
    card = recipe.card
    heads = " and ".join(f"**{_inline(head.name)}**" for head in model.heads)
    target = f" The target is {_inline(model.target)}." if model.target else ""
    labels = "\n".join(
        f"- **{_inline(head.name)}**: {_inline(', '.join(head.labels))}" for head in model.heads
    )
    path = json.dumps(recipe.out.resolve().name)
    parts = [
        _front_matter(model, card, measured, figures["results"]),
        f"# {_inline(model.name)}",
        f"Labels the utterances of articles by {heads}.{target} A linear model, made with stancekit; every"
        " score is a sum of weights that can be shown. The figures of this card are measured, by"
        " `python -m stancekit.train.card`.",
        f"```python\nimport stancekit\n\nmodel = stancekit.load({path})  # this folder\n"
        "report = model.classify(open('article.txt').read())\n```",
        "## Labels\n\n" + (f"By `{card.codebook}`:\n\n" if card.codebook else "") + labels,
        "## Trained on\n\n" + _training(model, recipe, measured),
        "## What it reads\n\n" + _reading(model),
        "## Figures\n\n### On its own corpus\n\n" + _own_figures(measured),
    ]
    if measured.attribution is not None:
        parts.append("### Who speaks, on its own corpus\n\n" + _attribution(measured.attribution))
    if figures["results"]:
        parts.append(
            "### On other texts, never trained on\n\nContents, cues and sources as marked by hand.\n\n"
            + _table(
                (
                    "texts",
                    "head",
                    "utterances",
                    "articles",
                    "macro-F1",
                    "95 %",
                    "majority",
                    "calibration error",
                    "command",
                ),
                [_result(result) for result in figures["results"]],
            )
        )
    parts += [
        f"### {table['title']}\n\n{table['note']}\n\n" + _table(table["columns"], table["rows"])
        for table in figures["tables"]
    ]
    if card.limits:
        parts.append("## What it is bad at\n\n" + card.limits.strip())
    return "\n\n".join(parts) + "\n"


def _front_matter(
    model: Model, card: Card, measured: EvaluationReport, results: Sequence[Mapping[str, Any]]
) -> str:
    # JSON strings are YAML strings: whatever a name holds, it is read back as it was.
    def metric(dataset: str, head: str, macro_f1: float) -> list[str]:
        return [
            "  - task:",
            "      type: text-classification",
            f"      name: {json.dumps(head)}",
            "    dataset:",
            f"      name: {json.dumps(dataset)}",
            f"      type: {json.dumps(re.sub('[^a-z0-9]+', '-', dataset.lower()))}",
            "    metrics:",
            f"    - type: f1\n      name: macro-F1\n      value: {macro_f1:.4f}",
        ]

    lines = ["---"]
    if card.language:
        lines.append(f"language: {json.dumps(card.language)}")
    if card.license:
        lines.append(f"license: {json.dumps(card.license)}")
    lines += ["library_name: stancekit", "pipeline_tag: text-classification"]
    if card.tags:
        lines += ["tags:", *(f"- {json.dumps(tag)}" for tag in card.tags)]
    if measured.heads or results:
        lines += ["model-index:", f"- name: {json.dumps(model.name)}", "  results:"]
    for score in measured.heads:
        lines += metric(f"{model.name} corpus, {measured.method}", score.head, score.macro_f1)
    for result in results:
        lines += metric(result["dataset"], result["head"], result["macro_f1"])
    return "\n".join([*lines, "---"])


def _training(model: Model, recipe: Recipe, measured: EvaluationReport) -> str:
    counts = model.about["label_counts"]
    rows = [
        (head.name, label, str(counts[head.name][label])) for head in model.heads for label in head.labels
    ]
    corpus = ", ".join(f"`{os.path.relpath(place, recipe.out)}`" for place in recipe.corpus)
    size = f"{number_of(model.n_documents, 'utterance')} of {number_of(model.about['n_articles'], 'article')}"
    provenance = f", {_inline(recipe.card.provenance).rstrip('.')}" if recipe.card.provenance else ""
    facts = [
        f"{corpus}: {size}{provenance}. {model.n_features} features. Multinomial logistic regression, C ="
        f" {_inline(strength_text(model))}, class weights {model.about['class_weight'] or 'none'}.",
        "" if model.about["converged"] else "**The solver did not converge.**",
        f"Version {model.version}; `{MODEL_FILE}` has SHA-256 `{model.sha256}`, and"
        f" `stancekit train {RECIPE_FILE}` builds it again to the byte.",
        *(f"Warning: {_inline(warning)}." for warning in measured.warnings),
        _table(("head", "label", "utterances"), rows),
    ]
    return "\n\n".join(fact for fact in facts if fact)


def _reading(model: Model) -> str:
    blocks = model.settings.blocks
    fields = {field for block in blocks for field in (_FIELDS if block.field == "all" else (block.field,))}
    read = [f"the {name}" for name in _FIELDS if name in fields]
    listed = " and ".join(filter(None, (", ".join(read[:-1]), read[-1])))
    rows = [
        (
            block.name,
            block.field,
            block.unit,
            f"{block.n_min} to {block.n_max}",
            f"{block.weight:g}",
            str(len(features)),
        )
        for block, features in zip(blocks, model.vocabulary, strict=True)
    ]
    notes = []
    if any(block.unit in ("names", "classes") for block in blocks):
        notes.append("Classes are those of the target file: actors, and kinds of words.")
    if "source" in fields:
        notes.append("The source's words are read: who speaks sways the result, as it sways a reader.")
    table = _table(("block", "field", "unit", "n-grams", "weight", "features"), rows)
    parts = [f"{listed.capitalize()} of an utterance, nothing else of the article.", table, " ".join(notes)]
    return "\n\n".join(filter(None, parts))


def _own_figures(measured: EvaluationReport) -> str:
    if not measured.heads:
        return "None: there are too few articles to hold any out. The probabilities are not calibrated."
    return (
        f"{measured.method}: every utterance is labelled by a model that saw nothing of its article."
        " Intervals are 95 % bootstrap intervals over articles; the majority class is the line to beat.\n\n"
        + "\n\n".join([*(_head(score) for score in measured.heads), _kept(measured.heads)])
    )


def _head(score: HeadScore) -> str:
    low, high = score.interval
    names = [label.label for label in score.labels]
    rows = [
        (
            label.label,
            str(label.n),
            f"{label.precision:.3f}",
            f"{label.recall:.3f}",
            f"{label.f1:.3f}",
            "{:.3f} to {:.3f}".format(*label.f1_interval),
            *map(str, row),
        )
        for label, row in zip(score.labels, score.confusion, strict=True)
    ]
    return (
        f"**{score.head}**: macro-F1 **{score.macro_f1:.3f}** [{low:.3f}, {high:.3f}] (majority class"
        f" {score.majority_f1:.3f}), accuracy {score.accuracy:.3f}, expected calibration error"
        f" {score.calibration_error:.3f}.\n\n"
        + _table(
            ("label", "utterances", "precision", "recall", "F1", "95 %", *(f"as {name}" for name in names)),
            rows,
        )
    )


def _kept(scores: Sequence[HeadScore]) -> str:
    columns = [column for one in scores for column in (f"{one.head} kept", "wrong of those")]
    thresholds = zip(*(one.risk_coverage.shown() for one in scores), strict=True)
    areas = ", ".join(f"{_inline(one.head)} {one.risk_coverage.area:.3f}" for one in scores)
    return (
        "What `--min-probability` keeps: the share of the utterances whose most probable label has at least"
        ' that probability, and the share of wrong labels in it; all others become "unclear". Whoever can'
        " bear one wrong label in ten takes the least probability with at most 10 % and sees what is left."
        f" Area under the risk-coverage curve (0 is best): {areas}. **Expect more wrong ones on other"
        " texts** than on this corpus.\n\n"
        + _table(
            ("`--min-probability`", *columns),
            [
                (
                    f"{row[0].min_probability:g}",
                    *(cell for one in row for cell in (f"{one.coverage:.1%}", _risk(one))),
                )
                for row in thresholds
            ],
        )
    )


def _risk(threshold: Threshold) -> str:
    return f"{threshold.risk:.1%}" if threshold.coverage else ""


def _attribution(score: AttributionScore) -> str:
    return (
        "`attribution`, how probable it is that an utterance is one and its speaker the right one: out of"
        f" fold by article, over the {score.n} utterances that a speaker is found for, {score.n_right} of"
        f" them rightly (C = {score.regularization:g}). Area under the ROC curve {score.auc:.3f}; Brier score"
        f" {score.brier:.3f} (the share right for all: {score.constant_brier:.3f}); expected calibration"
        f" error {score.calibration_error:.3f}. **Expect less on other texts**: the rules that find speakers"
        " were developed on these articles, and C was chosen on the same folds.\n\n"
        + _table(
            ("`--min-attribution`", "speakers kept", "wrong of those kept"),
            [(f"{least:g}", f"{kept:.1%}", f"{wrong:.1%}") for least, kept, wrong in score.kept],
        )
    )


def _result(result: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = result["interval"]
    return (
        result["dataset"],
        result["head"],
        str(result["n"]),
        str(result["n_articles"]),
        f"{result['macro_f1']:.3f}",
        f"{low:.3f} to {high:.3f}",
        f"{result['majority_f1']:.3f}",
        f"{result['calibration_error']:.3f}",
        f"`{result['command']}`",
    )


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(columns), *(list(row) for row in rows)]
    cells = [[_inline(str(cell)).replace("|", "\\|") for cell in line] for line in lines]
    text = ["| " + " | ".join(line) + " |" for line in cells]
    return "\n".join([text[0], "|" + " --- |" * len(cells[0]), *text[1:]])


def _inline(text: str) -> str:
    """On one line: no name may begin another part of the card."""
    return " ".join(text.split())


def main(arguments: Sequence[str]) -> int:
    """Write the card of every folder that is named; returns the exit code."""
    if not arguments or arguments[0].startswith("-"):
        print("usage: python -m stancekit.train.card FOLDER...", file=sys.stderr)
        return 2
    try:
        for folder in arguments:
            print(write_card(Path(folder)))
    except StancekitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
