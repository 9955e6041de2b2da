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
        tree, at, n = self._tree, 0, len(tokens)
        for i, token in enumerate(tokens):
            if i < at or token not in tree:
                continue
            node, j, longest = tree[token], i + 1, None
            while True:
                if "" in node:
                    longest = (i, j, node[""])
                if j == n or tokens[j] not in node:
                    break
                node = node[tokens[j]]
                j += 1
            if longest:
                found.append(longest)
                at = longest[1]
        return found
