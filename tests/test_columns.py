"""What can be scored: lists, Arrow arrays, files of JSON Lines; in one thread or several, into any array."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stancekit import JsonLines
from stancekit.classifier import Classifier
from stancekit.errors import InputError
from stancekit.model import Model
from tests.labelled import BLOCKS, ROLE_BLOCKS, ROWS, small_model

N = 600
TEXTS, SOURCES, CUES = ([row[i] for row in ROWS] * (N // len(ROWS) + 1) for i in (1, 2, 3))


@pytest.fixture(scope="module", params=["kernel", "python"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    found = small_model(tmp_path_factory.mktemp("model"), (*BLOCKS, *ROLE_BLOCKS))
    if request.param == "python":
        found.__dict__["kernel"] = None
    elif found.kernel is None:
        pytest.skip("stancekit was installed without a compiler")
    return found


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stancekit.model.PIECE", 64)


@pytest.fixture(scope="module")
def expected(model: Model) -> Any:
    return model.score(TEXTS, CUES, SOURCES)


def chunked(cells: list[Any], *cuts: int) -> Any:
    ends = [0, *cuts, len(cells)]
    return pa.chunked_array([pa.array(cells[a:b], pa.string()) for a, b in itertools.pairwise(ends)])


WAYS: dict[str, Callable[[list[str]], Any]] = {
    "list": lambda cells: cells,
    "tuple": tuple,
    "array": pa.array,
    "large": lambda cells: pa.array(cells, pa.large_string()),
    "slice": lambda cells: pa.array(["", "é", *cells, "x"])[2:-1],
    "chunks": lambda cells: chunked(cells, 0, 1, 313, 400),
    "dictionary": lambda cells: pa.array(cells).dictionary_encode(),
    "view": lambda cells: pa.array(cells, pa.string_view()),
}


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("way", WAYS)
def test_every_column_gives_the_same_bytes(model: Model, expected: Any, way: str, n_threads: int) -> None:
    make = WAYS[way]
    found = Classifier(model).score(
        make(TEXTS), cues=make(CUES), sources=WAYS["chunks"](SOURCES), n_threads=n_threads
    )
    for head in model.heads:
        assert found[head.name].tobytes() == expected[:, model.columns(head.name)].tobytes()


def test_iterables_and_missing_cells(model: Model) -> None:
    classifier = Classifier(model)
    texts = ["the army shelled us", "he spoke"]
    plain = classifier.score(texts, cues=["said", ""], sources=["", "residents"])
    for cues, sources in (
        (["said", None], [None, "residents"]),
        (iter(["said", None]), iter(["", "residents"])),
        (pa.array(["said", None]), pa.array([None, "residents"])),
        (pa.array(["said", None]), ["", "residents"]),
    ):
        found = classifier.score(iter(texts), cues=cues, sources=sources)
        assert found.stance.tobytes() == plain.stance.tobytes()
    assert classifier.score([]).stance.shape == classifier.score(pa.array([], pa.string())).stance.shape


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"texts": pa.array(["a", None])}, InputError, r"texts\[1\] as a string, found null"),
        ({"texts": pa.array([1, 2])}, TypeError, "Arrow array of int64"),
        ({"texts": ["a"], "cues": pa.array(["b", "c"])}, InputError, "as many cues"),
        ({"texts": ["a", None]}, TypeError, r"texts\[1\] as str"),
        ({"texts": ["a"], "sources": [b"x"]}, TypeError, r"sources\[0\] as str"),
        ({"texts": ["a"], "n_threads": 0}, InputError, "n_threads of 1 or more"),
        ({"texts": ["a"], "n_threads": 1.5}, TypeError, "n_threads as a whole number"),
        ({"texts": "a"}, TypeError, "a list"),
    ],
)
def test_refusals(model: Model, arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Classifier(model).score(**arguments)


def test_into_an_array_of_the_caller(model: Model, expected: Any) -> None:
    whole = np.full((N + 200, model.n_columns), np.nan)
    out = whole[100 : 100 + len(TEXTS)]
    assert model.score(TEXTS, CUES, SOURCES, out=out) is out
    assert out.tobytes() == expected.tobytes()
    assert np.isnan(whole[:100]).all()
    wrongs: list[Any] = [out[:-1], out.astype(np.float32), np.asfortranarray(out), out[:, :-1]]
    for wrong in wrongs:
        with pytest.raises(ValueError, match="out of shape"):
            model.score(TEXTS, CUES, SOURCES, out=wrong)


# JSON Lines


def write(path: Path, lines: list[str], end: str = "\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode("utf-8", "surrogatepass"))
    return path


def records() -> list[dict[str, Any]]:
    return [
        {"text": text, "source": source or None, "cue": cue, "id": n}
        for n, (text, source, cue) in enumerate(zip(TEXTS, SOURCES, CUES, strict=True))
    ]


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("way", ["plain", "escaped", "blank lines", "returns", "mark", "no last line end"])
def test_a_file_of_json_lines(model: Model, expected: Any, tmp_path: Path, way: str, n_threads: int) -> None:
    lines = [json.dumps(record, ensure_ascii=way == "escaped") for record in records()]
    path = tmp_path / "utterances.jsonl"
    if way == "blank lines":
        lines = [part for line in lines for part in (line, "", " \t")]
    write(path, lines, "\r\n" if way == "returns" else "\n")
    if way == "mark":
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    if way == "no last line end":
        path.write_bytes(path.read_bytes()[:-1])
    with JsonLines(path) as lines_of_file:
        found = model.score_lines(lines_of_file, n_threads=n_threads)
        assert found.tobytes() == expected.tobytes()
        scores = Classifier(model).score(lines_of_file)
    assert scores.stance.tobytes() == expected[:, model.columns("stance")].tobytes()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
texts = st.sampled_from(TEXTS) | st.text() | st.text('"\\/\b\f\n\r\t\u2028é\U0001f600 ab')


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {"text": texts},
            optional={
                "cue": texts | st.none(),
                "source": texts,
                "id": json_values,
                "x": json_values,
                "é": st.text(),
            },
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\r:  ")]),
)
def test_any_json_is_read_as_json_has_it(
    model: Model, tmp_path: Path, rows: list[dict[str, Any]], ascii_only: bool, separators: tuple[str, str]
) -> None:
    lines = [json.dumps(row, ensure_ascii=ascii_only, separators=separators) for row in rows]
    cells = [[row.get(name) or "" for row in rows] for name in ("text", "cue", "source")]
    with JsonLines(write(tmp_path / "any.jsonl", lines)) as file:
        assert model.score_lines(file).tobytes() == model.score(*cells).tobytes()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"cue": "said"}', "expected 'text' as a string, found none"),
        ('{"text": null}', "expected 'text' as a string, found null"),
        ('{"text": "a", "cue": 5}', "expected 'cue' as a string, found a number"),
        ('{"text": "a", "text": "b"}', "'text' is there twice"),
        ('{"text": "a", "id": 1, "id": 2}', "'id' is there twice"),
        ('{"text": "a", "t\\u0065xt": "b"}', "'text' is there twice"),
        ('{"text": "a"', "not JSON"),
        ('{"text": "a"} x', "not JSON"),
        ('{"text": "a", "n": 01}', "not JSON"),
        ('{"text": "a", "n": NaN}', "NaN"),
        ('{"text": "a", "n": 1e999}', "too large"),
        ('{"text": "a", "n": "\\x"}', "not JSON"),
        ('{"text": "a\tb"}', "not JSON"),
        ('{"text": "\\q"}', "not JSON"),
        ('{"text": "\\u12"}', "not JSON"),
        ('["text"]', "expected a JSON object"),
        ("text", "expected a JSON object"),
        ('{"text": ["a"]}', "an array"),
    ],
)
def test_a_wrong_line_is_named(model: Model, tmp_path: Path, line: str, message: str) -> None:
    path = write(tmp_path / "wrong.jsonl", ['{"text": "fine"}', "", line, '{"text": "fine"}'])
    with JsonLines(path) as lines, pytest.raises(InputError, match=message) as caught:
        model.score_lines(lines)
    assert caught.value.where == f"{path}:3"


@pytest.mark.parametrize(
    "data", [b'{"text": "a\xff"}\n', b'{"text": "\xed\xa0\x80"}\n', b'{"text": "\xc0\x80"}']
)
def test_what_is_not_utf_8_is_refused(model: Model, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b'{"text": "fine"}\n' + data)
    with JsonLines(path) as lines, pytest.raises(InputError, match="not UTF-8") as caught:
        model.score_lines(lines)
    assert caught.value.where == f"{path}:2"


def test_half_a_surrogate_pair_is_a_character_of_no_word(model: Model, tmp_path: Path) -> None:
    with JsonLines(write(tmp_path / "half.jsonl", ['{"text": "the \\ud800army"}'])) as lines:
        assert model.score_lines(lines).tobytes() == model.score(["the army"]).tobytes()


def test_no_file_and_an_empty_one(model: Model, tmp_path: Path) -> None:
    with JsonLines(write(tmp_path / "empty.jsonl", [])) as lines:
        assert model.score_lines(lines).shape == (0, model.n_columns)
    for path in (tmp_path, tmp_path / "none.jsonl", Path("/dev/null") / "x"):
        with pytest.raises(InputError, match="expected a file of JSON Lines"):
            JsonLines(path)


def test_a_file_has_its_own_cues(model: Model, tmp_path: Path) -> None:
    with JsonLines(write(tmp_path / "one.jsonl", ['{"text": "a"}'])) as lines, pytest.raises(TypeError):
        Classifier(model).score(lines, cues=["said"])
