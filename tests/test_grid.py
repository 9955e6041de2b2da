"""Tables for people: whatever is in the cells and however wide the page, all of it is shown, and in place."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from stancekit.cli.grid import Cell, Column, Grid, Part

TEXT = "we stay in Ma\u2019arrat al-Nu\u02bfman \u6211\u4eec\u4e0d\u4f1a\u79bb\u5f00 e\u0301e\u0301"


def lines(columns: list[str], *rows: list[str], width: int = 30, widest: int = 1000) -> list[str]:
    cells: list[list[Cell]] = [[[Part(text)] for text in row] for row in rows]
    return list(Grid(width, styled=False).table([Column(name, widest=widest) for name in columns], [cells]))


def test_a_table() -> None:
    assert lines(["who", "text"], ["Haddad", "we stay"], ["the ministry", ""]) == [
        "",
        " who            text",
        " " + "\u2500" * 22,
        " Haddad         we stay",
        " the ministry",
        "",
    ]


def test_a_wide_column_gives_way_and_breaks_between_words() -> None:
    assert lines(["who", "text"], ["Haddad", "we stay in our houses until the end"])[3:] == [
        " Haddad   we stay in our",
        "          houses until the end",
        "",
    ]


def test_a_word_longer_than_a_line_is_broken() -> None:
    assert lines(["a", "b"], ["x", "y" * 40])[3:] == [f" x   {'y' * 25}", f"     {'y' * 15}", ""]


def test_columns_that_are_whole_and_flush_right() -> None:
    columns = [Column("text"), Column("score", whole=True), Column("n", right=True)]
    row = [[Part("we stay in our houses")], [Part("-0.20 [-0.55, -0.16]")], [Part("12")]]
    drawn = list(Grid(42, styled=False).table(columns, [[row]]))
    assert drawn[1] == " text            score                   n"
    assert drawn[3] == " we stay in      -0.20 [-0.55, -0.16]   12"


def test_sections_are_apart() -> None:
    grid = Grid(30, styled=False)
    row = [[Part("a")]]
    assert list(grid.table([Column("x")], [[row], [row, row]]))[3:] == [" a", "", " a", " a", ""]


def test_styles_are_written_where_they_are_wanted() -> None:
    cell = [Part("[denied] ", "dim"), Part("we stay in our houses", "red"), Part(" here")]
    [plain] = Grid(80, styled=False).paragraph(cell)
    assert plain == "[denied] we stay in our houses here"
    [styled] = Grid(80, styled=True).paragraph(cell)
    assert styled == "\x1b[2m[denied] \x1b[0m\x1b[31mwe stay in our houses\x1b[0m here\x1b[0m"
    broken = list(Grid(14, styled=True).paragraph(cell))
    assert broken[0] == "\x1b[2m[denied] \x1b[0m\x1b[31mwe\x1b[0m"
    assert broken[-1] == "\x1b[31mhouses\x1b[0m here\x1b[0m"


words = st.sampled_from([*TEXT.split(), "", "a", "y" * 30, "\u6211" * 25, "\u200d\u0301"])
texts = st.lists(words, max_size=12).map(" ".join)
cells = st.lists(st.builds(Part, texts, st.sampled_from(["", "red", "dim"])), max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(20, 120),
    columns=st.lists(st.tuples(texts, st.booleans(), st.booleans()), min_size=1, max_size=5),
    data=st.data(),
)
def test_nothing_is_lost_and_no_line_is_too_wide(
    width: int, columns: list[tuple[str, bool, bool]], data: st.DataObject
) -> None:
    made = [Column(heading, widest=40, whole=whole, right=right) for heading, whole, right in columns]
    row = st.tuples(*[cells] * len(columns))
    sections = data.draw(st.lists(st.lists(row, max_size=3), min_size=1, max_size=2))
    drawn = list(Grid(width, styled=False).table(made, sections))
    assert all(cell_len(line) <= width and not line.endswith(" ") for line in drawn)
    written = "".join(drawn)
    expected = "".join(part.text for section in sections for row in section for cell in row for part in cell)
    expected += "".join(heading for heading, _, _ in columns) + re.sub("[^\u2500]", "", written)
    assert sorted("".join(written.split())) == sorted("".join(expected.split()))
    coloured = "\n".join(Grid(width, styled=True).table(made, sections))
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == "\n".join(drawn)


@pytest.mark.parametrize("width", range(1, 12))
def test_a_page_too_narrow_for_the_columns(width: int) -> None:
    drawn = lines(["a", "b", "c"], [TEXT] * 3, width=width)
    assert sorted("".join("".join(drawn[3:]).split())) == sorted("".join(TEXT.split()) * 3)
