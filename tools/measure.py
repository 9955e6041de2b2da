"""Measure the shipped model on labelled real articles and write ``figures.json`` for its card.

    python tools/measure.py OUT.json NAME=LABELS.jsonl,TEXTS.jsonl … [attributions=NAME=SCORES.json …]
        [without-source=RECIPE.toml] [table=FILE.md …]

``TEXTS.jsonl``   {"doc": ID, "text": …} a line
``LABELS.jsonl``  {"doc": ID, "utterances": [{"content_spans": [[start, end], …], "source_span": … | null,
                  "cue_span": … | null, "speaker": …, "stance": …, "also": … | null, "sentiment": …}]} a line
``SCORES.json``   what an attribution scorer wrote: {LEVEL: {KIND: {"precision", "recall", "f1"}}, …}

``RECIPE.toml``   trained once more with every source blanked, to tell what reading who speaks is worth
``FILE.md``       a title, a note and a table in Markdown, one after the other, for the card as they are

With the contents as marked, macro-F1 of each head; end to end, which utterances are found (one to one,
greedily, token Jaccard of the contents at least 0.5), with the right speaker and the right stance. None of
these texts trains the model, and none of them is part of the repository.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import stancekit
from stancekit.features import UtteranceFields
from stancekit.model import Model
from stancekit.model_file import load
from stancekit.train.attribution import pair_contents, word_starts
from stancekit.train.fit import fit_model, read_recipe_corpus
from stancekit.train.metrics import HeadScore, score_attribution, score_head
from stancekit.train.recipe import read_recipe

Spans = Sequence[Sequence[int]]
Articles = list[tuple[str, str, list[dict[str, Any]]]]
Paired = list[tuple[str, list[dict[str, Any]], tuple[stancekit.Utterance, ...], dict[int, int]]]

COLUMNS = [
    "texts",
    "utterances",
    "found",
    "speaker right",
    "stance right of those found",
    "spurious",
    "wrong name",
]


def read_articles(labels: Path, texts: Path) -> Articles:
    """(id, text, gold utterances) of every labelled article."""
    by_id = {d["doc"]: d["text"] for d in map(json.loads, texts.open(encoding="utf-8"))}
    return [
        (d["doc"], by_id[d["doc"]], d["utterances"]) for d in map(json.loads, labels.open(encoding="utf-8"))
    ]


def marked_fields(
    articles: Articles,
) -> tuple[list[UtteranceFields], list[dict[str, Any]], list[str]]:
    """Content, cue and source as marked, the gold utterances, and the article of each."""

    def cut(text: str, span: Sequence[int] | None) -> str:
        return text[span[0] : span[1]] if span else ""

    fields, golds, docs = [], [], []
    for doc, text, utterances in articles:
        for u in utterances:
            content = " ".join(cut(text, s) for s in u["content_spans"])
            fields.append(
                UtteranceFields(content, cut(text, u.get("cue_span")), cut(text, u.get("source_span")))
            )
            golds.append(u)
            docs.append(doc)
    return fields, golds, docs


def marked_scores(articles: Articles, model: Model, *, with_source: bool = True) -> list[HeadScore]:
    """Figures of each head where content, cue and, if wanted, source are given."""
    fields, golds, docs = marked_fields(articles)
    if not with_source:
        fields = [of._replace(source="") for of in fields]
    found = model.probabilities(fields)
    return [
        score_head(head.name, head.labels, [u[head.name] for u in golds], found[head.name], docs)
        for head in model.heads
    ]


def results_of(name: str, scores: Sequence[HeadScore], command: str) -> Iterable[dict[str, Any]]:
    """Entries of the card's results."""
    for score in scores:
        yield {
            "dataset": name,
            "head": score.head,
            "macro_f1": round(score.macro_f1, 3),
            "interval": [round(x, 3) for x in score.interval],
            "majority_f1": round(score.majority_f1, 3),
            "calibration_error": round(score.calibration_error, 3),
            "n": score.n,
            "n_articles": score.n_articles,
            "command": command,
        }


def kept_rows(name: str, scores: Sequence[HeadScore]) -> list[list[str]]:
    """Rows of the card's table on `--min-probability`: which labels a least probability keeps."""
    rows = []
    for row in zip(*(score.risk_coverage.shown() for score in scores), strict=True):
        cells = [
            cell
            for one in row
            for cell in (f"{100 * one.coverage:.0f} %", f"{100 * one.risk:.0f} %" if one.coverage else "")
        ]
        rows.append([name, f"{row[0].min_probability:g}", *cells])
    return rows


def without_source(file: Path, sets: Mapping[str, Articles], model: Model) -> dict[str, Any]:
    """The table of what the source field is worth: this model, and one that never saw a source."""
    recipe = read_recipe(file)
    corpus = read_recipe_corpus(recipe)
    blanked = tuple(replace(u, fields=u.fields._replace(source="")) for u in corpus.utterances)
    # Two folds: the cross-validation only calibrates, which moves no label.
    fit = fit_model(replace(corpus, utterances=blanked, whole=()), replace(recipe, folds=2))
    rows = []
    for name, articles in sets.items():
        for who, scores in (
            ("with", marked_scores(articles, model)),
            ("not given", marked_scores(articles, model, with_source=False)),
            ("never read", marked_scores(articles, fit.model, with_source=False)),
        ):
            rows.append([name, who, *(f"{score.macro_f1:.3f}" for score in scores)])
            print(rows[-1])
    return {
        "title": "With and without who speaks",
        "note": "Macro-F1 with marked contents and cues: with the source as marked; the same model when no"
        " source is given; a model of the same recipe that never saw a source.",
        "columns": ["texts", "source", *(head.name for head in model.heads)],
        "rows": rows,
    }


def table_of(file: Path) -> dict[str, Any]:
    """A table that another tool wrote: a title, a note, and rows of Markdown."""
    title, note, *lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    cells = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]
    return {"title": title, "note": note, "columns": cells[0], "rows": cells[2:]}


def paired(articles: Articles, classifier: stancekit.Classifier) -> Paired:
    """Of every article: its id, the gold utterances, those found, and which gold one is which found one."""
    out = []
    for doc, text, gold in articles:
        found = classifier.classify(text).utterances
        marked = [word_starts(u["content_spans"], text) for u in gold]
        pairs = pair_contents(marked, [word_starts(u.content, text) for u in found])
        out.append((doc, gold, found, pairs))
    return out


def same_name(found: str, gold: str) -> bool:
    """Whether a speaker's name is the gold one, or one holds the other ("Velichko", "Arkady Velichko")."""

    def plain(name: str) -> str:
        return re.sub(r"^(the|a|an|some|both)\s+", "", " ".join(name.lower().split()))

    a, b = plain(found), plain(gold)
    return a == b or (len(b) > 3 and b in a) or (len(a) > 4 and a in b)


def end_to_end(name: str, articles: Paired) -> list[str]:
    """One row of the card's table: whole articles through the whole program."""
    n = found = speaker = stance = predicted = named = wrong = 0
    for _, gold, utterances, pairs in articles:
        n += len(gold)
        predicted += len(utterances)
        found += len(pairs)
        for i, j in pairs.items():
            u = utterances[j]
            right = same_name(u.speaker.name, gold[i]["speaker"])
            speaker += right
            named += u.speaker.name != "unknown"
            wrong += u.speaker.name != "unknown" and not right
            stance += u.stance is not None and u.stance.label in (gold[i]["stance"], gold[i].get("also"))
    shares = (
        found / n,
        speaker / n,
        stance / max(1, found),
        1 - found / max(1, predicted),
        wrong / max(1, named),
    )
    return [name, str(n), *(f"{100 * share:.0f} %" for share in shares)]


def attribution_rows(name: str, scores: Mapping[str, Any]) -> list[list[str]]:
    """Rows of the card's table of attributions."""
    return [
        [
            name,
            level,
            kind,
            *(f"{scores[level][kind][figure]:.3f}" for figure in ("precision", "recall", "f1")),
        ]
        for level in ("relaxed", "strict")
        for kind in ("all", "quoted", "indirect")
    ]


def sure_rows(name: str, articles: Paired) -> list[list[str]]:
    """Rows of the card's table on `attribution`: which speakers a least probability keeps."""
    sure, right, found, docs = [], [], [], []
    for doc, gold, utterances, pairs in articles:
        same = {j: same_name(utterances[j].speaker.name, gold[i]["speaker"]) for i, j in pairs.items()}
        for j, u in enumerate(utterances):
            if u.attribution is not None:
                sure.append(u.attribution)
                right.append(same.get(j, False))
                found.append(j in same)
                docs.append(doc)
    probabilities, is_right, is_found = np.array(sure), np.array(right), np.array(found)
    score = score_attribution(probabilities, is_right, docs)
    print(f"{name}: {score.to_text()}")
    n = sum(len(gold) for _, gold, _, _ in articles)
    rows = []
    for least, kept, wrong in score.kept:
        named = is_found & (probabilities >= least)
        shares = (kept, wrong, named.sum() / n, 1 - is_right[named].mean())
        rows.append([name, f"{least:g}", *(f"{100 * share:.0f} %" for share in shares)])
    rows[0].append(f"{score.calibration_error:.3f}")
    return [[*row, *[""] * (7 - len(row))] for row in rows]


def main() -> None:
    """Read the command line, measure, write the figures."""
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    model, classifier = load(), stancekit.load()
    results: list[dict[str, Any]] = []
    whole: list[list[str]] = []
    sure: list[list[str]] = []
    kept: list[list[str]] = []
    attributions: list[list[str]] = []
    others: list[dict[str, Any]] = []
    sets: dict[str, Articles] = {}
    recipes: list[Path] = []
    for argument in sys.argv[2:]:
        name, _, files = argument.partition("=")
        if name == "attributions":
            name, _, file = files.partition("=")
            attributions += attribution_rows(name, json.loads(Path(file).read_text(encoding="utf-8")))
            continue
        if name == "without-source":
            recipes.append(Path(files))
            continue
        if name == "table":
            others.append(table_of(Path(files)))
            continue
        labels, texts = (Path(file) for file in files.split(","))
        articles = sets[name] = read_articles(labels, texts)
        scores = marked_scores(articles, model)
        for score in scores:
            print(f"{name}: {score.to_text()}")
        results += results_of(name, scores, "tools/measure.py")
        kept += kept_rows(name, scores)
        found = paired(articles, classifier)
        whole.append(end_to_end(name, found))
        print(dict(zip(COLUMNS, whole[-1], strict=True)))
        sure += sure_rows(name, found)
    tables = [
        {
            "title": "What --min-probability keeps, on other texts",
            "note": "With contents, cues and sources as marked: the share of the utterances whose most"
            " probable label has at least that probability, and the share of wrong labels in it; the others"
            ' are "unclear".',
            "columns": [
                "texts",
                "at least",
                *(column for head in model.heads for column in (f"{head.name} kept", "wrong of those")),
            ],
            "rows": kept,
        },
        {
            "title": "Whole articles, end to end",
            "note": "Segmentation, speakers and stance together. Found: token Jaccard of the contents at"
            " least 0.5; shares of all marked utterances, but for the stance (of those found), spurious"
            " ones (of all"
            " predicted) and wrong names (of all speakers named).",
            "columns": COLUMNS,
            "rows": whole,
        },
        {
            "title": "Who speaks, on other texts",
            "note": "What `--min-attribution` keeps: of all speakers found, and the wrong ones of those,"
            " spurious utterances among them; then the marked utterances that are found with a name, and the"
            " wrong names of those. The calibration error is that of `attribution`.",
            "columns": [
                "texts",
                "at least",
                "speakers kept",
                "wrong of those",
                "found with a name",
                "wrong name",
                "calibration error",
            ],
            "rows": sure,
        },
    ]
    if attributions:
        tables.append(
            {
                "title": "Attributions",
                "note": "Relaxed: content Jaccard at least 0.5 and a token of the source shared; strict: 0.9"
                " and the source's head. This corpus' notion of attribution is wider than ours: it counts"
                " thoughts,"
                ' intentions and noun phrases such as "his pledge to".',
                "columns": ["texts", "level", "kind", "precision", "recall", "F1"],
                "rows": attributions,
            }
        )
    tables += [without_source(file, sets, model) for file in recipes] + others
    text = json.dumps({"results": results, "tables": tables}, indent=1, ensure_ascii=False)
    Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
