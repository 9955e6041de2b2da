"""The model file: what is written is read, and nothing else is (rows D of the list of bad inputs)."""

import gzip
import hashlib
import json
import os
import pickle
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.errors import (
    DamagedModelError,
    ModelError,
    ModelNotFoundError,
    ModelVersionError,
    NotAModelError,
    OutputError,
)
from stancekit.features import UtteranceFields
from stancekit.model import Model
from stancekit.model_file import MODEL_FILE, check_place, load, read_model, save, write_model
from tests.labelled import ROWS, small_model

FIELDS = [UtteranceFields(text, cue, source) for _, text, source, cue, _, _ in ROWS]
Header = dict[str, Any]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def data(model: Model) -> bytes:
    return write_model(model)


def split(data: bytes) -> tuple[Header, bytes]:
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def join(header: Header | str, body: bytes) -> bytes:
    """A file of these parts with a right checksum, as a forger would make it."""
    text = header if isinstance(header, str) else json.dumps(header, separators=(",", ":"))
    head = text.encode()
    head += b" " * (-len(head) % 8)
    data = len(head).to_bytes(8, "little") + head + body
    start = data.find(b'"crc32":"') + len(b'"crc32":"')
    blank = data[:start] + b"0" * 8 + data[start + 8 :]
    return data[:start] + f"{zlib.crc32(blank):08x}".encode() + data[start + 8 :]


def forge(data: bytes, change: Callable[[Header], None]) -> bytes:
    """The file with other settings and a right checksum."""
    header, body = split(data)
    values = json.loads(header["__metadata__"]["stancekit"])
    change(values)
    header["__metadata__"]["stancekit"] = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return join(header, body)


def forge_array(data: bytes, name: str, change: Callable[[Any], Any]) -> bytes:
    """The file with another array and a right checksum."""
    header, _ = split(data)
    arrays = safetensors.numpy.load(data)
    arrays[name] = change(arrays[name].copy())
    out = safetensors.numpy.save(arrays, header["__metadata__"])
    new_header, new_body = split(out)
    return join(new_header, new_body)


def test_round_trip(model: Model, data: bytes, tmp_path: Path) -> None:
    file = save(model, tmp_path / "new" / "folder")
    assert file == tmp_path / "new" / "folder" / MODEL_FILE
    assert file.read_bytes() == data
    for path in (file, file.parent, str(file), str(file.parent)):
        found = load(path)
        assert found.sha256 == hashlib.sha256(data).hexdigest()
        assert write_model(found) == data
        for head, expected in model.probabilities(FIELDS).items():
            assert found.probabilities(FIELDS)[head].tobytes() == expected.tobytes()
    assert [path.name for path in file.parent.iterdir()] == [MODEL_FILE]
    assert save(model, tmp_path / "as.safetensors") == tmp_path / "as.safetensors"


def test_it_is_a_safetensors_file_without_any_code(data: bytes) -> None:
    arrays = safetensors.numpy.load(data)
    assert {name: array.dtype.name for name, array in arrays.items()} == {
        "document_frequencies": "uint32",
        "intercepts": "float32",
        "training_digests": "uint64",
        "vocabulary": "uint8",
        "weights": "float32",
    }
    assert b"pickle" not in data


def test_forging_without_a_change_loads(data: bytes) -> None:
    assert forge(data, lambda values: None) == data
    assert read_model(forge_array(data, "weights", lambda array: array)).n_features > 100


def test_cut_at_many_lengths(data: bytes) -> None:
    lengths = {*range(40), *range(0, len(data), max(1, len(data) // 200)), len(data) - 1}
    for length in sorted(lengths):
        with pytest.raises(ModelError):
            read_model(data[:length])
    with pytest.raises(ModelError):
        read_model(data + b"\0")


def test_any_bit_flipped(data: bytes) -> None:
    draw = random.Random(0)
    header_length = 8 + int.from_bytes(data[:8], "little")
    places = [(draw.randrange(len(data)), draw.randrange(8)) for _ in range(500)]
    places += [(draw.randrange(header_length), draw.randrange(8)) for _ in range(500)]
    places += [(byte, bit) for byte in range(8) for bit in range(8)]
    for byte, bit in places:
        changed = bytearray(data)
        changed[byte] ^= 1 << bit
        with pytest.raises(ModelError):
            read_model(bytes(changed))


def set_value(*path: Any, to: Any) -> Callable[[Header], None]:
    def change(values: Header) -> None:
        place: Any = values
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return change


def drop(key: str) -> Callable[[Header], None]:
    return lambda values: values.pop(key)


FORGED = {
    "newer": (set_value("format", to=4), ModelVersionError, "format 4.*upgrade"),
    "older": (set_value("format", to=2), ModelVersionError, "format 2.*train it again"),
    "no-format": (drop("format"), DamagedModelError, "format"),
    "format-true": (set_value("format", to=True), DamagedModelError, "format"),
    "other-features": (set_value("features", to="stancekit-features/0"), ModelVersionError, "features/0"),
    "key-missing": (drop("self_test"), DamagedModelError, "self_test"),
    "unknown-key": (set_value("code", to="os.system"), DamagedModelError, "code"),
    "no-heads": (set_value("heads", to=[]), DamagedModelError, "heads"),
    "no-labels": (set_value("heads", 0, "labels", to=[]), DamagedModelError, "labels"),
    "labels-repeated": (
        set_value("heads", 0, "labels", 0, to="neutral"),
        DamagedModelError,
        "different labels",
    ),
    "label-not-text": (set_value("heads", 0, "labels", 0, to=3), DamagedModelError, "labels"),
    "label-missing": (set_value("heads", 0, "labels", to=["support", "oppose"]), DamagedModelError, "shape"),
    "heads-repeated": (set_value("heads", 1, "name", to="stance"), DamagedModelError, "different names"),
    "poles-unknown": (set_value("heads", 0, "poles", to=["up", "down"]), DamagedModelError, "poles"),
    "poles-equal": (set_value("heads", 0, "poles", to=["support", "support"]), DamagedModelError, "poles"),
    "scale-negative": (set_value("heads", 0, "scale", to=-1.0), DamagedModelError, "scale"),
    "scale-nan": (set_value("heads", 0, "scale", to=float("nan")), DamagedModelError, "NaN"),
    "bias-short": (set_value("heads", 0, "bias", to=[0.1]), DamagedModelError, "bias"),
    "head-unknown-key": (set_value("heads", 0, "weights", to="x.npy"), DamagedModelError, "head"),
    "head-not-object": (set_value("heads", 0, to=None), DamagedModelError, "fit together"),
    "ngrams": (set_value("settings", "blocks", 0, "n_max", to=10**9), DamagedModelError, "n_max"),
    "block-gone": (set_value("settings", "blocks", to=[]), DamagedModelError, "blocks"),
    "settings-gone": (set_value("settings", to=None), DamagedModelError, "fit together"),
    "sizes-huge": (set_value("sizes", 0, to=1 << 40), DamagedModelError, "features at most"),
    "sizes-negative": (set_value("sizes", 0, to=-1), DamagedModelError, "sizes"),
    "sizes-other": (set_value("sizes", 0, to=3), DamagedModelError, "vocabulary"),
    "documents-none": (set_value("n_documents", to=0), DamagedModelError, "training utterances"),
    "documents-few": (set_value("n_documents", to=1), DamagedModelError, "frequencies"),
    "documents-huge": (set_value("n_documents", to=1 << 70), DamagedModelError, "training utterances"),
    "name-surrogate": (set_value("name", to="\ud800"), DamagedModelError, "surrogate"),
    "name-number": (set_value("name", to=3), DamagedModelError, "name"),
    "labels-swapped": (
        set_value("heads", 0, "labels", to=["oppose", "neutral", "support"]),
        DamagedModelError,
        "compute",
    ),
    "other-self-test": (set_value("self_test", 0, "content", to="x"), DamagedModelError, "compute"),
    "no-self-test": (set_value("self_test", to=[]), DamagedModelError, "compute"),
    "self-test-text": (set_value("self_test", to=["text"]), DamagedModelError, "self-test"),
    "self-test-short": (
        set_value("self_test", 0, "probabilities", "stance", to={"support": 1.0}),
        DamagedModelError,
        "self-test",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_settings(data: bytes, name: str) -> None:
    change, error, message = FORGED[name]
    with pytest.raises(error, match=message):
        read_model(forge(data, change))


def nan_at_0(array: Any) -> Any:
    array.flat[0] = np.nan
    return array


ARRAYS: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "nan": ("weights", nan_at_0, "NaN"),
    "infinity": ("intercepts", lambda array: array * np.inf, "NaN"),
    "rows-swapped": ("weights", lambda array: array[::-1].copy(), "compute"),
    "columns-swapped": ("weights", lambda array: array[:, ::-1].copy(), "compute"),
    "row-missing": ("weights", lambda array: array[1:].copy(), "shape"),
    "flat": ("weights", lambda array: array.ravel(), "shape"),
    "float64": ("weights", lambda array: array.astype(np.float64), "type"),
    "float16": ("weights", lambda array: array.astype(np.float16), "type"),
    "frequency-0": ("document_frequencies", lambda array: array * 0, "frequencies"),
    "not-utf-8": ("vocabulary", lambda array: array | 0x80, "UTF-8"),
    "one-feature": ("vocabulary", lambda array: np.full_like(array, ord("\n")), "vocabulary"),
    "no-vocabulary": ("vocabulary", lambda array: array[:0], "vocabulary"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_forged_arrays(data: bytes, name: str) -> None:
    array, change, message = ARRAYS[name]
    with pytest.raises(DamagedModelError, match=message):
        read_model(forge_array(data, array, change))


def test_no_checksum(data: bytes) -> None:
    header, body = split(data)
    for checksum in (None, "", "0" * 7, "0" * 8, header["__metadata__"]["crc32"].upper() + " ", 0):
        header["__metadata__"]["crc32"] = checksum
        text = json.dumps(header, separators=(",", ":")).encode()
        with pytest.raises(DamagedModelError, match="checksum"):
            read_model(len(text).to_bytes(8, "little") + text + body)


def test_a_feature_twice(data: bytes) -> None:
    def repeat(array: Any) -> Any:
        text = array.tobytes().replace(b"\n the\n", b"\n tha\n").replace(b"\n tha\n", b"\nthe \n")
        return np.frombuffer(text, dtype=np.uint8)

    with pytest.raises(DamagedModelError, match="twice"):
        read_model(forge_array(data, "vocabulary", repeat))


def header_text(data: bytes) -> str:
    return json.dumps(split(data)[0], separators=(",", ":"))


HEADERS: dict[str, Callable[[Header], object]] = {
    "negative-shape": lambda header: header["weights"].update(shape=[-1, 6]),
    "overflowing-shape": lambda header: header["weights"].update(shape=[1 << 40, 1 << 40]),
    "offsets-past-the-end": lambda header: header["weights"]["data_offsets"].__setitem__(1, 1 << 60),
    "offsets-overlap": lambda header: header["intercepts"].update(data_offsets=[0, 24]),
    "unknown-type": lambda header: header["weights"].update(dtype="OBJECT"),
    "path-as-name": lambda header: header.update({"../../x": header.pop("intercepts")}),
    "long-name": lambda header: header.update({"x" * 1_000_000: header.pop("intercepts")}),
    "array-gone": lambda header: header.pop("weights"),
    "more-metadata": lambda header: header["__metadata__"].update(pickle="x"),
    "no-metadata": lambda header: header.pop("__metadata__"),
    "other-metadata": lambda header: header.update(__metadata__={"format": "pt"}),
    "metadata-not-json": lambda header: header.update(__metadata__={"stancekit": "{"}),
    "metadata-a-list": lambda header: header.update(__metadata__={"stancekit": "[]"}),
    "metadata-deep": lambda header: header.update(__metadata__={"stancekit": "[" * 100_000}),
}


@pytest.mark.parametrize("name", HEADERS)
def test_forged_header(data: bytes, name: str) -> None:
    header, body = split(data)
    HEADERS[name](header)
    with pytest.raises(ModelError):
        read_model(join(header, body))


def test_keys_twice(data: bytes) -> None:
    header, body = split(data)
    with pytest.raises(DamagedModelError, match="twice"):
        read_model(join(header_text(data).replace('{"', '{"weights":{},"', 1), body))
    text = header["__metadata__"]["stancekit"]
    header["__metadata__"]["stancekit"] = text.replace("{", '{"name":"other",', 1)
    with pytest.raises(DamagedModelError, match="twice"):
        read_model(join(header, body))


@pytest.mark.parametrize("length", [1 << 20, 1 << 40, (1 << 63) - 1, (1 << 64) - 1])
def test_header_length_past_the_end(data: bytes, length: int) -> None:
    with pytest.raises(DamagedModelError):
        read_model(length.to_bytes(8, "little") + data[8:])


class Canary:
    """Unpickled, it would leave a file behind."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (self.path, "w"))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_named_and_does_not_run(tmp_path: Path, protocol: int) -> None:
    canary = tmp_path / "ran"
    (tmp_path / MODEL_FILE).write_bytes(pickle.dumps(Canary(str(canary)), protocol))
    with pytest.raises(NotAModelError, match="stancekit does not load pickles"):
        load(tmp_path)
    assert not canary.exists()


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.safetensors", "x" * 100)


OTHER_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_bytes(b""), "empty file"),
    "html": (lambda path: path.write_text("<!DOCTYPE html><html><title>404</title>"), "HTML"),
    "lfs": (
        lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
        "Git LFS",
    ),
    "text": (lambda path: path.write_text("a text that is no model"), "text"),
    "json": (lambda path: path.write_text('{"name": "model", "n": 1}'), "text"),
    "zip": (zipped, "zip"),
    "gzip": (lambda path: path.write_bytes(gzip.compress(b"x" * 100)), "gzip"),
    "numpy": (lambda path: np.save(path.open("wb"), np.zeros(3)), "NumPy"),
    "random": (lambda path: path.write_bytes(random.Random(0).randbytes(1000)), "something else"),
    "other-safetensors": (
        lambda path: path.write_bytes(safetensors.numpy.save({"x": np.zeros(3)}, {"format": "pt"})),
        "not a stancekit model",
    ),
}


@pytest.mark.parametrize("name", OTHER_FILES)
@pytest.mark.filterwarnings("ignore:unclosed file")
def test_other_files_are_named(tmp_path: Path, name: str) -> None:
    make, message = OTHER_FILES[name]
    make(tmp_path / MODEL_FILE)
    with pytest.raises(NotAModelError, match=message):
        load(tmp_path)


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_random_bytes(data: bytes) -> None:
    with pytest.raises(ModelError):
        read_model(data)


def test_paths(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("absent", "https://example.org/model", "hf://a/b", "a\0b", "", "absent/model.safetensors"):
        with pytest.raises(ModelNotFoundError):
            load(path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelNotFoundError, match=MODEL_FILE):
        load("empty")
    os.mkfifo(tmp_path / "pipe")
    for path in ("pipe", "/dev/zero"):
        with pytest.raises(NotAModelError, match="device, pipe"):
            load(path)
    with pytest.raises(TypeError, match="bytes"):
        load(b"model")  # type: ignore[arg-type]
    file = save(model, "real")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / MODEL_FILE).symlink_to(file.resolve())
    with pytest.raises(NotAModelError, match="link out of its folder"):
        load("linked")
    with pytest.raises(NotAModelError, match="max_bytes"):
        load("real", max_bytes=1000)


def test_a_loaded_model_is_its_own(model: Model, tmp_path: Path) -> None:
    file = save(model, tmp_path)
    loaded = load(file)
    file.write_bytes(b"")
    expected = model.probabilities(FIELDS)
    assert all(
        loaded.probabilities(FIELDS)[head].tobytes() == values.tobytes() for head, values in expected.items()
    )
    with pytest.raises(ValueError, match="read-only"):
        loaded.weights[0, 0] = 1.0


CALLS = ["fsync", "replace", "fdopen"]


@pytest.mark.parametrize("call", CALLS)
def test_an_error_while_saving_leaves_the_old_file(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    file = tmp_path / MODEL_FILE
    file.write_bytes(b"old")

    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OutputError, match="No space left"):
        save(model, tmp_path)
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == [MODEL_FILE]


def test_saving_where_nothing_can_be(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        save(model, tmp_path / "file" / "folder")
    for place in (tmp_path / "file" / "folder", tmp_path / "file"):
        with pytest.raises(OutputError):
            check_place(place)


def test_trying_a_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / MODEL_FILE).write_bytes(b"old")
    for place in (tmp_path, tmp_path / "new" / "folder", tmp_path / "as.safetensors"):
        check_place(place)
    assert [path.name for path in tmp_path.iterdir()] == [MODEL_FILE]
    assert (tmp_path / MODEL_FILE).read_bytes() == b"old"
