"""Phrases of classes -> where a sequence of tokens holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Classes = tuple[tuple[str, tuple[str, ...]], ...]
"""Phrases by class; a phrase is its tokens, joined by a space."""


class Phrases:
    """Finds the phrases of classes in a sequence of tokens; the longest phrase at a place wins.

    Parameters
    ----------
    classes : phrases by class, each as tokens joined by a space. Where two classes hold the same phrase,
        the first one has it.
    """

    def __init__(self, classes: Mapping[str, Iterable[str]]) -> None:
        # A tree of dicts, token by token; under "", which is no token, the class of the phrase that ends.
        self._tree: dict[str, Any] = {}
        for name, phrases in classes.items():
            for phrase in phrases:
                node = self._tree
                for token in phrase.split(" "):
                    node = node.setdefault(token, {})
                if node is not self._tree:
                    node.setdefault("", name)

    def find(self, tokens: Sequence[str]) -> list[tuple[int, int, str]]:
        """Half-open token ranges of the phrases found, left to right, with their classes."""
        found: list[tuple[int, int, str]] = []
        tree, at = self._tree, 0
        if starts := [i for i, token in enumerate(tokens) if token in tree]:
            ended = [*tokens, None]
            for start in starts:
                if start < at:
                    continue
                end, node = start + 1, tree[tokens[start]]
                while True:
                    if "" in node:
                        at, name = end, node[""]
                    if (node := node.get(ended[end])) is None:
                        break
                    end += 1
                if at > start:
                    found.append((start, at, name))
        return found
