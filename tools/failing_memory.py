"""Fails each allocation of the kernel in turn: it gives MemoryError, leaves nothing behind, breaks nothing.

    tools/sanitize.sh memory

The kernel is built with tools/failing_memory.h. Where Python's own allocations can be made to fail (CPython's
`_testcapi`), they are too.
"""

from __future__ import annotations

import ctypes
import gc
from array import array
from collections.abc import Callable
from typing import Any

from stancekit import kernel
from stancekit.features import FeatureSettings, UtteranceFields
from tests.kernels import EVERY_BLOCK, HEADS, NAMES, WORDS, hostile_fields, made_model, parts_of

try:
    import _testcapi
except ImportError:
    _testcapi = None

LIBRARY = ctypes.CDLL(kernel._native.__file__)
LEFT, HELD = (ctypes.c_long.in_dll(LIBRARY, f"failing_memory_{name}") for name in ("left", "held"))


def make_parts() -> tuple[Any, ...]:
    """A kernel's parts, with so many words, phrases and features that its tables grow."""
    many = tuple(f"w{n} x{n} y{n}" for n in range(3000))
    settings = FeatureSettings(
        blocks=EVERY_BLOCK,
        names=NAMES,
        words=WORDS,
        acts=(("harm", ("shelled", *many)), ("reversal", ("never",)), ("accusation", ("a charge",))),
        attitudes=(("deny", ("denied",)),),
    )
    utterances = [*hostile_fields(20, seed=5), UtteranceFields("the regime never shelled a charge", "denied")]
    return parts_of(made_model(settings, HEADS, utterances))


def main() -> None:
    """Fails them all, use by use."""
    parts = make_parts()
    n_columns = sum(len(head.labels) for head in HEADS)
    roles = " ".join(f"the regime never shelled the rebels w{n} x{n} y{n} a charge but" for n in range(200))
    fresh = " ".join(f"word{n}" for n in range(3000))
    columns = [list(column) for column in zip(*hostile_fields(6, seed=9), strict=True)]
    cells = (array("i", [0, 5, 9]).tobytes(), b"assadarmy", 4, 0)

    def scored(made: Any, *of: list[str]) -> bytes:
        out = array("d", bytes(8 * n_columns * len(of[0])))
        made.score(*of, out, True)
        return out.tobytes()

    def scored_utf8(made: Any) -> bytes:
        out = array("d", bytes(8 * n_columns * 2))
        made.score_utf8(2, cells, cells, None, out, False)
        return out.tobytes()

    uses: dict[str, Callable[[Any], Any]] = {
        "make": lambda _: type(kernel._native.Kernel(*parts)),
        "tokenize": lambda made: made.tokenize(fresh + " it's" * 3000),
        "features": lambda made: made.features(roles, "denied", fresh),
        "score hostile strings": lambda made: scored(made, *columns),
        "score roles": lambda made: scored(made, [roles, "", roles[:800]], ["denied"] * 3, [fresh] * 3),
        "score buffers": scored_utf8,
    }
    for name, use in uses.items():
        expected = use(kernel._native.Kernel(*parts))
        gc.collect()
        held, failures = HELD.value, 0
        while True:
            made = kernel._native.Kernel(*parts)
            LEFT.value = failures
            try:
                found = use(made)
            except MemoryError:
                LEFT.value = -1
            else:
                break
            assert use(made) == expected, f"{name}: other results after allocation {failures} failed"
            del made
            assert HELD.value == held, f"{name}: {HELD.value - held} blocks left after allocation {failures}"
            failures += 1
        assert found == expected
        LEFT.value = -1
        del made
        assert HELD.value == held
        print(f"{name}: {failures} allocations of the kernel failed, one at a time")
        if _testcapi is not None:
            print(f"{name}: {fail_python(use, parts, expected)} allocations of Python failed, one at a time")


def fail_python(use: Callable[[Any], Any], parts: tuple[Any, ...], expected: Any) -> int:
    """The same with Python's allocations."""
    made, failures = kernel._native.Kernel(*parts), 0
    gc.disable()
    while failures < 3000:
        failed, found = False, None
        _testcapi.set_nomemory(failures, failures + 1)
        try:
            found = use(made)
        except MemoryError:
            failed = True
        finally:
            _testcapi.remove_mem_hooks()
        if not failed:
            assert found == expected
            break
        failures += 1
    gc.enable()
    assert use(made) == expected
    return failures


if __name__ == "__main__":
    main()
