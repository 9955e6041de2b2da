"""Model <-> file, and every check on loading.

A model file is a safetensors file: the length of the header, a JSON header, raw arrays. The header's
metadata hold two entries. ``crc32`` is the checksum of the whole file, with its own eight hexadecimal
digits as zeros: any changed bit is refused. It guards against damage; nothing inside a file could guard
against a forger. ``stancekit`` is canonical JSON (sorted keys, no spaces, ASCII) with

format        3; any other is refused, as newer or older than this library
features      the feature definition's version: other features would give other scores
name, version, target, heads, settings, n_documents, about
sizes         features of every block
attribution   the version and number of the signs that tell how sure an attribution is, or null
self_test     texts made of the model's own strongest features, with their probabilities: a file that
              is well-formed but computes something else is refused

and five arrays: ``vocabulary`` (uint8: UTF-8, a line a feature), ``document_frequencies`` (uint32),
``weights`` (float32), ``intercepts`` (float32), ``training_digests`` (uint64); with attributions also
``attribution_signs`` (uint8: UTF-8, a line a sign) and ``attribution_weights`` (float32). Nothing in the
file names code. A folder holds its model as ``model.safetensors``.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

from stancekit.confidence import SIGNS_VERSION, AttributionModel
from stancekit.errors import (
    DamagedModelError,
    FeatureMismatchError,
    ModelError,
    ModelNotFoundError,
    ModelVersionError,
    NotAModelError,
    OutputError,
)
from stancekit.features import FEATURES_VERSION, FeatureSettings, UtteranceFields
from stancekit.lazy import LazyModule
from stancekit.model import Arrays, Head, Model
from stancekit.tensors import ITEM_SIZES, Tensor

if TYPE_CHECKING:
    import pathlib
    import tempfile

    import numpy as np
else:
    np = LazyModule("numpy")
    pathlib, tempfile = LazyModule("pathlib"), LazyModule("tempfile")  # most who come here only read

FORMAT = 3
MODEL_FILE = "model.safetensors"
SHIPPED = "assad-en"

MAX_BYTES = 256 << 20
"""A file over this is refused before it is read; the shipped model has 1 % of it."""

MAX_HEADER_BYTES = 8 << 20
MAX_FEATURES = 4_000_000
MAX_LABELS = 1000

SELF_TEST_TOLERANCE = 1e-6
"""Probabilities may differ by this: another processor rounds exp and log otherwise in the last bits."""

_ARRAYS = {
    "document_frequencies": "U32",
    "intercepts": "F32",
    "training_digests": "U64",
    "vocabulary": "U8",
    "weights": "F32",
}
_ATTRIBUTION_ARRAYS = {"attribution_signs": "U8", "attribution_weights": "F32"}
_KEYS = {"format", "features", "name", "version", "target", "heads", "settings", "n_documents", "about"}
_KEYS |= {"sizes", "attribution", "self_test"}
_NO_CHECKSUM = "00000000"


def load(path: str | os.PathLike[str] | None = None, *, max_bytes: int = MAX_BYTES) -> Model:
    """The model in a file or folder.

    Parameters
    ----------
    path : a model file, a folder with ``model.safetensors``, or the name of a shipped model; None is
        the shipped model. Always local: an address is refused.
    max_bytes : files over this are refused.

    Raises
    ------
    ModelNotFoundError
        Nothing there.
    NotAModelError
        The file is something else; the message says what it looks like.
    ModelVersionError
        Written for a newer stancekit, or for another feature definition.
    DamagedModelError
        Cut, changed or forged.
    """
    file = find_model_file(path)
    return read_model(_read(file, max_bytes), where=file)


def load_attribution(path: str | os.PathLike[str] | None = None) -> AttributionModel | None:
    """How sure attributions are, of the model in a file or folder; None if it does not tell.

    The rest of the file is not read into a model, which takes most of the time of `load`.

    Raises
    ------
    ModelError
        As `load`.
    """
    file = find_model_file(path)
    data = _read(file, MAX_BYTES)
    header = _header(data, file)
    settings = _metadata(header, file)
    _refuse_changes(data, header, file)
    return _attribution(settings, _arrays(data, header, settings, file), file)


@cache
def shipped_attribution() -> AttributionModel | None:
    """That of the shipped model, read once; None if no model is installed."""
    try:
        return load_attribution()
    except ModelNotFoundError:
        return None


def find_model_file(path: str | os.PathLike[str] | None = None) -> str:
    """The path of the file that `load` would read; it exists and is a regular file."""
    if path is None:
        return _shipped(SHIPPED)
    name = os.fspath(path)
    if not isinstance(name, str):
        raise TypeError(f"expected a path as str or PathLike, found {type(name).__name__}")
    if "\0" in name:
        raise ModelNotFoundError("expected a path, found one with a NUL character", repr(name))
    if "://" in name:
        hint = "download it first, and give the path of the file or folder"
        raise ModelNotFoundError("models are read from local paths only", name, hint)
    if name == SHIPPED and not os.path.lexists(name):
        return _shipped(name)
    if os.path.isdir(name):
        return _in_folder(name)
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        raise ModelNotFoundError("no model there", name, "give a model folder or file") from None
    except OSError as error:
        raise ModelNotFoundError(f"the model cannot be read: {error.strerror}", name) from error
    if not stat.S_ISREG(mode):
        raise NotAModelError("expected a model file, found a device, pipe or socket", name)
    return name


def _in_folder(folder: str) -> str:
    file = os.path.join(folder, MODEL_FILE)
    if not os.path.isfile(file):
        raise ModelNotFoundError(f"expected {MODEL_FILE} in the model folder, found none", folder)
    if not os.path.realpath(file).startswith(os.path.join(os.path.realpath(folder), "")):
        raise NotAModelError(f"{MODEL_FILE} is a link out of its folder", folder, "put the file itself there")
    return file


def _shipped(name: str) -> str:
    here = os.path.dirname(os.path.realpath(__file__))
    for models in (os.path.join(here, "models"), os.path.join(os.path.dirname(here), "models")):
        if os.path.isfile(os.path.join(models, name, MODEL_FILE)):
            return _in_folder(os.path.join(models, name))
    raise ModelNotFoundError(f"the shipped model {name!r} is not installed", "", "install stancekit again")


def _read(file: str, max_bytes: int) -> bytes:
    try:
        with open(file, "rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise ModelNotFoundError(f"the model cannot be read: {error.strerror}", file) from error
    if len(data) > max_bytes:
        raise NotAModelError(
            f"expected a model file of {max_bytes} bytes at most (max_bytes), found more", file
        )
    return data


def read_model(data: bytes, where: str = "") -> Model:
    """The model in the bytes of a model file, checked in full; `where` is for messages."""
    header = _header(data, where)
    settings_json = _metadata(header, where)
    _refuse_changes(data, header, where)
    arrays = _arrays(data, header, settings_json, where)
    try:
        model = _assemble(settings_json, arrays, data, where)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, ModelError) and not isinstance(error, FeatureMismatchError):
            raise
        raise DamagedModelError(f"the model's settings do not fit together: {error}", where) from error
    _run_self_test(model, settings_json["self_test"], where)
    return model


_SIGNATURES = (
    (b"\x80", "a pickle file; stancekit does not load pickles"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (b"version https://git-lfs", "a Git LFS pointer: the file itself was not downloaded"),
    (b"GGUF", "a GGUF model"),
    (b"\x93NUMPY", "a NumPy array"),
)


def _looks_like(data: bytes) -> str:
    if not data:
        return "an empty file"
    start = data[:512].lstrip()
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            return name
    if start[:1] == b"<":
        return "an HTML or XML page"
    if start[:1] in b"([]cl}" and data.rstrip()[-1:] == b".":
        return "a pickle file; stancekit does not load pickles"
    try:
        data[:4096].decode("utf-8")
    except UnicodeDecodeError:
        return "something else"
    return "text" if b"\0" not in data[:4096] else "something else"


def _header(data: bytes, where: str) -> dict[str, Any]:
    """The JSON header of a safetensors file; duplicate keys are refused, which its own reader allows."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or data[8:9] != b"{":
        raise NotAModelError(f"expected a stancekit model file, found {_looks_like(data)}", where)
    if length > MAX_HEADER_BYTES or 8 + length > len(data):
        found = f"header of {length} bytes in a file of {len(data)}"
        raise DamagedModelError(f"the model file is cut or damaged: {found}", where, "get the file again")
    header = _parse(data[8 : 8 + length], "header", where)
    if not isinstance(header, dict):
        raise DamagedModelError("expected a JSON object as the model file's header", where)
    return header


def _parse(text: bytes | str, what: str, where: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = dict(pairs)
        if len(keys) != len(pairs):
            repeated = sorted({key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1})
            raise DamagedModelError(f"the model's {what} has the key {repeated[0]!r} twice", where)
        return keys

    def refuse(constant: str) -> None:
        raise DamagedModelError(f"the model's {what} holds {constant}", where)

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ModelError):
            raise
        raise DamagedModelError(
            f"the model's {what} is not JSON: {error}", where, "get the file again"
        ) from error


def _metadata(header: dict[str, Any], where: str) -> dict[str, Any]:
    metadata = header.get("__metadata__")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("stancekit"), str):
        hint = "stancekit reads only models that it wrote itself"
        raise NotAModelError("a safetensors file, but not a stancekit model", where, hint)
    settings = _parse(metadata["stancekit"], "settings", where)
    if not isinstance(settings, dict):
        raise DamagedModelError("expected a JSON object as the model's settings", where)
    text = metadata["stancekit"]
    if "\\ud" in text.lower() or not text.isascii():  # nothing else can hold a surrogate
        try:
            json.dumps(settings, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise DamagedModelError("the model's settings hold half of a surrogate pair", where) from error
    version = settings.get("format")
    if type(version) is not int or version < 1:
        raise DamagedModelError(f"expected a model format number, found {version!r}", where)
    if version != FORMAT:
        found = f"the model has format {version}, this stancekit reads format {FORMAT}"
        older = "train it again, or use the stancekit it was trained with"
        raise ModelVersionError(found, where, "upgrade stancekit" if version > FORMAT else older)
    if settings.get("features") != FEATURES_VERSION:
        theirs = settings.get("features")
        found = f"the model was trained with {theirs!r}, this stancekit has {FEATURES_VERSION!r}"
        raise ModelVersionError(found, where, "train it again, or use the stancekit it was trained with")
    for keys, expected, what in (
        (set(settings), _KEYS, "settings"),
        (set(metadata), {"stancekit", "crc32"}, "metadata"),
        (set(header) - {"__metadata__"}, set(_arrays_of(settings)), "arrays"),
    ):
        if keys != expected:
            odd = sorted(str(key)[:40] for key in keys ^ expected)
            raise DamagedModelError(f"the model's {what} lack, or hold unknown: {', '.join(odd[:5])}", where)
    return settings


def _arrays_of(settings: Mapping[str, Any]) -> dict[str, str]:
    return _ARRAYS if settings.get("attribution") is None else _ARRAYS | _ATTRIBUTION_ARRAYS


def _refuse_changes(data: bytes, header: Mapping[str, Any], where: str) -> None:
    expected = header["__metadata__"]["crc32"]
    length = 8 + int.from_bytes(data[:8], "little")
    head = _with_checksum(data[:length], expected, _NO_CHECKSUM)
    if expected != _checksum(head, memoryview(data)[length:]):
        hint = "get the file again, or train it again"
        raise DamagedModelError("the model file was cut or changed: its checksum does not fit", where, hint)


def _with_checksum(data: bytes, old: str, new: str) -> bytes:
    return data.replace(f'"crc32":"{old}"'.encode(), f'"crc32":"{new}"'.encode(), 1)


def _checksum(head: bytes, body: bytes | memoryview) -> str:
    return f"{crc32(body, crc32(head)):08x}"


def _arrays(
    data: bytes, header: Mapping[str, Any], settings: Mapping[str, Any], where: str
) -> dict[str, Tensor]:
    """The arrays, without a copy; they fill the file, one after the other, as the format demands."""
    body = memoryview(data)[8 + int.from_bytes(data[:8], "little") :]
    kinds = _arrays_of(settings)
    arrays: dict[str, Tensor] = {}
    end = 0
    try:
        places = {name: values for name, values in header.items() if name != "__metadata__"}
        for name, place in sorted(places.items(), key=lambda item: item[1]["data_offsets"]):
            kind, shape, (start, stop) = place["dtype"], place["shape"], place["data_offsets"]
            if kind != kinds[name]:
                found = f"expected {name} of type {kinds[name]}, found {kind}"
                raise DamagedModelError(found, where)
            if start != end or not all(type(n) is int and n >= 0 for n in (stop, *shape)):
                raise ValueError(f"{name} is not where the array before it ends")
            arrays[name] = Tensor(kind, tuple(shape), body[start:stop])
            end = stop
        if end != len(body):
            raise ValueError(f"expected {end} bytes of arrays, found {len(body)}")
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise DamagedModelError(f"the model file is damaged: {error}", where, "get the file again") from error
    return arrays


def _assemble(settings: dict[str, Any], tensors: dict[str, Tensor], file: bytes, where: str) -> Model:
    heads = tuple(_head(values, where) for values in settings["heads"])
    names = [head.name for head in heads]
    if not heads or len(set(names)) != len(names):
        raise DamagedModelError(f"expected heads of different names, found {names}", where)
    feature_settings = FeatureSettings.from_dict(settings["settings"])
    sizes = _sizes(settings["sizes"], len(feature_settings.blocks), where)
    n_documents = settings["n_documents"]
    if type(n_documents) is not int or not 1 <= n_documents < 1 << 31:
        raise DamagedModelError(f"expected a number of training utterances, found {n_documents!r}", where)
    for key, kind in (("name", str), ("version", str), ("target", str), ("about", dict), ("self_test", list)):
        if not isinstance(settings[key], kind):
            raise DamagedModelError(f"expected {key} to be of type {kind.__name__}", where)
    model = Model(
        name=settings["name"],
        version=settings["version"],
        target=settings["target"],
        heads=heads,
        settings=feature_settings,
        n_documents=n_documents,
        arrays=Arrays(sizes, *(tensors[name] for name in Arrays._fields[1:])),
        about=settings["about"],
        file=file,
        attribution=_attribution(settings, tensors, where),
    )
    _check_arrays(model, where)
    return model


def _check_arrays(model: Model, where: str) -> None:
    n_features, n_labels, arrays = model.n_features, model.n_columns, model.arrays
    lines = _text_of(arrays.vocabulary, where)
    if not (lines.endswith("\n") or not lines) or lines.count("\n") != n_features:
        n_lines = lines.count("\n")
        raise DamagedModelError(f"expected a vocabulary of {n_features} features, found {n_lines}", where)
    for name, shape in (
        ("document_frequencies", (n_features,)),
        ("weights", (n_features, n_labels)),
        ("intercepts", (n_labels,)),
    ):
        tensor = getattr(arrays, name)
        if tensor.shape != shape:
            raise DamagedModelError(f"expected {name} of shape {shape}, found {tensor.shape}", where)
    try:
        if model.kernel is not None:
            return  # It refuses the same as the following does, and is much faster.
    except ValueError:
        pass
    for features in model.vocabulary:
        if len(set(features)) != len(features):
            raise DamagedModelError("the model's vocabulary holds a feature twice", where)
    for name in ("weights", "intercepts"):
        if not np.isfinite(getattr(model, name)).all():
            raise DamagedModelError(f"the model's {name} hold NaN or infinity", where)
    frequencies = model.document_frequencies
    if n_features and not (frequencies.min() >= 1 and frequencies.max() <= model.n_documents):
        raise DamagedModelError(f"expected document frequencies from 1 to {model.n_documents}", where)


def _text_of(lines: Tensor, where: str) -> str:
    try:
        return str(lines.data, "utf-8")
    except UnicodeDecodeError as error:
        raise DamagedModelError(f"the model's vocabulary is not UTF-8: {error.reason}", where) from error


def _attribution(
    settings: Mapping[str, Any], arrays: Mapping[str, Tensor], where: str
) -> AttributionModel | None:
    facts = settings["attribution"]
    if facts is None:
        return None
    weights = arrays["attribution_weights"]
    if not isinstance(facts, dict) or set(facts) != {"version", "n_signs"}:
        raise DamagedModelError(
            f"expected version and n_signs of attributions, found {str(facts)[:80]}", where
        )
    if facts["version"] != SIGNS_VERSION:
        theirs = facts["version"]
        found = f"the model's attributions were trained with {theirs!r}, this stancekit has {SIGNS_VERSION!r}"
        raise ModelVersionError(found, where, "train it again, or use the stancekit it was trained with")
    [n_signs] = _sizes([facts["n_signs"]], 1, where)
    *signs, end = _text_of(arrays["attribution_signs"], where).split("\n")
    if end or len(signs) != n_signs or len(set(signs)) != n_signs:
        raise DamagedModelError(f"expected a vocabulary of {n_signs} features, found {len(signs)}", where)
    if weights.shape != (1 + n_signs,) or not all(map(math.isfinite, weights.floats())):
        raise DamagedModelError(f"expected {1 + n_signs} finite weights of attributions", where)
    return AttributionModel(tuple(signs), tuple(weights.floats()))


def _head(values: Mapping[str, Any], where: str) -> Head:
    name, labels, poles = values["name"], values["labels"], values["poles"]
    scale, bias = values["scale"], values["bias"]
    if set(values) != {"name", "labels", "poles", "scale", "bias"} or not (isinstance(name, str) and name):
        raise DamagedModelError(
            f"expected a head with name, labels, poles, scale, bias, found {sorted(values)}", where
        )

    def refuse(what: str, found: object) -> DamagedModelError:
        return DamagedModelError(f"head {name!r}: expected {what}, found {str(found)[:80]}", where)

    if not isinstance(labels, list) or not all(isinstance(label, str) and label for label in labels):
        raise refuse("a list of labels", labels)
    if not 2 <= len(labels) <= MAX_LABELS or len(set(labels)) != len(labels):
        raise refuse(f"2 to {MAX_LABELS} different labels", labels)
    if poles is not None and not (
        isinstance(poles, list) and len(set(poles)) == 2 and set(poles) <= set(labels)
    ):
        raise refuse("two of its labels as poles", poles)
    if not isinstance(scale, (int, float)) or not 1e-3 <= scale <= 1e3:
        raise refuse("a calibration scale from 0.001 to 1000", scale)
    if len(bias) not in (0, len(labels)) or not all(
        isinstance(b, (int, float)) and abs(b) <= 100 for b in bias
    ):
        raise refuse("a calibration bias for every label", bias)
    return Head(name, tuple(labels), tuple(poles) if poles else None, float(scale), tuple(map(float, bias)))


def _sizes(sizes: Any, n_blocks: int, where: str) -> tuple[int, ...]:
    if (
        not isinstance(sizes, list)
        or len(sizes) != n_blocks
        or any(type(n) is not int or n < 0 for n in sizes)
    ):
        raise DamagedModelError(
            f"expected the sizes of {n_blocks} vocabularies, found {str(sizes)[:80]}", where
        )
    if sum(sizes) > MAX_FEATURES:
        raise DamagedModelError(f"expected {MAX_FEATURES} features at most, found {sum(sizes)}", where)
    return tuple(sizes)


def _run_self_test(model: Model, tests: Sequence[Any], where: str) -> None:
    try:
        found = model.judge([UtteranceFields(test["content"], test["cue"], test["source"]) for test in tests])
        differences = [
            abs(probability - test["probabilities"][head.name][label])
            for test, of_head in zip(tests, found, strict=True)
            for head in model.heads
            for label, probability in zip(head.labels, of_head[head.name], strict=True)
        ]
        same = bool(differences) and max(differences) <= SELF_TEST_TOLERANCE
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedModelError("the model's self-test cannot be read", where) from error
    if not same:
        found_text = "the model does not compute what it computed when it was saved"
        raise DamagedModelError(found_text, where, "get the file again, or train it again")


def write_model(model: Model) -> bytes:
    """The bytes of a model's file: the same for the same model."""
    settings: dict[str, Any] = {
        "format": FORMAT,
        "features": FEATURES_VERSION,
        "name": model.name,
        "version": model.version,
        "target": model.target,
        "heads": [
            {
                "name": head.name,
                "labels": list(head.labels),
                "poles": list(head.poles) if head.poles else None,
                "scale": head.scale,
                "bias": list(head.bias),
            }
            for head in model.heads
        ],
        "settings": model.settings.to_dict(),
        "n_documents": model.n_documents,
        "about": dict(model.about),
        "sizes": list(model.arrays.sizes),
        "attribution": None,
        "self_test": _self_test(model),
    }
    arrays = {name: getattr(model.arrays, name) for name in _ARRAYS}
    if model.attribution is not None:
        signs, weights = model.attribution.signs, model.attribution.weights
        settings["attribution"] = {"version": SIGNS_VERSION, "n_signs": len(signs)}
        arrays["attribution_signs"] = Tensor.of_lines(signs)
        arrays["attribution_weights"] = Tensor.of("F32", np.array(weights))
    metadata = json.dumps(settings, sort_keys=True, separators=(",", ":"), allow_nan=False)
    data = _serialize(arrays, {"crc32": _NO_CHECKSUM, "stancekit": metadata})
    return _with_checksum(data, _NO_CHECKSUM, _checksum(data, b""))


def _serialize(arrays: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """The safetensors format, in an order of our own: its writer's order is its version's affair."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    parts: list[bytes | memoryview] = []
    end = 0
    # The widest types first, so that each array is aligned.
    for name in sorted(arrays, key=lambda name: (-ITEM_SIZES[arrays[name].kind], name)):
        tensor = arrays[name]
        header[name] = {
            "dtype": tensor.kind,
            "shape": list(tensor.shape),
            "data_offsets": [end, end + len(tensor.data)],
        }
        parts.append(tensor.data)
        end += len(tensor.data)
    head = json.dumps(header, separators=(",", ":")).encode("ascii")
    head += b" " * (-len(head) % 8)
    return b"".join([len(head).to_bytes(8, "little"), head, *parts])


def _self_test(model: Model, n_words: int = 12) -> list[dict[str, Any]]:
    """For every label a text of the features that weigh most for it: no text of the corpus is kept."""
    fields: list[UtteranceFields] = []
    for column in range(model.weights.shape[1]):
        strongest: dict[str, list[str]] = {"content": [], "cue": [], "source": []}
        first = 0
        for block, features in zip(model.settings.blocks, model.vocabulary, strict=True):
            weights = model.weights[first : first + len(features), column]
            if block.unit == "words" and block.field in strongest:
                order = np.argsort(-weights.astype(np.float64), kind="stable")[:n_words]
                strongest[block.field] += [features[i] for i in order]
            first += len(features)
        fields.append(UtteranceFields(*(" ".join(strongest[name]) for name in ("content", "cue", "source"))))
    # Rounded, for the last bits of exp are the processor's.
    probabilities = {name: values.round(9).tolist() for name, values in model.probabilities(fields).items()}
    return [
        {
            **utterance._asdict(),
            "probabilities": {
                head.name: dict(zip(head.labels, probabilities[head.name][i], strict=True))
                for head in model.heads
            },
        }
        for i, utterance in enumerate(fields)
    ]


def save(model: Model, path: str | os.PathLike[str]) -> pathlib.Path:
    """Write a model's file, whole or not at all.

    Parameters
    ----------
    path : a file name ending in ``.safetensors``, or a folder, which is made if it is missing.

    Returns
    -------
    Path
        The file. It is written under another name, synced and renamed: at any moment there is the old
        file or the whole new one.

    Raises
    ------
    OutputError
        Nothing was changed.
    """
    file = place_of(path)
    data = write_model(model)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, data)
    except OSError as error:
        raise OutputError(f"the model cannot be written: {error.strerror or error}", str(file)) from error
    return file


def place_of(path: str | os.PathLike[str]) -> pathlib.Path:
    """The file that `save` would write."""
    place = pathlib.Path(path)
    return place if place.suffix == ".safetensors" else place / MODEL_FILE


def check_place(path: str | os.PathLike[str]) -> None:
    """Find out whether `save` could write there; nothing is left behind.

    Raises
    ------
    OutputError
        It could not.
    """
    file = place_of(path)
    if os.path.isdir(file):
        raise OutputError("expected a place for the model file, found a folder", str(file))
    try:
        folder = next(parent for parent in file.absolute().parents if os.path.lexists(parent))
        # Permissions alone do not tell: the file system may be read-only.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"the model cannot be written: {error.strerror or error}", str(file)) from error


def replace_file(file: pathlib.Path, data: bytes) -> None:
    """Put `data` under a name in one step, synced; on an error the old file stays."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, file)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
