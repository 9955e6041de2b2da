"""``stancekit inspect``: what a model is, what it was trained on, and what weighs in it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

import click

from stancekit import model_file
from stancekit.cli.escape import visible
from stancekit.cli.lines import dumps
from stancekit.cli.options import Command, talk_options
from stancekit.cli.output import open_output
from stancekit.model import Head, Model
from stancekit.telling import UNITS, WORDS, telling_features


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
    """Facts, sizes and most telling features of a model.

    Without FOLDER, of the model that comes with stancekit.
    """
    loaded = model_file.load(model)
    facts = _facts(loaded, top)
    with open_output(None, force=False) as opened:
        if format_name == "json":
            opened.write(dumps(facts, indent=2) + "\n")
        else:
            opened.write("".join(f"{visible(line)}\n" for line in _lines(loaded, facts, top)))


def _facts(model: Model, top: int) -> dict[str, Any]:
    blocks = [
        {"name": block.name, "field": block.field, "unit": block.unit, "n_features": len(features)}
        for block, features in zip(model.settings.blocks, model.vocabulary, strict=True)
    ]
    return {
        "name": model.name,
        "version": model.version,
        "target": model.target,
        "sha256": model.sha256,
        "n_bytes": len(model.file),
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
                "telling": _telling(model, head, top, UNITS),
            }
            for head in model.heads
        ],
    }


def _telling(model: Model, head: Head, top: int, units: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    found = telling_features(model, head, top, units)
    return {label: [one.to_dict() for one in features] for label, features in found.items()}


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
        yield "  most telling: weight, and in brackets how far what it adds strays between utterances"
        pieces = _telling(model, head, top, UNITS - WORDS)
        for label, features in _telling(model, head, top, WORDS).items():
            yield f"  {label}: {_shown(features)}"
            if pieces[label]:
                yield f"    in pieces of words: {_shown(pieces[label])}"


def _shown(features: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{one['block']}:{one['feature']!r} {one['weight']:+.2f} ({one['spread']:.2f})" for one in features
    )


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:.1f} MiB" if n_bytes >= 2**20 else f"{n_bytes / 2**10:.0f} KiB"
