"""Models without training, and strings that are hard to read, to hold the kernel to the Python path."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from stancekit import kernel
from stancekit.features import (
    Block,
    BlockAnalyzer,
    FeatureSettings,
    FieldTokens,
    UtteranceFields,
    analyzers,
)
from stancekit.model import Arrays, Head, Model
from stancekit.phrases import Classes
from stancekit.roles import BOUNDARIES, NOT

N_DOCUMENTS = 1000
NAMES: Classes = (
    ("target", ("assad", "the regime", "the army", "government", "regime 's army")),
    ("opponents", ("the opposition", "rebels", "free army of the north")),
    ("allies", ("moscow", "the regime of")),
)
WORDS: Classes = (("harm", ("shelled", "barrel bombs", "killed")), ("denial", ("denied", "lies", "not true")))

EVERY_BLOCK = (
    Block(name="words", field="content", unit="words", n_max=2),
    Block(name="more_words", field="content", unit="words", n_min=1, n_max=2, weight=0.3),
    Block(name="single", field="content", unit="words"),
    Block(name="long_words", field="content", unit="words", n_max=4, weight=2),
    Block(name="triples", field="content", unit="words", n_min=3, n_max=3),
    Block(name="chars", field="content", unit="chars", n_min=3, n_max=5, weight=1.5),
    Block(name="letters", field="content", unit="chars", n_min=1, n_max=2),
    Block(name="eights", field="content", unit="chars", n_min=2, n_max=8, weight=0.2),
    Block(name="turned_words", field="content", unit="words", n_max=2, turned=True),
    Block(name="turned_long", field="content", unit="words", n_min=2, n_max=4, turned=True),
    Block(name="turned_chars", field="content", unit="chars", n_min=1, n_max=4, turned=True),
    Block(name="names", field="content", unit="names", n_max=3),
    Block(name="classes", field="content", unit="classes", n_max=2),
    Block(name="all", field="all", unit="classes", n_max=4, weight=0.7),
    Block(name="cue", field="cue", unit="words", n_max=2),
    Block(name="cue_chars", field="cue", unit="chars", n_min=2, n_max=3),
    Block(name="cue_names", field="cue", unit="names", n_min=2, n_max=2),
    Block(name="cue_classes", field="cue", unit="classes"),
    Block(name="source", field="source", unit="words", n_min=2, n_max=3),
    Block(name="source_chars", field="source", unit="chars", n_min=4, n_max=4),
    Block(name="source_names", field="source", unit="names", n_max=4),
    Block(name="source_classes", field="source", unit="classes", n_max=3),
    Block(name="roles", field="content", unit="roles"),
    Block(name="more_roles", field="content", unit="roles", weight=3),
    Block(name="turns", field="all", unit="roles", weight=0.5),
)
"""Every unit and field, turned or not, several blocks of one kind."""

HEADS = (
    Head("stance", ("oppose", "neutral", "support"), None, scale=0.7),
    Head("sentiment", ("negative", "positive"), None, scale=1.3, bias=(0.25, -1.5)),
    Head("topic", tuple("abcdefg"), None, bias=(0.0, 1.0, -1.0, 0.5, 0.25, 2.0, -0.125)),
)


def heads_of(n_columns: int) -> tuple[Head, ...]:
    """One head of some columns."""
    return (Head("one", tuple(f"label {n}" for n in range(n_columns)), None, bias=tuple([0.5] * n_columns)),)


def made_model(
    settings: FeatureSettings,
    heads: tuple[Head, ...],
    utterances: Sequence[UtteranceFields],
    seed: int = 0,
    known: float = 0.8,
) -> Model:
    """A model that knows most features of some utterances, with weights drawn at random."""
    draw, rng = random.Random(seed), np.random.default_rng(seed)
    vocabulary = []
    for analyzer in analyzers(settings):
        found = sorted({feature for fields in utterances for feature in analyzer(fields)})
        vocabulary.append([feature for feature in found if draw.random() < known])
    size, n_columns = sum(map(len, vocabulary)), sum(len(head.labels) for head in heads)
    arrays = Arrays.of(
        vocabulary,
        rng.integers(1, N_DOCUMENTS, size, endpoint=True).astype(np.uint32),
        rng.normal(size=(size, n_columns)).astype(np.float32),
        rng.normal(size=n_columns).astype(np.float32),
        np.zeros(0, np.uint64),
    )
    return Model("made", "1", "", heads, settings, N_DOCUMENTS, arrays, {})


@cache
def full_settings(blocks: tuple[Block, ...] = EVERY_BLOCK) -> FeatureSettings:
    """Settings with the whole lexicon."""
    return FeatureSettings.of(blocks, NAMES, WORDS)


@cache
def small_settings(blocks: tuple[Block, ...]) -> FeatureSettings:
    """Settings with a little of the lexicon."""

    def little(classes: Classes) -> Classes:
        return tuple((name, phrases[:: 1 + len(phrases) // 20]) for name, phrases in classes)

    full = full_settings()
    return FeatureSettings(
        blocks=blocks, names=NAMES, words=WORDS, acts=little(full.acts), attitudes=little(full.attitudes)
    )


@cache
def lexicon_phrases() -> tuple[str, ...]:
    """Every phrase of the lexicon, and of the classes above."""
    full = full_settings()
    classes = (*full.acts, *full.attitudes, *NAMES, *WORDS)
    return tuple(phrase for _, phrases in classes for phrase in phrases)


_ODD = """\
's|'S|\u2019s|\u2018re|\u02bcve|\uff07ll|'d|'m|n't|N\u2019T|'|''|\u2019|a'|'a|o'clock|x'n't|don't's|l'n't'd|'t|n'|'n't|a'b'c's
\u0130|\u0130s|\u212a|\u212aelvin|\u03a3|\u039f\u0394\u039f\u03a3|\u03c2|\u1e9e|\u00df|\u01c5|\u0149|\ufb01|\u023a|\u1c80|\u10a0|\u13a0|\uab70|\ua64b
\u0301|e\u0301|\u200b|\u200d|\u00ad|\u0000|\ud800|\udfff|\ud83d\ude00|\U0001f600|\U00010400|\U0001d54f|\U000e0041|\U0010ffff|\ufeff|\u2028
\u0660\u0661|\u00b2|\u2460|\u4e2d\u6587|\u0628\u0634\u0627\u0631|\u0e01\u0e33|_|__|\u203f|\u00ac|!|!\u00ac|\u00acshelled|<target>|<cue:harm>|target>harm>civilians
not|by|because|but|unless|the|said|denied|never|cannot|7*7|1,000.50|http://x.y/z?q=1&r=2|a.b.c|U.S.|-|\u2013|\u2026|"|\u201c|\n|\r\n|\t"""
ODD = [piece for line in _ODD.split("\n") for piece in line.split("|")]
_JOINTS = (" ", " ", " ", " ", "", "'", "\u2019", ".", ", ", "-", "\u00a0", "\0", "\n")


def hostile_strings(n: int, seed: int = 0) -> Iterator[str]:
    """Strings made to break tokens, phrases, n-grams and counts."""
    draw = random.Random(seed)
    phrases = lexicon_phrases()
    edges = [*BOUNDARIES, *NOT, "by", "by"]
    for _ in range(n):
        pieces: list[str] = []
        for _ in range(draw.choice((0, 1, 2, 3, 5, 8, 13, 30))):
            kind = draw.randrange(8)
            if kind < 3:
                pieces.append(draw.choice(phrases))
            elif kind == 3:
                pieces.append(draw.choice(edges))
            elif kind == 4:
                pieces.append(draw.choice(ODD))
            elif kind == 5:
                letter = draw.choice(("a", "ab", "\u00e9", "\u03a3", "\U00010400", "7_", "n't", "K"))
                pieces.append(letter * draw.choice((1, 2, 13, 19, 20, 21, 38, 39, 40, 41, 42, 64, 100)))
            elif kind == 6:
                pieces.append(chr(draw.randrange(0x110000)) + draw.choice(("", "s", "'s", "\u0301")))
            else:
                pieces += [draw.choice(phrases)] * draw.choice((2, 3, 7, 40))
        text = "".join(piece + draw.choice(_JOINTS) for piece in pieces)
        case = draw.randrange(12)
        if case == 0:
            text = text.upper()
        elif case == 1:
            text = text.title()
        elif case == 2:
            text = " " * draw.randrange(70) + text
        elif case == 3 and len(text) < 100:
            text *= draw.choice((2, 60, 300))
        yield text


def hostile_fields(n: int, seed: int = 0) -> list[UtteranceFields]:
    """Utterances of hostile strings; cue and source are often empty."""
    draw = random.Random(seed + 1)
    cues, sources = hostile_strings(n, seed + 2), hostile_strings(n, seed + 3)
    return [
        UtteranceFields(content, draw.choice(("", cue[:200])), draw.choice(("", source[:200])))
        for content, cue, source in zip(hostile_strings(n, seed), cues, sources, strict=True)
    ]


def make_counter(model: Model) -> Callable[[UtteranceFields], dict[int, int]]:
    """What tells in Python how often an utterance has each known feature, by the feature's number."""
    blocks: list[tuple[BlockAnalyzer, dict[str, int]]] = []
    first = 0
    for analyzer, features in zip(analyzers(model.settings), model.vocabulary, strict=True):
        blocks.append((analyzer, {feature: first + n for n, feature in enumerate(features)}))
        first += len(features)

    def count(fields: UtteranceFields) -> dict[int, int]:
        tokens = FieldTokens.of(fields)
        return dict(
            Counter(
                numbers[feature]
                for analyzer, numbers in blocks
                for feature in analyzer.read(tokens)
                if feature in numbers
            )
        )

    return count


def parts_of(model: Model) -> tuple[Any, ...]:
    """What the kernel of a model is made of: its spec and its buffers."""
    native = kernel._native
    stand_in = SimpleNamespace(**{name: getattr(native, name) for name in dir(native)})
    stand_in.Kernel = lambda *values: values
    with patch.object(kernel, "_native", stand_in):
        parts: tuple[Any, ...] = replace(model).kernel
    return parts


def scores_in_kernel(
    model: Model, utterances: Sequence[UtteranceFields], calibrated: bool = False
) -> NDArray[np.float64]:
    """Log-odds or probabilities, as the kernel has them."""
    scores = np.full((len(utterances), model.n_columns), np.nan)
    columns = [list(column) for column in zip(*utterances, strict=True)] or [[], [], []]
    model.kernel.score(*columns, scores, calibrated)
    return scores


def scores_in_python(model: Model, utterances: Sequence[UtteranceFields]) -> NDArray[np.float64]:
    """Log-odds by the Python path."""
    return model.scorer(utterances)


def calibrate(model: Model, log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of all heads from log-odds."""
    return np.hstack([head.calibrate(log_odds[:, model.columns(head.name)]) for head in model.heads])
