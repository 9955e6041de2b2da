"""The model card: made of measured figures, whatever names they come with."""

import itertools
import json
from pathlib import Path

import pytest

from stancekit.errors import InputError
from stancekit.model_file import load
from stancekit.train import cross_validate, train
from stancekit.train.card import main, read_figures, write_card
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


def test_what_a_least_probability_keeps(card: str) -> None:
    assert "| `--min-probability` | stance kept | wrong of those | sentiment kept | wrong of those |" in card
    rows = card.split("| `--min-probability` |")[1].split("\n")[2:9]
    assert [row.split(" | ")[0] for row in rows] == [
        f"| {least}" for least in (0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    ]
    assert rows[0].split(" | ")[1] == "100.0%"


def test_nothing_is_told_that_the_folder_does_not_tell(card: str) -> None:
    for word in (
        "CODEBOOK",
        "DATASHEET",
        "licen",
        "language:",
        "tags:",
        "bad at",
        "written",
        "Syria",
        "news",
    ):
        assert word not in card
    assert "by **stance** and **sentiment**." in card
    assert "`rows.jsonl`: 18 utterances of 6 articles. " in card
    assert 'stancekit.load("card0")' in card


def test_a_card_of_another_head_without_figures(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text,position\nwe like trains,pro\nwe hate trains,con\n")
    recipe = """
        name = "trains"
        version = "1"
        corpus = ["rows.csv"]
        heads = ["position"]
        [card]
        license = "mit"
        provenance = "collected at meetings."
        limits = "- Trains only."
        [[blocks]]
        name = "words"
        field = "content"
        unit = "words"
        n_min = 1
        n_max = 1
        min_df = 1
        """
    (tmp_path / "recipe.toml").write_text(recipe)
    train(tmp_path / "recipe.toml")
    card = write_card(tmp_path).read_text(encoding="utf-8")
    assert 'license: "mit"' in card
    assert "by **position**." in card
    assert "`rows.csv`: 2 utterances of 2 articles, collected at meetings. " in card
    assert "\nThe content of an utterance, nothing else" in card
    assert "too few articles to hold any out. The probabilities are not calibrated." in card
    assert card.endswith("## What it is bad at\n\n- Trains only.\n")
    for word in ("0-fold", "model-index", "stance ", "sentiment", "Classes are", "source"):
        assert word not in card
    # Figures of another model than the one in the folder would be false.
    (tmp_path / "recipe.toml").write_text(recipe.replace("trains", "buses"))
    with pytest.raises(InputError, match="not the one that"):
        write_card(tmp_path)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr() == ("", "usage: python -m stancekit.train.card FOLDER...\n")
    assert main([str(tmp_path / "absent")]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("error: no model there")


def test_the_shipped_card_is_of_the_shipped_model() -> None:
    folder = Path(__file__).parent.parent / "models" / "assad-en"
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert f"`{load(folder).sha256}`" in card
    for text in ("by machine writers under a plan", "corpus/CODEBOOK.md", "apache-2.0", "What it is bad at"):
        assert text in card
    assert "by hand for" not in card
    assert 'stancekit.load("assad-en")' in card


@pytest.mark.parametrize(
    "text", ["{", '{"results": [{}]}', '{"figures": []}', '{"tables": [{"title": "x"}]}']
)
def test_figures_that_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "figures.json").write_text(text)
    with pytest.raises(InputError):
        read_figures(tmp_path / "figures.json")
