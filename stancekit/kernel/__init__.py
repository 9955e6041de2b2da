"""The compiled kernel, if this installation has it: strings -> class scores of all heads, in one pass.

`stancekit.scores` does the same in Python and NumPy, and is what runs where there was no compiler. Both give
what `stancekit.features` defines; they agree to 1e-9.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

from stancekit.features import FeatureSettings
from stancekit.phrases import Classes
from stancekit.roles import (
    ACTS,
    AGENT_DISTANCE,
    BOUNDARIES,
    CLAIMS,
    GOVERNING,
    GOVERNING_DISTANCE,
    NOT,
    ORGANS,
    PATIENT_DISTANCE,
    REVERSAL_DISTANCE,
    TARGET,
    TURNING,
    UNTRUTH_BEHIND,
    UNTRUTH_DISTANCE,
    content_classes,
    turn_classes,
)

_native: Any
try:
    _native = import_module("stancekit.kernel._native")
except ImportError:  # there was no compiler when stancekit was installed
    _native = None

COMPILED = _native is not None and not os.environ.get("STANCEKIT_NO_KERNEL")
"""Whether the kernel runs. The environment variable STANCEKIT_NO_KERNEL, set to anything, turns it off."""

_FIELDS = ("content", "cue", "source", "all")
_UNITS = ("words", "chars", "names", "classes", "roles")


def make_kernel(
    settings: FeatureSettings,
    sizes: Iterable[int],
    heads: Iterable[tuple[int, float, tuple[float, ...]]],
    n_documents: int,
    vocabulary: Any,
    document_frequencies: Any,
    weights: Any,
    intercepts: Any,
) -> Any:
    """The kernel of a model.

    Parameters
    ----------
    sizes : features of every block.
    heads : labels, calibration scale and bias of every head, in the order of the columns.
    vocabulary : bytes: UTF-8, a line a feature, block by block.
    document_frequencies, weights, intercepts : contiguous buffers of uint32 (n_features,), float32
        (n_features, n_columns) and float32 (n_columns,).
    """
    trees: list[Mapping[str, Sequence[str]]] = [
        dict(settings.names),
        dict((*settings.names, *settings.words)),
        content_classes(settings.names, settings.acts),
        dict(settings.attitudes),
        turn_classes(settings.acts),
    ]
    spec = (
        tuple(
            (
                _FIELDS.index(block.field),
                _UNITS.index(block.unit),
                block.n_min,
                block.n_max,
                block.turned,
                float(block.weight),
                size,
            )
            for block, size in zip(settings.blocks, sizes, strict=True)
        ),
        tuple(_word_lists().items()),
        tuple(_classes(trees, settings.names)),
        tuple(tuple((name, tuple(phrases)) for name, phrases in tree.items()) for tree in trees),
        tuple(heads),
        (
            AGENT_DISTANCE,
            PATIENT_DISTANCE,
            REVERSAL_DISTANCE,
            UNTRUTH_DISTANCE,
            UNTRUTH_BEHIND,
            GOVERNING_DISTANCE,
        ),
        "not" in TURNING,
        float(n_documents),
        int.from_bytes(os.urandom(8), "little"),
    )
    return _native.Kernel(spec, vocabulary, document_frequencies, weights, intercepts)


def _word_lists() -> dict[str, int]:
    """Every token of a word list, with the lists that have it."""
    flags: dict[str, int] = {}
    for words, flag in (
        (BOUNDARIES, _native.IS_BOUNDARY),
        (NOT, _native.IS_NOT),
        (("by",), _native.IS_BY),
    ):
        for word in words:
            flags[word] = flags.get(word, 0) | flag
    return flags


def _classes(trees: Sequence[Mapping[str, Any]], names: Classes) -> list[tuple[str, int, int]]:
    """Every class, with what `stancekit.roles` makes of it and its place among the governing ones."""
    actors = {name for name, _ in names} | {"civilians", "ours"}
    good = {name for name, value in ACTS.items() if value == "good"}
    groups: list[tuple[int, Iterable[str]]] = [
        (_native.IS_ACTOR, actors),
        (_native.IS_GOOD, good),
        (_native.IS_BAD, set(ACTS) - good),
        (_native.IS_CLAIM, CLAIMS),
        (_native.IS_REVERSAL, ("reversal",)),
        (_native.IS_UNTRUTH, ("untruth",)),
        (_native.IS_TRUTH, ("truth",)),
        (_native.IS_ORGANS, (ORGANS,)),
        (_native.IS_DOUBT, ("doubt",)),
        (_native.IS_ALL_SIDES, ("all_sides",)),
        (_native.IS_PLAIN, ("plain",)),
        (_native.TURNS, TURNING),
        (_native.NOT_TURNS, {turn.removeprefix("not ") for turn in TURNING if turn.startswith("not ")}),
    ]
    order = dict.fromkeys(name for tree in trees for name in tree) | {TARGET: None}
    return [
        (
            name,
            sum(flag for flag, group in groups if name in group),
            GOVERNING.index(name) if name in GOVERNING else -1,
        )
        for name in order
    ]
