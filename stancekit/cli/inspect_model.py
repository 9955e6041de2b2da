"""``stancekit inspect``: what a model is, what it was trained on, and what weighs in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click
import numpy as np

from stancekit import model_file
from stancekit.cli.escape import visible
from stancekit.cli.formats import dumps
from stancekit.cli.options import Command, talk_options
from stancekit.cli.output import open_output
from stancekit.model import Head, Model


@click.command(cls=Command)
@click.argument("model", required=False, metavar="[FOLDER]", type=click.Path())
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="N",
    help="Features of each label.",
)
@click.option(
    "-f", "--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@talk_options
def inspect(model: str | None, top: int, format_name: str, strict: bool, quiet: bool) -> None:
    """Facts, sizes and strongest features of a model.

    Without FOLDER, of the model that comes with stancekit.
    """
    file = model_file.find_model_file(model)
    facts = _facts(model_file.load(model), file.stat().st_size, top)
    with open_output(None, force=False) as opened:
        if format_name == "json":
            opened.write(dumps(facts, indent=2) + "\n")
        else:
            opened.write("".join(f"{visible(line)}\n" for line in _lines(facts)))


def _facts(model: Model, n_bytes: int, top: int) -> dict[str, Any]:
    blocks = [
        {"name": block.name, "field": block.field, "unit": block.unit, "n_features": len(features)}
        for block, features in zip(model.settings.blocks, model.vocabulary, strict=True)
    ]
    return {
        "name": model.name,
        "version": model.version,
        "target": model.target,
        "sha256": model.sha256,
        "n_bytes": n_bytes,
        "n_features": model.n_features,
        "n_training_utterances": model.n_documents,
        "blocks": blocks,
        "about": dict(model.about),
        "heads": [_head(model, head, top) for head in model.heads],
    }


def _head(model: Model, head: Head, top: int) -> dict[str, Any]:
    names = [
        (block.name, feature)
        for block, features in zip(model.settings.blocks, model.vocabulary, strict=True)
        for feature in features
    ]
    scales = np.repeat([block.weight for block in model.settings.blocks], [len(v) for v in model.vocabulary])
    weights = model.weights[:, model.columns(head.name)] * scales[:, None]
    # Log-odds of a label against the others: what all labels have in common decides nothing.
    weights = weights - weights.mean(axis=1, keepdims=True)
    strongest = {}
    for column, label in enumerate(head.labels):
        order = np.argsort(-weights[:, column], kind="stable")[:top]
        strongest[label] = [
            {"block": block, "feature": feature, "weight": round(float(weights[n, column]), 4)}
            for n, (block, feature) in ((n, names[n]) for n in order)
        ]
    poles = None if head.poles is None else list(head.poles)
    return {"name": head.name, "labels": list(head.labels), "poles": poles, "strongest": strongest}


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    yield f"{facts['name']} {facts['version']}"
    if facts["target"]:
        yield f"target: {facts['target']}"
    yield f"sha256: {facts['sha256']}"
    yield f"size: {facts['n_bytes'] / 2**20:.1f} MiB, {facts['n_features']} features"
    yield f"trained on: {facts['n_training_utterances']} utterances"
    for key, value in facts["about"].items():
        shown = value if isinstance(value, (str, int, float)) else json.dumps(value, ensure_ascii=False)
        yield f"{key}: {shown}"
    yield "blocks:"
    for block in facts["blocks"]:
        yield f"  {block['name']}: {block['n_features']} features, {block['unit']} of {block['field']}"
    for head in facts["heads"]:
        ends = "" if head["poles"] is None else ", from {1} to {0}".format(*head["poles"])
        yield f"head {head['name']}: {', '.join(head['labels'])}{ends}"
        for label, features in head["strongest"].items():
            words = ", ".join(f"{one['block']}:{one['feature']!r} {one['weight']:+.2f}" for one in features)
            yield f"  {label}: {words}"
