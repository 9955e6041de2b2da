"""The learning curve of a recipe's corpus, by articles, on labelled real articles.

    python tools/learning_curve.py RECIPE [--shares 0.25,0.5,1] [--draws 3] NAME=LABELS.jsonl,TEXTS.jsonl …

Trains on random parts of the articles (a smaller part belongs to the greater one of its draw), and prints the
macro-F1 of each head on each set of real articles, with the marked contents, cues and sources given: the mean
over the draws. The formats of the two files are those of measure.py. None of these texts trains the model.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from pathlib import Path
from statistics import mean

from measure import marked_scores, read_articles

from stancekit.train.corpus import Corpus
from stancekit.train.fit import fit_model, read_recipe_corpus
from stancekit.train.recipe import read_recipe


def part_of(corpus: Corpus, articles: frozenset[str]) -> Corpus:
    """The corpus with some of its articles only, and without the marked ones, which train no head."""
    return replace(
        corpus,
        utterances=tuple(u for u in corpus.utterances if u.article in articles),
        articles=tuple(a for a in corpus.articles if a in articles),
        whole=(),
    )


def main() -> None:
    """Read the command line and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", type=Path, metavar="RECIPE")
    parser.add_argument("sets", nargs="+", metavar="NAME=LABELS.jsonl,TEXTS.jsonl")
    parser.add_argument("--shares", default="0.125,0.25,0.5,1", help="of the articles")
    parser.add_argument("--draws", type=int, default=3, help="of each share below 1")
    arguments = parser.parse_args()
    recipe = read_recipe(arguments.recipe)
    sets = {}
    for argument in arguments.sets:
        name, _, files = argument.partition("=")
        labels, texts = files.split(",")
        sets[name] = read_articles(Path(labels), Path(texts))
    corpus = read_recipe_corpus(recipe)
    columns = [f"{name}, {head}" for name in sets for head in corpus.heads]
    print("| articles | utterances | " + " | ".join(columns) + " |")
    print("| ---: " * (2 + len(columns)) + "|")
    for share in map(float, arguments.shares.split(",")):
        figures, sizes = [], []
        for draw in range(arguments.draws if share < 1 else 1):
            names = sorted({u.article for u in corpus.utterances})
            random.Random(draw).shuffle(names)
            part = part_of(corpus, frozenset(names[: round(share * len(names))]))
            # Two folds: the cross-validation only calibrates, which moves no label.
            model = fit_model(part, replace(recipe, folds=2)).model
            sizes.append((len(part.articles), len(part.utterances)))
            figures.append(
                [one.macro_f1 for articles in sets.values() for one in marked_scores(articles, model)]
            )
        means = [f"{mean(column):.3f}" for column in zip(*figures, strict=True)]
        n_articles, n = (round(mean(column)) for column in zip(*sizes, strict=True))
        print(f"| {n_articles:,} | {n:,} | " + " | ".join(means) + " |", flush=True)


if __name__ == "__main__":
    main()
