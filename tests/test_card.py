"""The model card: made of measured figures, whatever names they come with."""

import itertools
import json
from pathlib import Path

import pytest

from stancekit.errors import InputError
from stancekit.train import cross_validate, train
from stancekit.train.card import read_figures, write_card
from tests.labelled import write_rows

NAME = 'a "b": c | d\n---\n`e` <script>'
RECIPE = """
name = {name}
version = "1"
corpus = ["rows.jsonl"]
[training]
folds = 3
"""
FIGURES = {
    "results": [
        {
            "dataset": NAME,
            "head": "stance",
            "macro_f1": 0.5,
            "interval": [0.4, 0.6],
            "majority_f1": 0.2,
            "calibration_error": 0.1,
            "n": 10,
            "n_articles": 3,
            "command": "stancekit evaluate rows.jsonl",
        }
    ],
    "tables": [{"title": "Segmentation", "note": "Measured.", "columns": ["a", "b"], "rows": [["1", "x|y"]]}],
}


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("card")
    write_rows(folder / "rows.jsonl")
    (folder / "recipe.toml").write_text(RECIPE.format(name=json.dumps(NAME)))
    (folder / "figures.json").write_text(json.dumps(FIGURES))
    train(folder / "recipe.toml")
    file = write_card(folder)
    text = file.read_text(encoding="utf-8")
    for score in cross_validate(folder / "recipe.toml").heads:
        assert f"macro-F1 **{score.macro_f1:.3f}**" in text
    return text


def test_front_matter_holds_any_name(card: str) -> None:
    lines = card.split("\n")
    end = lines.index("---", 1)
    names = [json.loads(line.split("name: ", 1)[1]) for line in lines[1:end] if 'name: "' in line]
    assert names.count(NAME) == 2  # the model's and the dataset's
    assert lines[0] == "---"


def test_tables_hold(card: str) -> None:
    rows = [line.replace("\\|", "") for line in card.split("\n") if line.startswith("|")]
    assert len(rows) > 20
    assert "| 1 | x\\|y |" in card
    assert "0.400 to 0.600" in card
    for line, following in itertools.pairwise(rows):
        if "---" in following:
            assert line.count("|") == following.count("|")


@pytest.mark.parametrize(
    "text", ["{", '{"results": [{}]}', '{"figures": []}', '{"tables": [{"title": "x"}]}']
)
def test_figures_that_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "figures.json").write_text(text)
    with pytest.raises(InputError):
        read_figures(tmp_path / "figures.json")
