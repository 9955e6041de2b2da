"""What is imported, or found out, when it is first needed: NumPy takes longer than classifying an article."""

from __future__ import annotations

from collections.abc import Callable, Sized
from importlib import import_module
from typing import Any, TypeVar

REMEMBERED, SHORT = 1 << 15, 100
"""How many keys are remembered, and their greatest length: some MB in all. News repeats its tokens, cues and
sources."""

_Key = TypeVar("_Key", bound=Sized)
_Value = TypeVar("_Value")


class LazyModule:
    """A module that is imported when something of it is asked for.

    Parameters
    ----------
    name : as `import` has it.

    Examples
    --------
    >>> LazyModule("math").sqrt(9.0)
    3.0
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value


class Remembered(dict[_Key, _Value]):
    """What a function gives for a text, or for its tokens: called once for each, as long as there is room.

    Threads may share it: at worst two of them find the same value.
    """

    def __init__(self, function: Callable[[_Key], _Value]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: _Key) -> _Value:
        value = self._function(key)
        if len(self) < REMEMBERED and len(key) <= SHORT:
            self[key] = value
        return value
