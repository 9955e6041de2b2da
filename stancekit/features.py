"""Utterance fields -> named features: the only definition, for training and scoring alike.

An utterance is read in three fields: its content, its cue and its source. Every *block* of features
reads one field in one unit; a feature is a string, unique within its block:

words   n-grams of tokens, joined by a space: ``"barrel bombs"``
chars   n-grams of the characters of one token with a space at either side: ``" bar"``
names   as words, but a phrase that names a class of actors becomes that class: ``"<target> killed"``
classes n-grams of nothing but classes, those of words (harm, civilians, praise …) included:
        ``"<target> <harm> <civilians>"``, however it is worded
roles   who does good or bad to whom, see `stancekit.roles`: ``"target>harm>civilians"``, ``"target does
        bad"``; of field "all" crossed with what the cue makes of it: ``"deny: target does bad"``

In a *turned* block of words or characters the tokens of the content that stand under a negation or a denying
cue are other tokens: ``"¬shelled"``.

Tokens are defined on the *folded* text: U+0130 becomes ``i``, then `str.lower`, then final sigma
becomes sigma and the apostrophes U+2018, U+2019, U+02BC and U+FF07 become ``'``. Folding keeps the
number of code points, so offsets into the folded text are offsets into the text. A token is a longest
run of word characters (letters, numbers and underscore, as Python's `re` has them) and single
apostrophes between them. Two endings are tokens of their own: ``n't``, which reads ``not``, and ``'s 're
've 'll 'd 'm``. A token counts with its first 40 characters only.

Within a block, a feature that occurs tf times weighs (1 + ln tf) · idf, idf = 1 + ln((1 + N) / (1 + df)),
the block's vector is scaled to length 1 and multiplied by the block's weight. This is scikit-learn's
``TfidfVectorizer(sublinear_tf=True)`` (Salton & Buckley 1988), with `BlockAnalyzer` for its analyzer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, get_args

from stancekit import lexicon
from stancekit.errors import FeatureMismatchError
from stancekit.phrases import Classes, Phrases
from stancekit.roles import REVERSED, TURNED, Role, RoleReader

FEATURES_VERSION = "stancekit-features/2"
"""Changes whenever a text could give other features; a model of another version is refused."""

TOKEN_LENGTH = 40
"""Characters of a token that count; the longest English word in the news is shorter, a base64 line is not."""

Field = Literal["content", "cue", "source", "all"]
Unit = Literal["words", "chars", "names", "classes", "roles"]

_WORD = re.compile(r"\w+")
_SPACED = {code: " " for code in range(128) if not _WORD.match(chr(code))}
_TOKEN = re.compile(r"\w+(?:'\w+)*")
_MARKS = REVERSED + TURNED
_NO_MARKS = str.maketrans("", "", _MARKS)
_CLITICS = ("'s", "'re", "'ve", "'ll", "'d", "'m")


class UtteranceFields(NamedTuple):
    """What is read of an utterance; cue and source are empty where the article has none."""

    content: str
    cue: str = ""
    source: str = ""


class Token(NamedTuple):
    """A token and the half-open span of code points that it was read from."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower-case text with one kind of apostrophe; as long, in code points, as `text`."""
    folded = text.replace("\u0130", "i").lower().replace("\u03c2", "\u03c3")
    if not folded.isascii():
        folded = (
            folded.replace("\u2019", "'").replace("\u2018", "'").replace("\u02bc", "'").replace("\uff07", "'")
        )
    return folded


def tokenize(text: str) -> list[str]:
    """The tokens of a text, in order; see the module for what a token is.

    Examples
    --------
    >>> tokenize("The Army\u2019s tanks haven't left Douma.")
    ['the', 'army', "'s", 'tanks', 'have', 'not', 'left', 'douma']
    """
    folded = fold(text)
    if "'" in folded:
        tokens: list[str] = []
        for word in _TOKEN.findall(folded):
            tokens += [token for token, _, _ in _pieces(word)] if "'" in word else [word[:TOKEN_LENGTH]]
        return tokens
    # The same for ASCII: twice as fast.
    tokens = folded.translate(_SPACED).split() if folded.isascii() else _WORD.findall(folded)
    return [token if len(token) <= TOKEN_LENGTH else token[:TOKEN_LENGTH] for token in tokens]


def tokenize_spans(text: str) -> list[Token]:
    """The same tokens as `tokenize`, each with its place in `text`."""
    return list(_tokens_of(fold(text)))


def _tokens_of(folded: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(folded):
        for text, start, end in _pieces(match[0]):
            yield Token(text, match.start() + start, match.start() + end)


def _pieces(word: str) -> Iterator[tuple[str, int, int]]:
    """The tokens of a word that may have apostrophes, and where they lie in it."""
    end = len(word)
    if word.endswith("n't"):
        if end > 3:
            yield word[:-3][:TOKEN_LENGTH], 0, end - 3
        yield "not", end - 3, end
    elif (apostrophe := word.rfind("'")) > 0 and word[apostrophe:] in _CLITICS:
        yield word[:apostrophe][:TOKEN_LENGTH], 0, apostrophe
        yield word[apostrophe:], apostrophe, end
    else:
        yield word[:TOKEN_LENGTH], 0, end


def char_ngrams(token: str, n_min: int, n_max: int) -> list[str]:
    """Character n-grams of one token with a space at either side, shortest first.

    A padded token shorter than n is a gram itself, once: as in scikit-learn's ``char_wb``. The marks of a
    turned token stand before each of its grams.
    """
    plain = token.lstrip(_MARKS)
    padded = f" {plain} "
    grams: list[str] = []
    for n in range(n_min, n_max + 1):
        if len(padded) <= n:
            grams.append(padded)
            break
        grams.extend([padded[i : i + n] for i in range(len(padded) - n + 1)])
    if plain != token:
        mark = token[: len(token) - len(plain)]
        return [mark + gram for gram in grams]
    return grams


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One kind of feature of one field.

    Parameters
    ----------
    name : unique among the blocks of a model.
    field : what is read; "all" is source, cue and content one after the other for classes, the content
        under its cue for roles, and nothing for the other units.
    unit : see the module.
    n_min, n_max : shortest and longest n-gram, 1 to 8; 1 for roles.
    turned : whether tokens under a negation or a denying cue are other tokens; words and chars of the
        content only.
    weight : the length of the block's vector, over 0.
    min_df : training utterances that a feature must occur in; scoring has no use for it.
    """

    name: str
    field: Field
    unit: Unit
    n_min: int = 1
    n_max: int = 1
    weight: float = 1.0
    min_df: int = 2
    turned: bool = False

    def __post_init__(self) -> None:
        def refuse(what: str, found: object) -> FeatureMismatchError:
            return FeatureMismatchError(f"feature block {self.name!r}: expected {what}, found {found!r}")

        if not (isinstance(self.name, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,31}", self.name)):
            raise refuse("a name of lower-case letters", self.name)
        if self.field not in get_args(Field):
            raise refuse(f"a field out of {', '.join(get_args(Field))}", self.field)
        if self.unit not in get_args(Unit):
            raise refuse(f"a unit out of {', '.join(get_args(Unit))}", self.unit)
        if self.field == "all" and self.unit not in ("classes", "roles"):
            raise refuse('unit "classes" or "roles" with field "all"', self.unit)
        if self.unit == "roles" and (self.field not in ("content", "all") or self.n_max != 1):
            raise refuse(
                'field "content" or "all" and n-grams of 1 with unit "roles"', (self.field, self.n_max)
            )
        if type(self.turned) is not bool:
            raise refuse("turned to be true or false", self.turned)
        if self.turned and (self.field != "content" or self.unit not in ("words", "chars")):
            raise refuse("turned for words and chars of the content only", (self.field, self.unit))
        for name, value, low, high in (
            ("n_min", self.n_min, 1, 8),
            ("n_max", self.n_max, self.n_min, 8),
            ("min_df", self.min_df, 1, 1_000_000),
        ):
            if type(value) is not int or not low <= value <= high:
                raise refuse(f"{name} from {low} to {high}", value)
        if type(self.weight) not in (int, float) or not 0 < self.weight <= 100:
            raise refuse("a weight over 0, 100 at most", self.weight)


DEFAULT_BLOCKS = (
    Block(name="words", field="content", unit="words", n_min=1, n_max=2, min_df=1),
    Block(name="chars", field="content", unit="chars", n_min=3, n_max=5, weight=1.5, min_df=1),
    Block(name="classes", field="all", unit="classes", n_min=1, n_max=2),
    Block(name="cue", field="cue", unit="words", n_min=1, n_max=2, weight=0.6, min_df=1),
    Block(name="source", field="source", unit="words", n_min=1, n_max=2, weight=0.6, min_df=1),
)
"""What a model reads unless its recipe says otherwise. Chosen by article-grouped cross-validation on the
shipped corpus; near these weights the figures hardly move. In a small corpus the words that occur once
help (docs/decisions.md has the figures); in one of thousands they only cost room: a recipe can drop them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSettings:
    """Everything that decides which features an utterance has; kept whole in the model file.

    Parameters
    ----------
    blocks : in the order of the model's vocabulary.
    names : phrases by class of actors: the target, its allies, its opponents …; each phrase as its
        tokens, joined by a space.
    words : phrases by class of words, for blocks of classes.
    acts, attitudes : phrases by class, for blocks of roles and turned ones; see `stancekit.roles`.
    """

    blocks: tuple[Block, ...] = DEFAULT_BLOCKS
    names: Classes = ()
    words: Classes = ()
    acts: Classes = ()
    attitudes: Classes = ()

    def __post_init__(self) -> None:
        names = [block.name for block in self.blocks]
        if not names or len(set(names)) != len(names):
            raise FeatureMismatchError(f"expected feature blocks of different names, found {names}")
        classes = [name for name, _ in (*self.names, *self.words)]
        if len(set(classes)) != len(classes):
            raise FeatureMismatchError(f"expected classes of different names, found {classes}")
        for name, phrases in (*self.names, *self.words, *self.acts, *self.attitudes):
            if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z_]{0,31}", name):
                raise FeatureMismatchError(f"expected a class name of lower-case letters, found {name!r}")
            try:
                together = " ".join(phrases)
            except TypeError:
                raise FeatureMismatchError(f"expected phrases of class {name!r} to be strings") from None
            if " ".join(together.split()) != together:
                raise FeatureMismatchError(
                    f"expected phrases of class {name!r} to be tokens joined by a space"
                )

    @classmethod
    def of(cls, blocks: tuple[Block, ...], names: Classes, words: Classes) -> FeatureSettings:
        """Settings with the lexicon's acts and attitudes, if a block reads them."""
        if not any(block.unit == "roles" or block.turned for block in blocks):
            return cls(blocks=blocks, names=names, words=words)
        acts, attitudes = tokenized(lexicon.classes("acts")), tokenized(lexicon.classes("attitudes"))
        return cls(blocks=blocks, names=names, words=words, acts=acts, attitudes=attitudes)

    def to_dict(self) -> dict[str, Any]:
        """The settings as JSON values; `from_dict` gives them back."""
        return {
            "blocks": [asdict(block) for block in self.blocks],
            "names": [[name, list(phrases)] for name, phrases in self.names],
            "words": [[name, list(phrases)] for name, phrases in self.words],
            "acts": [[name, list(phrases)] for name, phrases in self.acts],
            "attitudes": [[name, list(phrases)] for name, phrases in self.attitudes],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FeatureSettings:
        """Settings from JSON values.

        Raises
        ------
        FeatureMismatchError
            A value is missing, unknown, of another type or out of its range.
        """
        try:
            return cls(
                blocks=tuple(Block(**block) for block in values["blocks"]),
                names=_classes(values["names"]),
                words=_classes(values["words"]),
                acts=_classes(values["acts"]),
                attitudes=_classes(values["attitudes"]),
            )
        except (TypeError, KeyError, ValueError) as error:
            if isinstance(error, FeatureMismatchError):
                raise
            raise FeatureMismatchError(f"feature settings cannot be read: {error}") from error


def tokenized(classes: Classes) -> Classes:
    """The classes with each phrase as its tokens, joined by a space, and once."""
    return tuple(
        (name, tuple(dict.fromkeys(" ".join(tokenize(phrase)) for phrase in phrases)))
        for name, phrases in classes
    )


def _classes(values: Any) -> Classes:
    classes: list[tuple[str, tuple[str, ...]]] = []
    for name, phrases in values:
        if not isinstance(phrases, list):
            raise FeatureMismatchError(f"expected a list of phrases for class {name!r}, found {phrases!r}")
        classes.append((name, tuple(phrases)))
    return tuple(classes)


class Occurrence(NamedTuple):
    """A feature in one place: the field, the half-open code points it covers there, and what to show it as.

    A character n-gram is shown as the token it lies in and covers it; any other feature is shown as itself, a
    turned one with a note for its marks.
    """

    feature: str
    field: str
    start: int
    end: int
    shown: str


class FieldTokens:
    """The tokens of an utterance's fields, and what is read from them once for several blocks."""

    __slots__ = ("_marked", "_readings", "content", "cue", "source")

    def __init__(self, content: list[str], cue: list[str], source: list[str]) -> None:
        self.content, self.cue, self.source = content, cue, source
        self._marked: list[str] | None = None
        self._readings: tuple[list[Role], list[Role]] | None = None

    @classmethod
    def of(cls, fields: UtteranceFields) -> FieldTokens:
        """The tokens of some fields."""
        return cls(*map(tokenize, fields))

    def marked(self, reader: RoleReader) -> list[str]:
        """The content's tokens as a turned block has them."""
        if self._marked is None:
            self._marked = reader.marked(self.content, self.cue)
        return self._marked

    def roles(self, reader: RoleReader, crossed: bool) -> list[Role]:
        """The roles, or those crossed with the cue."""
        if self._readings is None:
            self._readings = reader.read(self.content, self.cue)
        return self._readings[crossed]


class BlockAnalyzer:
    """The features of one block: a callable, as scikit-learn's vectorizers take for `analyzer`.

    Parameters
    ----------
    reader : what reads the roles; None makes one from the settings. Blocks may share one.
    """

    def __init__(self, block: Block, settings: FeatureSettings, reader: RoleReader | None = None) -> None:
        self.block = block
        classes = {"names": settings.names, "classes": (*settings.names, *settings.words)}.get(block.unit, ())
        self._phrases = Phrases(dict(classes))
        self._reader = reader or RoleReader(settings.names, settings.acts, settings.attitudes)

    def __call__(self, fields: UtteranceFields) -> list[str]:
        """Every feature as often as it occurs; the order has no meaning."""
        return self.read(FieldTokens.of(fields))

    def units(self, tokens: FieldTokens) -> list[str]:
        """What the block's n-grams are made of; of a block of characters, the tokens."""
        block = self.block
        if block.unit == "classes":
            return self._symbols(tokens)
        if block.unit == "roles":
            return [role.feature for role in tokens.roles(self._reader, block.field == "all")]
        if block.turned:
            return tokens.marked(self._reader)
        units: list[str] = getattr(tokens, block.field)
        return self._named(units) if block.unit == "names" else units

    def read(self, tokens: FieldTokens) -> list[str]:
        """The same features, from tokens: blocks that read the same fields can share them."""
        return self.within(units := self.units(tokens)) + self.across(units)

    def within(self, units: list[str]) -> list[str]:
        """The features that lie in one unit: units themselves, or their character n-grams."""
        block = self.block
        if block.unit == "chars":
            return [gram for unit in units for gram in char_ngrams(unit, block.n_min, block.n_max)]
        return list(units) if block.n_min == 1 else []

    def across(self, units: list[str]) -> list[str]:
        """The features that take several units: n-grams of two or more."""
        block, grams = self.block, list[str]()
        if block.unit != "chars":
            for n in range(max(block.n_min, 2), block.n_max + 1):
                grams += map(" ".join, zip(*[units[i:] for i in range(n)], strict=False))
        return grams

    def _named(self, tokens: list[str]) -> list[str]:
        named: list[str] = []
        at = 0
        for start, end, name in self._phrases.find(tokens):
            named += tokens[at:start]
            named.append(f"<{name}>")
            at = end
        return named + tokens[at:]

    def _symbols(self, tokens: FieldTokens) -> list[str]:
        block, find = self.block, self._phrases.find
        if block.field != "all":
            return [f"<{name}>" for _, _, name in find(getattr(tokens, block.field))]
        symbols = [f"<source:{name}>" for _, _, name in find(tokens.source)]
        symbols += [f"<cue:{name}>" for _, _, name in find(tokens.cue)]
        return symbols + [f"<{name}>" for _, _, name in find(tokens.content)]

    def occurrences(self, fields: UtteranceFields) -> list[Occurrence]:
        """The same features as a call gives, each with its place; slower."""
        block = self.block
        if block.unit == "roles":
            return self._role_occurrences(fields)
        read = ("source", "cue", "content") if block.field == "all" else (block.field,)
        units: list[Occurrence] = []
        for field in read:
            tokens = [
                Occurrence(t.text, field, t.start, t.end, t.text)
                for t in tokenize_spans(getattr(fields, field))
            ]
            if block.turned:
                marked = FieldTokens.of(fields).marked(self._reader)
                tokens = [
                    token._replace(feature=unit, shown=_shown(unit))
                    for token, unit in zip(tokens, marked, strict=True)
                ]
            if block.unit in ("names", "classes"):
                tokens = self._classed(tokens, mark=block.field == "all")
            units += tokens
        if block.unit == "chars":
            return [
                unit._replace(feature=gram)
                for unit in units
                for gram in char_ngrams(unit.feature, block.n_min, block.n_max)
            ]
        return [
            _joined(units[i : i + n])
            for n in range(block.n_min, block.n_max + 1)
            for i in range(len(units) - n + 1)
        ]

    def _role_occurrences(self, fields: UtteranceFields) -> list[Occurrence]:
        tokens = tokenize_spans(fields.content)
        return [
            Occurrence(feature, "content", tokens[start].start, tokens[end - 1].end, feature)
            for feature, start, end in FieldTokens.of(fields).roles(self._reader, self.block.field == "all")
        ]

    def _classed(self, tokens: list[Occurrence], mark: bool) -> list[Occurrence]:
        """Classes in place of their phrases; the other tokens stay if the block is one of names."""
        keep, classed, at = self.block.unit == "names", list[Occurrence](), 0
        for start, end, name in self._phrases.find([token.feature for token in tokens]):
            first, last = tokens[start], tokens[end - 1]
            symbol = f"<{first.field}:{name}>" if mark and first.field != "content" else f"<{name}>"
            classed += tokens[at:start] if keep else []
            classed.append(Occurrence(symbol, first.field, first.start, last.end, symbol))
            at = end
        return classed + (tokens[at:] if keep else [])


def _joined(units: list[Occurrence]) -> Occurrence:
    gram, first = " ".join([unit.feature for unit in units]), units[0]
    # An n-gram of classes may run from one field into the next: it is shown where it begins.
    end = max(unit.end for unit in units if unit.field == first.field)
    return Occurrence(gram, first.field, first.start, end, _shown(gram))


def _shown(feature: str) -> str:
    """A feature of a turned block without its marks, and with a note instead."""
    plain = feature.translate(_NO_MARKS)
    return feature if plain == feature else f"{plain} (turned)"


def analyzers(settings: FeatureSettings) -> tuple[BlockAnalyzer, ...]:
    """One analyzer a block, in the order of the settings."""
    reader = RoleReader(settings.names, settings.acts, settings.attitudes)
    return tuple(BlockAnalyzer(block, settings, reader) for block in settings.blocks)
