"""``stancekit inspect``: what a model is, what it was trained on, and what weighs in it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any, get_args

import click
import numpy as np

from stancekit import model_file
from stancekit.cli.escape import visible
from stancekit.cli.formats import dumps
from stancekit.cli.options import Command, talk_options
from stancekit.cli.output import open_output
from stancekit.features import Unit
from stancekit.model import Head, Model

UNITS = frozenset(get_args(Unit))


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
    loaded, n_bytes = model_file.load(model), file.stat().st_size
    facts = _facts(loaded, n_bytes, top)
    with open_output(None, force=False) as opened:
        if format_name == "json":
            opened.write(dumps(facts, indent=2) + "\n")
        else:
            opened.write("".join(f"{visible(line)}\n" for line in _lines(loaded, facts, top)))


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
        "calibrated": bool(model.about.get("calibrated", True)),
        "blocks": blocks,
        "about": dict(model.about),
        "heads": [
            {
                "name": head.name,
                "labels": list(head.labels),
                "poles": None if head.poles is None else list(head.poles),
                "strongest": _strongest(model, head, top, UNITS),
            }
            for head in model.heads
        ],
    }


def _strongest(model: Model, head: Head, top: int, units: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Of every label the features that weigh most for it, out of the blocks of some units."""
    blocks = list(zip(model.settings.blocks, model.vocabulary, strict=True))
    names = [(block.name, feature) for block, features in blocks for feature in features]
    sizes = [len(features) for _, features in blocks]
    scales = np.repeat([block.weight for block, _ in blocks], sizes)
    chosen = np.flatnonzero(np.repeat([block.unit in units for block, _ in blocks], sizes))
    weights = model.weights[:, model.columns(head.name)] * scales[:, None]
    # Log-odds of a label against the others: what all labels have in common decides nothing.
    weights = weights - weights.mean(axis=1, keepdims=True)
    strongest = {}
    for column, label in enumerate(head.labels):
        order = chosen[np.argsort(-weights[chosen, column], kind="stable")[:top]]
        strongest[label] = [
            {"block": block, "feature": feature, "weight": round(float(weights[n, column]), 4)}
            for n, (block, feature) in ((n, names[n]) for n in order)
        ]
    return strongest


def _lines(model: Model, facts: dict[str, Any], top: int) -> Iterator[str]:
    yield f"{facts['name']} {facts['version']}"
    if facts["target"]:
        yield f"target: {facts['target']}"
    yield f"sha256: {facts['sha256']}"
    yield f"size: {_size(facts['n_bytes'])}, {facts['n_features']} features"
    yield f"trained on: {facts['n_training_utterances']} utterances"
    yield "probabilities: " + (
        "calibrated" if facts["calibrated"] else "not calibrated: nothing was held out for it"
    )
    for key, value in facts["about"].items():
        if key != "calibrated":
            shown = value if isinstance(value, (str, int, float)) else json.dumps(value, ensure_ascii=False)
            yield f"{key}: {shown}"
    yield "blocks:"
    for block in facts["blocks"]:
        yield f"  {block['name']}: {block['n_features']} features, {block['unit']} of {block['field']}"
    for head in model.heads:
        ends = "" if head.poles is None else f", from {head.poles[1]} to {head.poles[0]}"
        yield f"head {head.name}: {', '.join(head.labels)}{ends}"
        # Pieces of words tell people little, and would leave no room for the words.
        pieces = _strongest(model, head, top, {"chars"})
        for label, features in _strongest(model, head, top, UNITS - {"chars"}).items():
            yield f"  {label}: {_shown(features)}"
            if pieces[label]:
                yield f"    in pieces of words: {_shown(pieces[label])}"


def _shown(features: list[dict[str, Any]]) -> str:
    return ", ".join(f"{one['block']}:{one['feature']!r} {one['weight']:+.2f}" for one in features)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:.1f} MiB" if n_bytes >= 2**20 else f"{n_bytes / 2**10:.0f} KiB"
