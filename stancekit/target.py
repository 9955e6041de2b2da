"""Who is meant: the names of a target, its allies and its opponents, read for training.

A target file is TOML:

    name = "the Assad government"      # whom the stance is toward, in words

    [names]                            # classes of actors, each a list of phrases
    target = ["Assad", "the regime"]

    [words]                            # classes of words, for features that are classes alone
    harm = ["killed", "shelled"]

Phrases are matched by their tokens, so case and punctuation do not matter, and the longest at a place
wins. The model keeps them; classifying reads no target file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit.errors import InputError
from stancekit.features import tokenize, tokenized
from stancekit.phrases import Classes


@dataclass(frozen=True, slots=True)
class Target:
    """Whom the stance is toward.

    Parameters
    ----------
    name : in words, for reports; may be empty.
    names : phrases by class of actors; kept as their tokens, joined by a space.
    words : phrases by class of words; likewise.
    """

    name: str = ""
    names: Classes = ()
    words: Classes = ()

    def __post_init__(self) -> None:
        for field in ("names", "words"):
            object.__setattr__(self, field, tokenized(getattr(self, field)))


def read_target(path: Path) -> Target:
    """The target in a TOML file.

    Raises
    ------
    InputError
        Not there, not TOML, an unknown key, or a phrase that is not a string, is empty, or is in two classes.
    """
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise InputError(f"the target file cannot be read: {error.strerror}", str(path)) from error
    except ValueError as error:
        raise InputError(f"the target file is not TOML: {error}", str(path)) from error
    unknown = sorted(values.keys() - {"name", "names", "words"})
    if unknown:
        raise InputError(
            f"unknown key {unknown[0]!r}", str(path), "a target file has name, [names] and [words]"
        )
    name = values.get("name", "")
    if not isinstance(name, str):
        raise InputError(f"expected the target's name as a string, found {name!r}", str(path))
    owners: dict[tuple[str, ...], str] = {}
    names = _classes(values.get("names", {}), owners, str(path))
    words = _classes(values.get("words", {}), owners, str(path))
    for repeated in sorted({name for name, _ in names} & {name for name, _ in words}):
        raise InputError(f"class {repeated!r} is in [names] and in [words]", str(path))
    return Target(name, names, words)


def _classes(values: Any, owners: dict[tuple[str, ...], str], where: str) -> Classes:
    if not isinstance(values, Mapping):
        raise InputError(f"expected a table of classes, found {values!r}", where)
    classes: list[tuple[str, tuple[str, ...]]] = []
    for name, phrases in values.items():
        if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
            raise InputError(f"expected class {name!r} to be a list of strings", where)
        for phrase in phrases:
            tokens = tuple(tokenize(phrase))
            if not tokens:
                raise InputError(f"expected words in class {name!r}, found {phrase!r}", where)
            if tokens in owners:
                raise InputError(
                    f"the phrase {phrase!r} is in class {owners[tokens]!r} and again in {name!r}", where
                )
            owners[tokens] = name
        classes.append((name, tuple(phrases)))
    return tuple(classes)
