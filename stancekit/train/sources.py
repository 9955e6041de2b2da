"""Files and folders -> the records in them."""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from stancekit.errors import CorpusError, InputError
from stancekit.train.formats.brat import is_standoff, read_standoff
from stancekit.train.formats.folder import read_labels
from stancekit.train.formats.recognise import read_file
from stancekit.train.formats.records import LeftOut, Row, Text
from stancekit.train.scheme import Scheme

SUFFIXES = (".jsonl", ".json", ".csv", ".ann")
"""Of the files in a folder that are read. Their content, not their name, tells their format."""


class Sources:
    """Reads each file once.

    Attributes
    ----------
    digests : SHA-256 of every file read, in hexadecimal.
    """

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self.digests: list[str] = []
        self._files: set[str] = set()

    def read(self, place: Path) -> Iterator[Row | Text | LeftOut]:
        """The records of a file, a corpus folder, or a folder of files."""
        if not place.exists():
            hint = "give a corpus folder, a JSONL or CSV file, or an annotation tool's export"
            raise InputError("no corpus there", str(place), hint)
        if not place.is_dir():
            yield from self._read_file(place)
            return
        if (place / "articles").is_dir():
            yield from self._read_corpus_folder(place)
            return
        entries = sorted(file for file in place.iterdir() if not file.name.startswith("."))
        files = [file for file in entries if file.suffix in SUFFIXES]
        if not files:
            expected = f"articles/ and labels/, or files in {', '.join(SUFFIXES)}"
            raise CorpusError(f"expected {expected}, found neither", str(place))
        for file in files:
            yield from self._read_file(file)
        if any(file.suffix == ".ann" for file in files):
            for file in entries:
                if file.suffix == ".txt" and os.path.realpath(file) not in self._files:
                    yield LeftOut(str(file), "texts without annotations")

    def _read_corpus_folder(self, folder: Path) -> Iterator[Text]:
        articles = {file.stem: file for file in sorted((folder / "articles").glob("*.txt"))}
        labels = {file.stem: file for file in sorted((folder / "labels").glob("*.jsonl"))}
        for name in sorted(articles.keys() ^ labels.keys()):
            missing = f"labels/{name}.jsonl" if name in articles else f"articles/{name}.txt"
            raise CorpusError(
                f"article {name!r} has no {missing}",
                str(folder),
                "an article without utterances has an empty labels file",
            )
        for name, file in articles.items():
            text, records = self._read_text(file), self._read_text(labels[name])
            yield read_labels(records, str(labels[name]), name, text, str(file), self.scheme)

    def _read_file(self, file: Path) -> Iterator[Row | Text | LeftOut]:
        text = self._read_text(file)
        if file.suffix != ".ann" and not is_standoff(text):
            yield from read_file(text, str(file), self.scheme)
            return
        article = file.with_suffix(".txt")
        if not article.is_file():
            hint = "put the text beside its annotations"
            raise CorpusError(f"expected the text {article.name}, found none", f"{file}:1", hint)
        yield from read_standoff(
            text, str(file), file.stem, self._read_text(article), str(file.parent), self.scheme
        )

    def _read_text(self, file: Path) -> str:
        """The text of a UTF-8 file, its line ends as they are, without a byte-order mark."""
        real = os.path.realpath(file)
        if real in self._files:
            raise CorpusError("the file is given twice", str(file), "give each once")
        self._files.add(real)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise InputError(f"the file cannot be read: {error.strerror}", str(file)) from error
        self.digests.append(hashlib.sha256(data).hexdigest())
        try:
            return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise CorpusError(
                f"expected UTF-8, found byte 0x{data[error.start]:02x} at position {error.start}",
                f"{file}:{line}",
                "convert the file to UTF-8",
            ) from None
