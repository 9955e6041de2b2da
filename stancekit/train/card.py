"""Measured figures -> the model card: ``python -m stancekit.train.card models/assad-en``.

Writes ``README.md`` into a model folder that holds ``recipe.toml``, ``model.safetensors`` and, optionally,
``figures.json``: what was measured on texts that are not part of the folder. The figures on the corpus
itself are computed, by cross-validation over its articles. ``figures.json``:

    {"results": [{"dataset": "…", "head": "stance", "macro_f1": 0.69, "interval": [0.60, 0.78],
                  "majority_f1": 0.24, "calibration_error": 0.08, "n": 165, "n_articles": 21,
                  "command": "…"}],
     "tables": [{"title": "…", "note": "…", "columns": ["…"], "rows": [["…"]]}]}
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stancekit.errors import InputError
from stancekit.model import Model
from stancekit.model_file import MODEL_FILE, load, replace_file
from stancekit.train.evaluate import EvaluationReport, cross_validate
from stancekit.train.metrics import HeadScore

CARD_FILE = "README.md"
FIGURES_FILE = "figures.json"

_RESULT = frozenset(
    "dataset head macro_f1 interval majority_f1 calibration_error n n_articles command".split()
)
_TABLE = {"title", "note", "columns", "rows"}


def write_card(folder: Path) -> Path:
    """Measure the recipe by cross-validation, and write the card beside the model."""
    model = load(folder)
    card = render_card(model, cross_validate(folder / "recipe.toml"), read_figures(folder / FIGURES_FILE))
    file = folder / CARD_FILE
    replace_file(file, card.encode("utf-8"))
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
    model: Model, measured: EvaluationReport, figures: Mapping[str, Sequence[Mapping[str, Any]]]
) -> str:
    """The card as Markdown, with the metadata block that model hubs read."""
    labels = [f"- **{head.name}**: {', '.join(head.labels)}" for head in model.heads]
    parts = [
        _front_matter(model, measured, figures["results"]),
        f"# {model.name}",
        f"Labels the utterances of news articles: their stance toward {model.target or 'the target'}, and"
        " their sentiment. A linear model that [stancekit](../../README.md) ships; every score is a sum of"
        " weights that can be shown. This card is made of measured figures, by"
        " `python -m stancekit.train.card`.",
        "```python\nimport stancekit\n\nmodel = stancekit.load()          # this model\n"
        "report = model.classify(open('article.txt').read())\n```",
        "## Labels\n\nBy `corpus/CODEBOOK.md`:\n\n" + "\n".join(labels),
        "## Trained on\n\n" + _training(model, measured),
        "## What it reads\n\n"
        "The content, the cue and the source of an utterance, nothing else of the article.\n\n"
        + _table(
            ("block", "field", "unit", "n-grams", "weight", "features"),
            [
                (
                    block.name,
                    block.field,
                    block.unit,
                    f"{block.n_min} to {block.n_max}",
                    f"{block.weight:g}",
                    str(len(features)),
                )
                for block, features in zip(model.settings.blocks, model.vocabulary, strict=True)
            ],
        )
        + "\n\nClasses are those of `target.toml`: actors, and kinds of words. The source's words are read:"
        " who speaks sways the result, as it sways a reader.",
        "## Figures\n\n### On its own corpus\n\n"
        f"{measured.method}: every utterance is labelled by a model that saw nothing of its article."
        " Intervals are 95 % bootstrap intervals over articles; the majority class is the line to beat.\n\n"
        + "\n\n".join(_head(score) for score in measured.heads),
    ]
    if figures["results"]:
        parts.append(
            "### On real news, never trained on\n\nContents, cues and sources as marked by hand.\n\n"
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
    parts.append(_LIMITS)
    return "\n\n".join(parts) + "\n"


_LIMITS = """## What it is bad at

- **Real news is harder than its corpus.** The corpus was written for it, by machine writers under a plan;
  the figures on real news are the ones to expect, and their intervals are wide.
- **Support is over-predicted on real news**: statements about Russia, aid or procedure that merely sound
  diplomatic are taken for support; descriptions of what somebody wants are taken for his stance.
- **Positive sentiment** is rare in real news and found poorly; the sentiment of plain diplomatic speech is
  the weakest figure above.
- **Irony, allusion, pronouns**: it counts words and phrases. "He" is nobody to it, and a stance that only
  the article's context gives is guessed from the words.
- **Who speaks sways it**: the source's nouns are read ("activists", "the ministry"). Leave `source` out of
  `stancekit score` to judge the words alone.
- **Calibration** was fitted on the corpus; on real news the probabilities are too sure, by the calibration
  errors above.
- English news about Syria, 2011 to 2024. Other targets, languages and kinds of text need another model:
  `stancekit train` makes one.
- Not for judging persons: a label is what a sentence says as far as counted words tell.
"""


def _front_matter(model: Model, measured: EvaluationReport, results: Sequence[Mapping[str, Any]]) -> str:
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

    lines = [
        "---",
        "language: en",
        "license: apache-2.0",
        "library_name: stancekit",
        "pipeline_tag: text-classification",
        "tags:\n- stance-detection\n- sentiment-analysis\n- news\n- quotation",
        "model-index:",
        f"- name: {json.dumps(model.name)}",
        "  results:",
    ]
    for score in measured.heads:
        lines += metric(f"{model.name} corpus, {measured.method}", score.head, score.macro_f1)
    for result in results:
        lines += metric(result["dataset"], result["head"], result["macro_f1"])
    return "\n".join([*lines, "---"])


def _training(model: Model, measured: EvaluationReport) -> str:
    counts = model.about["label_counts"]
    rows = [
        (head.name, label, str(counts[head.name][label])) for head in model.heads for label in head.labels
    ]
    facts = [
        f"`corpus/`: {model.n_documents} utterances of {model.about['n_articles']} articles, written by"
        f" hand for this project. {model.n_features} features. Multinomial logistic regression, C ="
        f" {model.about['regularization']:g}, class weights {model.about['class_weight'] or 'none'}.",
        "" if model.about["converged"] else "**The solver did not converge.**",
        f"Version {model.version}; `{MODEL_FILE}` has SHA-256 `{model.sha256}`, and"
        " `stancekit train recipe.toml` builds it again to the byte.",
        *(f"Warning: {warning}." for warning in measured.warnings),
        _table(("head", "label", "utterances"), rows),
    ]
    return "\n\n".join(fact for fact in facts if fact)


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
            *map(str, row),
        )
        for label, row in zip(score.labels, score.confusion, strict=True)
    ]
    return (
        f"**{score.head}**: macro-F1 **{score.macro_f1:.3f}** [{low:.3f}, {high:.3f}] (majority class"
        f" {score.majority_f1:.3f}), accuracy {score.accuracy:.3f}, expected calibration error"
        f" {score.calibration_error:.3f}.\n\n"
        + _table(
            ("label", "utterances", "precision", "recall", "F1", *(f"as {name}" for name in names)), rows
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
    cells = [[" ".join(str(cell).replace("|", "\\|").split()) for cell in line] for line in lines]
    text = ["| " + " | ".join(line) + " |" for line in cells]
    return "\n".join([text[0], "|" + " --- |" * len(cells[0]), *text[1:]])


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(write_card(Path(name)))
