"""The arrays of a model file as they lie in it; NumPy's view of one only where it is asked for."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stancekit.lazy import LazyModule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = LazyModule("numpy")

ITEM_SIZES = {"F32": 4, "U8": 1, "U32": 4, "U64": 8}
"""Types, as the safetensors format names them, and their bytes. All numbers are little-endian."""

_DTYPES = {"F32": "<f4", "U8": "u1", "U32": "<u4", "U64": "<u8"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array.

    Parameters
    ----------
    kind : a key of `ITEM_SIZES`.
    shape : as NumPy has it; rows lie one after the other.
    data : the numbers, one byte an item.
    """

    kind: str
    shape: tuple[int, ...]
    data: bytes | memoryview

    def __reduce__(self) -> tuple[Any, ...]:
        return Tensor, (self.kind, self.shape, bytes(self.data))

    def __post_init__(self) -> None:
        if len(self.data) != math.prod(self.shape) * ITEM_SIZES[self.kind]:
            raise ValueError(f"expected {self.shape} of {self.kind}, found {len(self.data)} bytes")

    @classmethod
    def of(cls, kind: str, array: NDArray[Any]) -> Tensor:
        """A copy of an array, as numbers of a kind."""
        return cls(kind, array.shape, array.astype(_DTYPES[kind]).tobytes())

    @classmethod
    def of_lines(cls, lines: Iterable[str]) -> Tensor:
        """UTF-8, a line a string; every string ends its line, so that no string and an empty one differ."""
        data = "".join(f"{line}\n" for line in lines).encode("utf-8")
        return cls("U8", (len(data),), data)

    def array(self) -> NDArray[Any]:
        """The numbers; read-only."""
        return np.frombuffer(self.data, dtype=_DTYPES[self.kind]).reshape(self.shape)

    def floats(self) -> list[float]:
        """The numbers of a vector of F32, without NumPy."""
        return [number for (number,) in struct.iter_unpack("<f", self.data)]
