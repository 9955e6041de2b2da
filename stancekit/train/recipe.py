"""Recipe files: all that training needs, so that a model can be built again to the byte.

name = "assad-en"
version = "1"
corpus = ["corpus"]            # folders and files, relative to the recipe
target = "target.toml"
heads = ["stance", "sentiment"]
offsets = "utf-16"             # optional: what the corpus' spans count, if not code points

[training]
regularization = 1.0           # inverse strength of the L2 penalty; or "auto", see Recipe
class_weight = "balanced"      # or "none"
folds = 5

[labels]                       # optional: the labels allowed, in order
stance = ["support", "neutral", "oppose"]

[rename]                       # optional: what is called here otherwise than in the corpus: columns, labels…
Quote = "content"

[poles]                        # optional: the positive end and the negative one
stance = ["support", "oppose"]

[[blocks]]                     # optional: what is read, see stancekit.features
name = "words"
…

[card]                         # optional: what the model card tells and no figure can; no part of the model
license = "apache-2.0"
language = "en"
tags = ["stance-detection"]
codebook = "corpus/CODEBOOK.md"
provenance = "where the corpus is from"
limits = "Markdown"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from stancekit.errors import InputError, ModelError
from stancekit.features import DEFAULT_BLOCKS, Block, FeatureSettings
from stancekit.target import Target, read_target
from stancekit.train.corpus import OnConflict
from stancekit.train.spans import OFFSETS, Offsets
from stancekit.train.strength import STRENGTHS


@dataclass(frozen=True, slots=True)
class Card:
    """What a model card tells and no figure can; what is empty is left out of it."""

    license: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    codebook: str = ""
    provenance: str = ""
    limits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides a model.

    Parameters
    ----------
    out : folder or file that the model is written to.
    regularization : inverse strength of the L2 penalty, scikit-learn's C; "auto" takes for each head the one
        of `stancekit.train.strength.STRENGTHS` that is best on held-out articles.
    folds : for calibration and the figures.
    card : texts for the model card; they decide nothing.
    """

    name: str
    corpus: tuple[Path, ...]
    out: Path
    version: str = "1"
    target: Target = field(default_factory=Target)
    heads: tuple[str, ...] | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    poles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    offsets: Offsets | None = None
    on_conflict: OnConflict = "refuse"
    blocks: tuple[Block, ...] = DEFAULT_BLOCKS
    regularization: float | Literal["auto"] = "auto"
    class_weight: str | None = "balanced"
    folds: int = 5
    card: Card = field(default_factory=Card)

    @property
    def settings(self) -> FeatureSettings:
        """The features to read."""
        return FeatureSettings.of(self.blocks, self.target.names, self.target.words)

    @property
    def strengths(self) -> tuple[float, ...]:
        """The values of `regularization` to try."""
        return STRENGTHS if self.regularization == "auto" else (self.regularization,)


_KEYS = {"name", "version", "corpus", "target", "heads", "labels", "poles", "ignore", "on_conflict"}
_KEYS |= {"rename", "offsets", "training", "blocks", "card"}
_TRAINING = {"regularization", "class_weight", "folds"}
_CARD = {one.name for one in fields(Card)}


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file.

    Raises
    ------
    InputError
        Not there, not TOML, a key missing or unknown, or a value out of its range.
    """
    where = str(path)
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise InputError(f"the recipe cannot be read: {error.strerror}", where) from error
    except ValueError as error:
        raise InputError(f"the recipe is not TOML: {error}", where) from error
    training, card = _table(values, "training", where), _table(values, "card", where)
    for found, known in ((values, _KEYS), (training, _TRAINING), (card, _CARD)):
        for key in sorted(found.keys() - known):
            raise InputError(
                f"unknown key {key!r} in the recipe", where, f"known are {', '.join(sorted(known))}"
            )
    for key in ("name", "version"):
        if not isinstance(values.get(key), str) or not values[key]:
            raise InputError(f"expected {key} as a string in the recipe, found {values.get(key)!r}", where)
    corpus = _strings(values, "corpus", where)
    if not corpus:
        raise InputError("the recipe names no corpus", where)
    folder = path.parent
    chosen: dict[str, Any] = {}
    if "target" in values:
        chosen["target"] = read_target(folder / _string(values["target"], "target", where))
    if "heads" in values:
        chosen["heads"] = _strings(values, "heads", where)
    if "blocks" in values:
        chosen["blocks"] = _blocks(values["blocks"], where)
    if "on_conflict" in values:
        if values["on_conflict"] not in ("refuse", "first", "drop", "keep"):
            raise InputError(
                f"expected on_conflict refuse, first, drop or keep, found {values['on_conflict']!r}", where
            )
        chosen["on_conflict"] = values["on_conflict"]
    if "offsets" in values:
        if values["offsets"] not in OFFSETS:
            raise InputError(f"expected offsets {', '.join(OFFSETS)}, found {values['offsets']!r}", where)
        chosen["offsets"] = values["offsets"]
    labels = _table(values, "labels", where)
    rename = _table(values, "rename", where)
    poles = _table(values, "poles", where)
    pairs = {head: _strings(poles, head, where) for head in poles}
    for head, pair in pairs.items():
        if len(pair) != 2:
            raise InputError(f"expected two poles for {head!r}, found {len(pair)}", where)
    return Recipe(
        name=values["name"],
        version=values["version"],
        corpus=tuple(folder / place for place in corpus),
        out=folder,
        labels={head: _strings(labels, head, where) for head in labels},
        poles={head: (pair[0], pair[1]) for head, pair in pairs.items()},
        ignore=_strings(values, "ignore", where),
        rename={name: _string(rename[name], name, where) for name in rename},
        card=Card(
            **{key: _string(value, key, where) for key, value in card.items() if key != "tags"},
            tags=_strings(card, "tags", where),
        ),
        **chosen,
        **_training(training, where),
    )


def _training(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    chosen = dict(values)
    if (strength := values.get("regularization", "auto")) != "auto":
        if type(strength) not in (int, float) or not 1e-6 <= strength <= 1e6:
            found = f'expected a regularization from 0.000001 to 1000000, or "auto", found {strength!r}'
            raise InputError(found, where)
        chosen["regularization"] = float(strength)
    if "class_weight" in values:
        if values["class_weight"] not in ("none", "balanced"):
            raise InputError(
                f'expected class_weight "none" or "balanced", found {values["class_weight"]!r}', where
            )
        chosen["class_weight"] = None if values["class_weight"] == "none" else "balanced"
    if "folds" in values and (type(values["folds"]) is not int or not 2 <= values["folds"] <= 100):
        raise InputError(f"expected 2 to 100 folds, found {values['folds']!r}", where)
    return chosen


def _blocks(values: Any, where: str) -> tuple[Block, ...]:
    try:
        return tuple(Block(**block) for block in values)
    except ModelError as error:
        raise InputError(error.what, where) from error
    except TypeError as error:
        raise InputError(f"the recipe's blocks cannot be read: {error}", where) from error


def _table(values: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    table = values.get(key, {})
    if not isinstance(table, dict):
        raise InputError(f"expected [{key}] to be a table, found {table!r}", where)
    return table


def _string(value: Any, key: str, where: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"expected {key} as a string, found {value!r}", where)
    return value


def _strings(values: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    found = values.get(key, [])
    if not isinstance(found, list) or not all(isinstance(value, str) for value in found):
        raise InputError(f"expected {key} as a list of strings, found {found!r}", where)
    return tuple(found)
