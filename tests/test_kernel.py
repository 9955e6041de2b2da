"""The compiled kernel against the Python path, which is the definition, and scikit-learn's pipeline."""

import copy
import gc
import random
import shutil
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from stancekit import kernel
from stancekit.features import (
    TOKEN_LENGTH,
    Block,
    FeatureSettings,
    UtteranceFields,
    analyzers,
    tokenize,
)
from stancekit.model import Model
from stancekit.model_file import load
from stancekit.scores import inverse_document_frequencies
from stancekit.train.corpus import read_corpus
from tests.kernels import (
    EVERY_BLOCK,
    HEADS,
    N_DOCUMENTS,
    NAMES,
    ODD,
    WORDS,
    calibrate,
    full_settings,
    heads_of,
    hostile_fields,
    lexicon_phrases,
    made_model,
    make_counter,
    parts_of,
    scores_in_kernel,
    scores_in_python,
    small_settings,
)

SHIPPED = Path(__file__).parent.parent / "models" / "assad-en"

if not kernel.COMPILED:

    def test_a_compiler_makes_a_kernel() -> None:
        if kernel._native is not None:
            pytest.skip("STANCEKIT_NO_KERNEL turns the kernel off")
        if not any(map(shutil.which, ("cc", "gcc", "clang"))):
            pytest.skip("no compiler")
        pytest.fail("there is a compiler, but no kernel: install stancekit again")


compiled = pytest.mark.skipif(not kernel.COMPILED, reason="no kernel")

texts = st.lists(
    st.sampled_from([*ODD, *lexicon_phrases()]) | st.text(st.characters(codec=None), max_size=45),
    max_size=30,
).flatmap(lambda pieces: st.sampled_from([" ", "", "'", "\u2019"]).map(lambda joint: joint.join(pieces)))
utterances_of_any_kind = st.builds(UtteranceFields, texts, texts, texts)


@pytest.fixture(scope="module")
def model() -> Model:
    """Every kind of block, the whole lexicon, three heads of twelve columns."""
    return made_model(full_settings(), HEADS, hostile_fields(60, seed=7))


@pytest.fixture(scope="module")
def count(model: Model) -> Callable[[UtteranceFields], dict[int, int]]:
    return make_counter(model)


@pytest.fixture(scope="module")
def shipped() -> Model:
    return load(SHIPPED)


def assert_equal(model: Model, utterances: Sequence[UtteranceFields], atol: float = 1e-9) -> None:
    expected = scores_in_python(model, utterances)
    np.testing.assert_allclose(scores_in_kernel(model, utterances), expected, rtol=0, atol=atol)
    calibrated = scores_in_kernel(model, utterances, calibrated=True)
    np.testing.assert_allclose(calibrated, calibrate(model, expected), rtol=0, atol=atol)


# Tokens


@compiled
@settings(max_examples=100, deadline=None)
@given(text=texts)
def test_tokens_of_any_text(model: Model, text: str) -> None:
    assert model.kernel.tokenize(text) == tokenize(text)


@compiled
@pytest.mark.parametrize(
    ("first", "last"),
    [(0, 0x2FFFF), pytest.param(0x30000, sys.maxunicode, marks=pytest.mark.slow)],
)
def test_tokens_of_every_code_point(model: Model, first: int, last: int) -> None:
    """Alone, between letters, beside an apostrophe; where there are apostrophes and where not."""
    for start in range(first, last + 1, 4096):
        codes = map(chr, range(start, start + 4096))
        for text in (
            "".join(f"{code} a{code}b " for code in codes),
            "".join(f"{code}'{code} " for code in codes),
        ):
            assert model.kernel.tokenize(text) == tokenize(text)
    for code in map(chr, range(first, min(last, 0x2FFF))):
        for text in (code, f"a{code}b", f"{code}\U00010400"):
            assert model.kernel.tokenize(text) == tokenize(text)


@compiled
@pytest.mark.parametrize("letter", ["a", "Z", "\u00e9", "\u0436", "\u4e2d", "\U00010400"])
def test_words_that_end_at_every_place(model: Model, letter: str) -> None:
    """A bit of a mask is a byte, a word of it 64: words that begin, end and are cut around such places."""
    for length, gap, tail in product(
        (*range(70), *range(120, 132), 255, 256, 257, 4095, 4096, 4097), (0, 1), ODD
    ):
        text = letter * length + " " * gap + tail
        assert model.kernel.tokenize(text) == tokenize(text), (length, gap, tail)
    for length in (*range(59, 69), *range(123, 133)):
        for text in (" " * length + letter, " " * length + letter + " ", letter + " " * length):
            assert model.kernel.tokenize(text) == tokenize(text)
    for length in range(TOKEN_LENGTH - 2, TOKEN_LENGTH + 4):
        for tail in ("", "'s", "n't", "'", "'" + letter, "'" + letter * 45):
            text = f"{letter * length}{tail} {letter}"
            assert model.kernel.tokenize(text) == tokenize(text)


# Counts and scores


@compiled
@settings(max_examples=50, deadline=None)
@given(fields=utterances_of_any_kind)
def test_counts_and_scores_of_any_utterance(
    model: Model, count: Callable[[UtteranceFields], dict[int, int]], fields: UtteranceFields
) -> None:
    assert model.kernel.features(*fields) == count(fields)
    assert_equal(model, [fields])


@compiled
def test_counts_and_scores_of_hostile_strings(
    model: Model, count: Callable[[UtteranceFields], dict[int, int]]
) -> None:
    utterances = hostile_fields(60, seed=7) + hostile_fields(100, seed=8)
    for fields in utterances:
        assert model.kernel.features(*fields) == count(fields)
    assert_equal(model, utterances)


@compiled
@pytest.mark.slow
def test_scores_of_ten_thousand_hostile_strings(model: Model, shipped: Model) -> None:
    utterances = hostile_fields(10_000, seed=1)
    assert_equal(shipped, utterances)
    assert_equal(model, utterances[::4])


@compiled
@pytest.mark.slow
def test_scores_of_the_corpus(model: Model, shipped: Model) -> None:
    utterances = [
        one.fields
        for one in read_corpus([SHIPPED / "corpus", SHIPPED / "corpus" / "utterances.jsonl"]).utterances
    ]
    assert len(utterances) > 16_000
    assert_equal(shipped, utterances)
    assert_equal(model, utterances[::10])
    counted = make_counter(shipped)
    for fields in utterances[::7]:
        assert shipped.kernel.features(*fields) == counted(fields)
        for text in fields:
            assert shipped.kernel.tokenize(text) == tokenize(text)


@compiled
@pytest.mark.parametrize("n_columns", range(1, 13))
def test_scores_of_any_number_of_columns(n_columns: int) -> None:
    blocks = tuple(
        block for block in EVERY_BLOCK if block.name in ("words", "triples", "chars", "all", "turned_words")
    )
    utterances = hostile_fields(40, seed=n_columns)
    made = made_model(small_settings(blocks), heads_of(n_columns), utterances, seed=n_columns)
    assert_equal(made, utterances)
    assert_equal(made, [UtteranceFields("Shelled, the Army's tanks " * n) for n in (1, 120, 125, 130)])


@compiled
@pytest.mark.parametrize("block", EVERY_BLOCK, ids=lambda block: block.name)
def test_scores_of_one_block(block: Block) -> None:
    utterances = hostile_fields(25, seed=3)
    made = made_model(small_settings((block,)), HEADS, utterances)
    assert_equal(made, [*utterances, UtteranceFields("")])


@compiled
def test_scores_around_the_number_of_tokens_that_is_long() -> None:
    """Utterances of 512 tokens and more are counted in another way than shorter ones."""
    draw = random.Random(0)
    words = [*" ".join(lexicon_phrases()[::400]).split(), "aaaaaaaa", "by", "not", "\u03a3\u03c2"]
    utterances = []
    for n in (1, 510, 511, 512, 513, 1024):
        for pool in (words, words[:4], ["aaaaaaaa"], ["a" * 40]):
            text = " ".join(draw.choice(pool) for _ in range(n))
            utterances += [UtteranceFields(text), UtteranceFields("killed", text, text)]
    assert_equal(made_model(small_settings(EVERY_BLOCK[:11]), HEADS, utterances[::3]), utterances)


@compiled
def test_very_many_pairs_of_words() -> None:
    """Tens of thousands in the table; in a text none, some or all of them, once and often."""
    draw = random.Random(0)
    words = [f"w{n}" for n in range(250)]
    texts = [" ".join(draw.choices(words[:n], k=k)) for n, k in ((250, 60_000), (3, 20), (3, 400), (40, 900))]
    texts += [" ".join(draw.choices([*words, "unknown", "never"], k=n)) for n in range(200)]
    texts.append("w1 w2 " * 33)
    utterances = [UtteranceFields(text, "denied") for text in texts]
    blocks = tuple(block for block in EVERY_BLOCK if block.name in ("words", "more_words", "turned_words"))
    made = made_model(small_settings(blocks), heads_of(3), utterances[:1], known=0.7)
    assert made.n_features > 60_000
    counted = make_counter(made)
    for fields in utterances:
        assert made.kernel.features(*fields) == counted(fields)
    assert_equal(made, utterances)


@compiled
def test_a_long_text(model: Model) -> None:
    text = " ".join(fields.content for fields in hostile_fields(200, seed=5))[:40_000]
    assert_equal(model, [UtteranceFields(text, "said", text[:1000])])


@compiled
@pytest.mark.slow
def test_a_text_of_a_million_characters(model: Model) -> None:
    text = " ".join(fields.content for fields in hostile_fields(3000, seed=5))
    text = (text * (1 + 1_000_000 // len(text)))[:1_000_000]
    assert_equal(model, [UtteranceFields(text, "denied", text[:10_000])])


@compiled
@pytest.mark.slow
def test_a_text_of_twenty_million_characters(shipped: Model) -> None:
    """One text over and over: every count grows by the same number each time, from the third on.

    What stands at a place depends on 22 tokens around it at most (a reversal 14 before an act, and so on).
    """
    text = (
        "The Army\u2019s tanks never shelled Douma because the rebels lied; \u0130dlib was bombed by Assad. "
    )
    period = text + "The opposition didn't kill civilians, witnesses of the attack said on Monday at noon. "
    repeats = 1 + 20_000_000 // len(period)
    fields = [UtteranceFields(period * n, "denied") for n in (4, 5)]
    made = made_model(full_settings(), HEADS, fields, known=1)
    fourth, fifth = map(make_counter(made), fields)
    counts = np.zeros(made.n_features)
    for feature, n in fifth.items():
        counts[feature] = n + (repeats - 5) * (n - fourth.get(feature, 0))
    idf = inverse_document_frequencies(made.document_frequencies, N_DOCUMENTS)
    values = np.zeros(made.n_features)
    seen = counts > 0
    values[seen] = (1 + np.log(counts[seen])) * idf[seen]
    first = 0
    for block, features in zip(made.settings.blocks, made.vocabulary, strict=True):
        where = slice(first, first + len(features))
        if values[where].any():
            values[where] *= block.weight / np.linalg.norm(values[where])
        first = where.stop
    expected = values @ made.weights.astype(np.float64) + made.intercepts
    found = scores_in_kernel(made, [UtteranceFields(period * repeats, "denied")])
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-9)
    assert np.isfinite(scores_in_kernel(shipped, [UtteranceFields("a" * 20_000_000)])).all()


# Against scikit-learn


@compiled
def test_scores_equal_those_of_scikit_learn(model: Model) -> None:
    parts = []
    first = 0
    idf = inverse_document_frequencies(model.document_frequencies, model.n_documents)
    for analyzer, features in zip(analyzers(model.settings), model.vocabulary, strict=True):
        if not features:
            continue  # scikit-learn has no vectorizer that knows nothing
        part = TfidfVectorizer(analyzer=analyzer, lowercase=False, sublinear_tf=True, vocabulary=features)
        part.idf_ = idf[first : first + len(features)]
        parts.append((analyzer.block.name, part))
        first += len(features)
    weights = {block.name: float(block.weight) for block in model.settings.blocks}
    utterances = hostile_fields(60, seed=7) + hostile_fields(40, seed=9)
    union = FeatureUnion(parts, transformer_weights={name: weights[name] for name, _ in parts})
    rows = csr_matrix(union.transform(utterances))
    expected = rows @ model.weights.astype(np.float64) + model.intercepts.astype(np.float64)
    np.testing.assert_allclose(scores_in_kernel(model, utterances), expected, rtol=0, atol=1e-9)


# Settings of any kind

CLASSES = (
    *tuple(
        "target opponents civilians ours organs harm wrong right gain reversal untruth doubt truth demand "
        "conditional all_sides accusation promise plain not deny affirm fear a".split()
    ),
    "z" * 32,
)
TOKENS = (
    "a",
    "b",
    "c",
    "d",
    "e",
    "'s",
    "not",
    "by",
    "but",
    "because",
    "never",
    "o'clock",
    "\u03c3",
    "x" * 40,
)
phrases = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=3).map(" ".join)


@st.composite
def classes_of(draw: st.DrawFn, names: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    chosen = draw(st.lists(st.sampled_from(names), max_size=8, unique=True))
    return tuple((name, tuple(draw(st.lists(phrases, max_size=4)))) for name in chosen)


@st.composite
def settings_of_any_kind(draw: st.DrawFn) -> FeatureSettings:
    half = draw(st.integers(0, len(CLASSES)))
    blocks = draw(st.lists(st.sampled_from(EVERY_BLOCK), min_size=1, max_size=6, unique=True))
    roles = [block for block in EVERY_BLOCK if block.unit == "roles"]
    return FeatureSettings(
        blocks=tuple(dict.fromkeys((*blocks, *roles))),
        names=draw(classes_of(CLASSES[:half])) if half else (),
        words=draw(classes_of(CLASSES[half:])) if half < len(CLASSES) else (),
        acts=draw(classes_of(CLASSES)),
        attitudes=draw(classes_of(CLASSES)),
    )


sentences = st.lists(st.sampled_from((*TOKENS, "!", "DIDN'T", "a's")), max_size=40).map(" ".join)


@compiled
@settings(max_examples=40, deadline=None)
@given(
    chosen=settings_of_any_kind(),
    utterances=st.lists(st.builds(UtteranceFields, sentences, sentences, sentences), min_size=1, max_size=4),
)
def test_counts_and_scores_under_any_settings(
    chosen: FeatureSettings, utterances: list[UtteranceFields]
) -> None:
    made = made_model(chosen, HEADS, utterances, known=0.9)
    counted = make_counter(made)
    for fields in utterances:
        assert made.kernel.features(*fields) == counted(fields)
    assert_equal(made, utterances)


@compiled
def test_a_class_named_as_something_else() -> None:
    """Classes of a target file named as acts, turns, claims and attitudes; organs without a target."""
    odd = [
        (name, (name, f"{name} of douma"))
        for name in ("plain", "doubt", "not", "accusation", "harm", "truth")
    ]
    for names in ((*odd,), (*odd, ("organs", ("the ministry",))), ()):
        made = FeatureSettings.of(EVERY_BLOCK, tuple(names), ())
        text = "plain doubt killed accusation of douma; the ministry, soldiers never harm civilians by doubt"
        utterances = [
            UtteranceFields(text, cue, "plain truth")
            for cue in ("", "not", "plain", "doubted", "did not deny")
        ]
        assert_equal(made_model(made, HEADS, utterances, known=1), utterances)


# Batches and threads


@compiled
@pytest.mark.parametrize("size", [1, 2, 511, 512, 513, 1025])
def test_a_batch_changes_no_bit(shipped: Model, size: int) -> None:
    utterances = (hostile_fields(70, seed=4) * 15)[:size]
    together = scores_in_kernel(shipped, utterances)
    alone = np.vstack([scores_in_kernel(shipped, [fields]) for fields in utterances])
    assert together.tobytes() == alone.tobytes()


@compiled
def test_threads_change_no_bit(model: Model) -> None:
    """On one model, whose kernel no thread has used before."""
    fresh = copy.copy(model)
    utterances = hostile_fields(120, seed=6) * 5
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: scores_in_kernel(fresh, utterances, True).tobytes(), range(16)))
        counts = list(pool.map(lambda fields: fresh.kernel.features(*fields), utterances[:50] * 4))
    assert set(found) == {scores_in_kernel(model, utterances, True).tobytes()}
    assert counts == [model.kernel.features(*fields) for fields in utterances[:50]] * 4


@compiled
def test_much_that_is_new_is_forgotten_again(model: Model) -> None:
    """More different tokens than are remembered, in many utterances and in one."""
    fields = UtteranceFields("the army shelled douma", "said", "residents")
    before = scores_in_kernel(model, [fields])
    many = [UtteranceFields(f"shelled{n}x never{n} {n} assad") for n in range(6_000)]
    many.append(UtteranceFields(" ".join(f"by{n}" for n in range(6_000))))
    scores = scores_in_kernel(model, many)
    sample = [*range(0, len(many), 1999), len(many) - 1]
    np.testing.assert_allclose(
        scores[sample], scores_in_python(model, [many[n] for n in sample]), rtol=0, atol=1e-9
    )
    assert scores_in_kernel(model, [fields]).tobytes() == before.tobytes()


# Bad arguments


def room(model: Model, n: int) -> NDArray[np.float64]:
    return np.zeros((n, model.n_columns))


Call = Callable[[Any, NDArray[np.float64]], Any]
BAD_SCORES: dict[str, tuple[Call, type[Exception] | tuple[type[Exception], ...]]] = {
    "no arguments": (lambda k, _: k.score(), TypeError),
    "too few": (lambda k, out: k.score(["a"], None, None, out), TypeError),
    "contents None": (lambda k, out: k.score(None, None, None, out, True), TypeError),
    "a content None": (lambda k, out: k.score([None], None, None, out, True), TypeError),
    "contents a number": (lambda k, out: k.score(3, None, None, out, True), TypeError),
    "a number": (lambda k, out: k.score([3], None, None, out, True), TypeError),
    "bytes": (lambda k, out: k.score([b"a"], None, None, out, True), TypeError),
    "a number as cue": (lambda k, out: k.score(["a"], [3], None, out, True), TypeError),
    "the last is bad": (lambda k, out: k.score(["a"], ["b"], [object()], out, True), TypeError),
    "more cues": (lambda k, out: k.score(["a"], ["a", "b"], None, out, True), ValueError),
    "fewer sources": (lambda k, out: k.score(["a"], None, [], out, True), ValueError),
    "out None": (lambda k, _: k.score(["a"], None, None, None, True), TypeError),
    "out too long": (lambda k, out: k.score([], None, None, out, True), ValueError),
    "out too short": (lambda k, out: k.score(["a", "b"], None, None, out, True), ValueError),
    "out of floats": (lambda k, out: k.score(["a"], None, None, out.astype("f4"), True), ValueError),
    "out of integers": (lambda k, out: k.score(["a"], None, None, out.astype("i8"), True), ValueError),
    "out of bytes": (lambda k, out: k.score(["a"], None, None, bytearray(out.nbytes), True), ValueError),
    "out swapped": (lambda k, out: k.score(["a"], None, None, out.astype(">f8"), True), ValueError),
    "out read-only": (lambda k, out: k.score(["a"], None, None, bytes(out), True), (BufferError, TypeError)),
    "out strided": (
        lambda k, out: k.score(["a"], None, None, np.repeat(out, 2, 1)[:, ::2], True),
        ValueError,
    ),
    "calibrated undecided": (lambda k, out: k.score(["a"], None, None, out, np.zeros(2)), ValueError),
    "tokens of None": (lambda k, _: k.tokenize(None), TypeError),
    "tokens of bytes": (lambda k, _: k.tokenize(b"a"), TypeError),
    "features of None": (lambda k, _: k.features("a", None, ""), TypeError),
    "features of one": (lambda k, _: k.features("a"), TypeError),
    "utf-8 without": (lambda k, out: k.score_utf8(1, None, None, None, out, True), TypeError),
    "utf-8 of strings": (lambda k, out: k.score_utf8(1, ("", "", 4, 0), None, None, out, True), TypeError),
    "utf-8 of few": (lambda k, out: k.score_utf8(1, (b"", b""), None, None, out, True), TypeError),
    "utf-8 cue no tuple": (
        lambda k, out: k.score_utf8(1, (bytes(8), b"", 4, 0), 7, None, out, True),
        TypeError,
    ),
    "utf-8 source no tuple": (
        lambda k, out: k.score_utf8(1, (bytes(8), b"", 4, 0), None, [b"", b"", 4, 0], out, True),
        TypeError,
    ),
    "new without": (lambda k, _: type(k)(), TypeError),
    "new of keywords": (lambda k, _: type(k)(spec=()), TypeError),
    "new of nothing": (lambda k, _: type(k)((), b"", b"", b"", b""), TypeError),
}


@compiled
@pytest.mark.parametrize("case", BAD_SCORES)
def test_bad_arguments_raise(model: Model, case: str) -> None:
    call, error = BAD_SCORES[case]
    with pytest.raises(error):
        call(model.kernel, room(model, 1))
    assert np.isfinite(scores_in_kernel(model, [UtteranceFields("the army shelled douma")])).all()


@compiled
def test_other_buffers_and_sequences_are_taken(model: Model) -> None:
    expected = scores_in_kernel(model, [UtteranceFields("assad", "said"), UtteranceFields("rebels")])
    flat = array("d", bytes(expected.nbytes))
    model.kernel.score(("assad", "rebels"), ["said", None], None, flat, 0)
    assert flat.tobytes() == expected.tobytes()
    model.kernel.score(iter(["assad", "rebels"]), ("said", ""), (None, None), memoryview(flat), [])
    assert flat.tobytes() == expected.tobytes()
    model.kernel.score([], [], None, array("d"), True)


@compiled
def test_lists_that_change_while_they_are_scored(model: Model) -> None:
    """Another thread empties and fills them: scored, or refused; nothing else."""
    contents = ["the army shelled douma " * 3] * 5000
    done = False

    def change() -> None:
        while not done:
            held = contents[:]
            contents.clear()
            contents.extend(held)

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        try:
            for _ in range(20):
                try:
                    model.kernel.score(contents, None, None, room(model, 5000), True)
                except (RuntimeError, ValueError) as error:
                    assert "shorter" in str(error) or "expected room" in str(error)  # noqa: PT017
        finally:
            done = True
        changing.result()


@compiled
def test_a_list_that_becomes_shorter_is_refused(model: Model) -> None:
    contents = ["a"] * 600

    class Emptying(Sequence[str]):
        """Cues that empty the contents when they are read."""

        def __len__(self) -> int:
            return 600

        def __getitem__(self, at: Any) -> Any:
            contents.clear()
            return "said"

        def __iter__(self) -> Iterator[str]:
            contents.clear()
            return iter(["said"] * 600)

    with pytest.raises(RuntimeError, match="a list became shorter"):
        model.kernel.score(contents, Emptying(), None, room(model, 600), True)


# Strings in buffers


def packed(strings: Sequence[bytes | None], size: int = 4, lead: int = 0) -> tuple[bytes, bytes, int, int]:
    """Buffers as Arrow has them, `lead` cells before the first; an absent one is empty."""
    data, ends = b"xyz", [3] * (lead + 1)
    for string in strings:
        data += string or b""
        ends.append(len(data))
    return array("i" if size == 4 else "q", ends).tobytes(), data + b"no more", size, lead


@compiled
@settings(max_examples=40, deadline=None)
@given(
    utterances=st.lists(
        st.builds(UtteranceFields, *[texts.map(lambda text: text.encode("utf-8", "ignore").decode())] * 3)
    ),
    size=st.sampled_from([4, 8]),
    lead=st.integers(0, 3),
)
def test_utf8_in_buffers(model: Model, utterances: list[UtteranceFields], size: int, lead: int) -> None:
    columns = [packed([one[n].encode() for one in utterances], size, lead) for n in range(3)]
    found = room(model, len(utterances))
    model.kernel.score_utf8(len(utterances), *columns, found, False)
    assert found.tobytes() == scores_in_kernel(model, utterances).tobytes()
    model.kernel.score_utf8(len(utterances), columns[0], None, None, found, False)
    bare = [UtteranceFields(fields.content) for fields in utterances]
    assert found.tobytes() == scores_in_kernel(model, bare).tobytes()


@compiled
def test_utf8_of_many_code_points() -> None:
    """Those that are letters are features; the others stand between letters."""
    codes = [
        chr(code)
        for code in (*range(0x3200), *range(0xA000, 0x11000), *range(0x1D400, 0x1F000), 0xE0041, 0x10FFFF)
    ]
    strings = [
        "".join(f"{code} a{code}b " for code in codes[n : n + 50] if not "\ud800" <= code < "\ue000")
        for n in range(0, len(codes), 50)
    ]
    utterances = [UtteranceFields(text) for text in strings]
    made = made_model(small_settings((EVERY_BLOCK[2],)), heads_of(3), utterances, known=0.9)
    found = room(made, len(strings))
    made.kernel.score_utf8(
        len(strings), packed([text.encode() for text in strings]), None, None, found, False
    )
    assert found.tobytes() == scores_in_kernel(made, utterances).tobytes()
    np.testing.assert_allclose(found, scores_in_python(made, utterances), rtol=0, atol=1e-9)


def invalid_sequences() -> Iterator[bytes]:
    """What is no UTF-8: cut short, overlong, surrogates, beyond U+10FFFF, bytes out of place."""
    for whole in ("\u00e9", "\u20ac", "\U0001f600"):
        encoded = whole.encode()
        for n in range(1, len(encoded)):
            yield encoded[:n]
            yield encoded[:n] + b"a"
            yield encoded[:n] + encoded
            yield encoded[n:]
    for code in (0x80, 0xBF, 0xC0, 0xC1, 0xF5, 0xF8, 0xFC, 0xFE, 0xFF):
        for tail in (b"", b"\x80", b"\x80\x80", b"\x80\x80\x80", b"\xbf\xbf\xbf\xbf\xbf"):
            yield bytes([code]) + tail
    for lead in range(256):
        yield bytes([lead, 0x20 if lead >= 0x80 else 0x80])
    yield from (
        b"\xe0\x80\x80",
        b"\xe0\x9f\xbf",
        b"\xf0\x80\x80\x80",
        b"\xf0\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
    )
    yield from (
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\xbd\xed\xb8\x80",
        b"\xc0\x80",
        b"\xf7\xbf\xbf\xbf",
    )


@compiled
def test_what_is_no_utf8_is_refused_by_its_number(model: Model) -> None:
    good = b"the army shelled douma"
    out = room(model, 600)
    for n, bad in enumerate(invalid_sequences()):
        with pytest.raises(UnicodeDecodeError):
            bad.decode()
        for text in (bad, b"a" * (n % 70) + bad, bad + b"a" * 20):
            at = (0, 1, 511, 512, 599)[n % 5]
            strings = [b""] * at + [text] + [b""] * (599 - at)
            with pytest.raises(ValueError, match=f"the string at {at} is not UTF-8"):
                model.kernel.score_utf8(600, packed(strings), None, None, out, False)
    with pytest.raises(ValueError, match="the string at 1 is not UTF-8"):
        model.kernel.score_utf8(2, packed([good] * 2), packed([b"", b"\xff"]), None, out[:2], False)
    assert_equal(model, [UtteranceFields("the army shelled douma")])


@compiled
@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.binary(max_size=40), min_size=1, max_size=4))
def test_utf8_is_what_python_says_it_is(model: Model, texts: list[bytes]) -> None:
    out = room(model, len(texts))
    try:
        expected = scores_in_kernel(model, [UtteranceFields(text.decode()) for text in texts])
    except UnicodeDecodeError:
        with pytest.raises(ValueError, match="not UTF-8"):
            model.kernel.score_utf8(len(texts), packed(texts), None, None, out, False)
    else:
        model.kernel.score_utf8(len(texts), packed(texts), None, None, out, False)
        assert out.tobytes() == expected.tobytes()


@compiled
@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize(
    ("offsets", "start"),
    [
        ([0, 2, 1], 0),
        ([2, 1, 3], 0),
        ([0, 1, 7], 0),
        ([0, 7, 7], 0),
        ([-1, 1, 2], 0),
        ([0, -1, 2], 0),
        ([0, 1, -(2**31)], 0),
        ([0, 1, 2**31 - 1], 0),
        ([-3, -2, -1], 0),
        ([0, 1], 0),
        ([], 0),
        ([0, 1, 2], 1),
        ([0, 1, 2], -1),
        ([0, 1, 2], sys.maxsize),
        ([0, 1, 2], -sys.maxsize - 1),
    ],
)
def test_bad_offsets_are_refused(model: Model, offsets: list[int], start: int, size: int) -> None:
    cells = (array("i" if size == 4 else "q", offsets).tobytes(), b"abcdef", size, start)
    good = packed([b"a", b"b"], size)
    for columns in ((cells, None, None), (good, cells, None), (good, None, cells)):
        with pytest.raises(ValueError, match="expected"):
            model.kernel.score_utf8(2, *columns, room(model, 2), False)


@compiled
@pytest.mark.parametrize("size", [-4, -1, 0, 1, 2, 3, 5, 16, 2**31 - 1])
def test_bad_sizes_of_offsets_are_refused(model: Model, size: int) -> None:
    with pytest.raises(ValueError, match="expected an offset"):
        model.kernel.score_utf8(1, (bytes(64), b"a", size, 0), None, None, room(model, 1), False)
    for n in (-1, 2**40, sys.maxsize, -sys.maxsize - 1):
        with pytest.raises(ValueError, match="expected an offset"):
            model.kernel.score_utf8(n, (bytes(64), b"a", 4, 0), None, None, room(model, 1), False)


# Forged models


@pytest.fixture(scope="module")
def parts() -> tuple[Any, ...]:
    """What a small kernel is made of: its spec and its buffers."""
    acts = (("harm", ("shelled", "bombed by")), ("reversal", ("never",)), ("accusation", ("a charge",)))
    chosen = FeatureSettings(
        blocks=EVERY_BLOCK, names=NAMES, words=WORDS, acts=acts, attitudes=(("deny", ("denied",)),)
    )
    utterances = [UtteranceFields("the regime never shelled a charge", "denied", "rebels")]
    made = made_model(chosen, HEADS[:2], utterances, known=1)
    return parts_of(made)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can be replaced, at any depth; of long lists the first three and the last."""
    yield path
    if isinstance(value, list | tuple):
        for n in sorted({*range(min(3, len(value))), len(value) - 1} - {-1}):
            yield from places(value[n], (*path, n))
    elif isinstance(value, dict):
        for key in list(value)[:2]:
            yield from places(value[key], (*path, key))


def replaced(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other(value) if callable(other) else other
    if isinstance(value, dict):
        return {key: replaced(one, path[1:], other) if key == path[0] else one for key, one in value.items()}
    return type(value)(replaced(one, path[1:], other) if n == path[0] else one for n, one in enumerate(value))


def changed_length(value: Any) -> Any:
    return value[:-1] if isinstance(value, list | tuple | str | bytes) else value


def doubled(value: Any) -> Any:
    return value * 2 if isinstance(value, list | tuple | str | bytes) else value


FORGERIES: list[Any] = [
    *(None, "", "target", "x" * 33, "\ud800", "a  b ", -1, 0, 1, 2, 3, 4, 63, 2**31 - 1, 2**31, 2**32 - 1),
    *(2**32, 2**63, 2**64, float("nan"), float("inf"), -1.0, [], (), {}, [[]], [()], b"", object()),
    *(changed_length, doubled, (("by", 256),), ((3, 1),), ((),), (("target", 1),), (("target", ("a",)),)),
]


def forge_and_use(forged: tuple[Any, ...]) -> None:
    """Makes a kernel of it and uses it; it may be refused, by an exception."""
    try:
        made = kernel._native.Kernel(*forged)
    except (TypeError, ValueError, OverflowError, IndexError):
        return
    for text in ("the regime never shelled a charge denied by rebels but assad's", "a" * 50, ""):
        made.features(text, text, text)
        made.tokenize(text)
        for n_columns in (1, 3, 5):
            try:
                made.score([text] * 3, [text] * 3, [text] * 3, np.zeros((3, n_columns)), True)
            except ValueError as error:
                assert "expected room" in str(error)  # noqa: PT017


@compiled
def test_forged_specs_are_refused_or_harmless(parts: tuple[Any, ...]) -> None:
    with np.errstate(all="ignore"):
        for where in places(parts[0]):
            for other in FORGERIES:
                forge_and_use((replaced(parts[0], where, other), *parts[1:]))


@compiled
def test_forged_buffers_are_refused_or_harmless(parts: tuple[Any, ...]) -> None:
    draw = random.Random(0)
    for n in range(1, 5):
        whole = bytes(parts[n])
        forgeries: tuple[Any, ...] = (
            None,
            "",
            [],
            b"",
            whole[:-1],
            whole + b"\0",
            whole * 2,
            bytes(len(whole)),
            b"\xff" * len(whole),
        )
        for forged in forgeries:
            forge_and_use((*parts[:n], forged, *parts[n + 1 :]))
        for _ in range(50):
            altered = bytearray(whole)
            altered[draw.randrange(len(whole))] = draw.choice(b"\0\n\n  \xff\x80a")
            forge_and_use((*parts[:n], bytes(altered), *parts[n + 1 :]))


def with_item(spec: tuple[Any, ...], n: int, value: Any) -> tuple[Any, ...]:
    return (*spec[:n], value, *spec[n + 1 :])


@compiled
def test_blocks_that_features_refuse_are_refused(parts: tuple[Any, ...]) -> None:
    spec = parts[0]
    for field, unit, n_min, n_max, turned in product(
        range(-1, 5), range(-1, 6), (0, 1, 9), (0, 1, 8, 9), (0, 1)
    ):
        block = (field, unit, n_min, n_max, turned, 1.0, 0)
        legal = 0 <= field <= 3 and 0 <= unit <= 4 and 1 <= n_min <= n_max <= 8
        legal = legal and (field < 3 or unit >= 3) and (not turned or (field == 0 and unit in (0, 1)))
        legal = legal and (unit != 4 or (field in (0, 3) and n_max == 1))
        forged = (with_item(spec, 0, (*spec[0], block)), *parts[1:])
        if legal:
            kernel._native.Kernel(*forged)
        else:
            with pytest.raises(ValueError, match="expected a block"):
                kernel._native.Kernel(*forged)


@compiled
@pytest.mark.parametrize("block", EVERY_BLOCK, ids=lambda block: block.name)
def test_a_feature_that_is_there_twice_is_refused(block: Block) -> None:
    text = "the army shelled rebels; moscow denied that assad's government killed the opposition"
    utterances = [*hostile_fields(25, seed=3), UtteranceFields(text, text, text)]
    spec, vocabulary, *rest = parts_of(made_model(small_settings((block,)), HEADS, utterances, known=1))
    *lines, end = bytes(vocabulary).split(b"\n")
    assert end == b""
    for first, second in ((0, 1), (1, 0), (0, -1), (len(lines) // 2, len(lines) // 3)):
        if lines[first] != lines[second]:
            twice = lines.copy()
            twice[first] = twice[second]
            with pytest.raises(ValueError, match="expected every feature once"):
                kernel._native.Kernel(spec, b"\n".join([*twice, b""]), *rest)


@compiled
def test_columns_that_wrap_around_are_refused(parts: tuple[Any, ...]) -> None:
    heads = ((2**31, 1.0, ()), (2**31, 1.0, ()), (5, 1.0, ()))
    with pytest.raises(ValueError, match="expected"):
        kernel._native.Kernel(with_item(parts[0], 4, heads), *parts[1:])


@compiled
def test_many_governing_classes_are_refused(parts: tuple[Any, ...]) -> None:
    """A feature with the names of all of them would be longer than any has room for."""
    names = [chr(97 + n) * 32 for n in range(26)]
    classes = (*parts[0][2], *((name, 0, n) for n, name in enumerate(names)))
    forged = with_item(parts[0], 2, classes)
    with pytest.raises(ValueError, match="expected"):
        kernel._native.Kernel(forged, *parts[1:])


@compiled
def test_specs_that_can_change_are_refused(parts: tuple[Any, ...]) -> None:
    """A list can change while one of its numbers is asked for its value."""
    for n in range(5):
        with pytest.raises(TypeError, match="tuple, not list"):
            kernel._native.Kernel(with_item(parts[0], n, list(parts[0][n])), *parts[1:])
        with pytest.raises(TypeError, match="expected a tuple"):
            kernel._native.Kernel(
                with_item(parts[0], n, (list(parts[0][n][0]), *parts[0][n][1:])), *parts[1:]
            )


@compiled
def test_kernels_are_given_back(parts: tuple[Any, ...]) -> None:
    """Nothing is left of many kernels, good and refused ones."""
    resource = pytest.importorskip("resource")
    bad = with_item(parts[0], 4, ((4, 1.0, ()),))

    def make(n: int) -> None:
        for _ in range(n):
            made = kernel._native.Kernel(*parts)
            made.features("the regime never shelled", "", "")
            with pytest.raises(ValueError, match="expected"):
                kernel._native.Kernel(bad, *parts[1:])
        gc.collect()

    make(20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    make(100)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # one is 600 kB
