"""A small labelled corpus, written for the tests, and a model trained on it."""

import json
from functools import cache
from pathlib import Path

from stancekit.features import Block
from stancekit.model import Model
from stancekit.target import Target
from stancekit.train.corpus import read_corpus
from stancekit.train.fit import fit_model
from stancekit.train.recipe import Recipe

ROWS = [
    # article, text, source, cue, stance, sentiment
    ("a", "the army shelled our street for two hours", "residents", "said", "oppose", "negative"),
    ("a", "government planes dropped barrel bombs on the market", "a nurse", "said", "oppose", "negative"),
    ("a", "the trucks will leave on Monday at noon", "the agency", "said", "neutral", "neutral"),
    (
        "b",
        "our heroic army cleared the town of terrorists",
        "the ministry",
        "announced",
        "support",
        "positive",
    ),
    (
        "b",
        "the accusations against the government are lies",
        "the minister",
        "insisted",
        "support",
        "negative",
    ),
    ("b", "eleven people died when a shell hit a bakery", "a doctor", "reported", "neutral", "negative"),
    ("c", "Assad must go and answer before a court", "the opposition", "demanded", "oppose", "negative"),
    ("c", "sanctions on Syria hurt its people and must end", "the envoy", "argued", "support", "negative"),
    ("c", "we thank the volunteers and hope for peace", "the mayor", "wrote", "neutral", "positive"),
    ("d", "the regime starves its own people", "activists", "said", "oppose", "negative"),
    ("d", "that its soldiers had fired on the crowd", "the army command", "denied", "support", "negative"),
    ("d", "talks resume in Geneva next week", "a diplomat", "said", "neutral", "neutral"),
    (
        "e",
        "it didn\u2019t hit any hospital; the films were staged",
        "state television",
        "said",
        "support",
        "neutral",
    ),
    ("e", "the regime\u2019s promises aren't worth the paper", "he", "scoffed", "oppose", "negative"),
    ("e", "both sides should let the convoys through", "the agency", "urged", "neutral", "neutral"),
    ("f", "the army and the people will prevail, God willing", "an officer", "vowed", "support", "positive"),
    ("f", "we are glad that the tyrant is losing", "a shopkeeper", "said", "oppose", "positive"),
    ("f", "the road has been open since Thursday", "the police", "said", "neutral", "neutral"),
]
TARGET = Target(
    "the Assad government",
    (
        ("target", ("Assad", "the regime", "the army", "government")),
        ("opponents", ("the opposition", "terrorists")),
    ),
    (("harm", ("shelled", "barrel bombs", "starves")), ("denial", ("denied", "lies"))),
)
BLOCKS = (
    Block(name="words", field="content", unit="words", n_min=1, n_max=2, min_df=1),
    Block(name="chars", field="content", unit="chars", n_min=3, n_max=5, weight=1.5),
    Block(name="names", field="content", unit="names", n_min=1, n_max=2),
    Block(name="classes", field="all", unit="classes", n_min=1, n_max=3, weight=0.7, min_df=1),
    Block(name="cue", field="cue", unit="words", n_min=1, n_max=2, min_df=1),
    Block(name="source", field="source", unit="words", n_min=1, n_max=2, weight=0.5),
)

ROLE_BLOCKS = (
    Block(name="turned", field="content", unit="chars", n_min=3, n_max=4, min_df=1, turned=True),
    Block(name="roles", field="content", unit="roles", min_df=1),
    Block(name="turns", field="all", unit="roles", min_df=1),
)


def write_rows(path: Path) -> Path:
    """The rows as JSONL."""
    keys = ("article", "text", "source", "cue", "stance", "sentiment")
    lines = [json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False) for row in ROWS]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@cache
def small_recipe(folder: Path, blocks: tuple[Block, ...] = BLOCKS) -> Recipe:
    """A recipe for the rows, written into a folder."""
    corpus = (write_rows(folder / "rows.jsonl"),)
    return Recipe(
        name="small", corpus=corpus, out=folder, target=TARGET, blocks=blocks, regularization=1.0, folds=3
    )


@cache
def small_model(folder: Path, blocks: tuple[Block, ...] = BLOCKS) -> Model:
    """The model of that recipe."""
    recipe = small_recipe(folder, blocks)
    model, *_ = fit_model(read_corpus(recipe.corpus), recipe)
    return model
