"""docs/symbols.md names what is there: each name of its code is found in toydiff, no table is broken."""

import re

import pytest

import toydiff
from toydiff import evaluation

from submissions import ROOT

PAGE = (ROOT / "docs" / "symbols.md").read_text(encoding="utf-8")
HERE = {"evaluation": evaluation, "schedule": toydiff.Schedule.linear()} | vars(toydiff)
ARGUMENTS = {"x0", "xt", "xT", "t", "eps", "z", "a", "s", "model"}    # not the library's, but everybody's
NAMES = sorted({name for name in re.findall(r"`([A-Za-z_][\w.]*)`", PAGE)} - ARGUMENTS)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_sheet_is_one_of_the_code(name):
    first, *rest = name.split(".")
    thing = HERE[first]
    for part in rest:
        thing = getattr(thing, part)


def test_formulas_are_read_as_tables_are():
    """A bar inside of a formula would end its cell; a formula that is not closed would swallow the next."""
    for line in PAGE.splitlines():
        assert line.count("$") % 2 == 0, line
        assert all("|" not in formula for formula in re.findall(r"\$[^$]*\$", line)), line
    widths = {len(table.splitlines()[0].split("|")) == len(row.split("|"))
              for table in re.findall(r"(?:^\|.*\n?)+", PAGE, re.M) for row in table.splitlines()}
    assert widths == {True}


def test_first_notebook_leads_to_the_sheet():
    assert "../docs/symbols.md" in (ROOT / "notebooks" / "00_start_here.ipynb").read_text(encoding="utf-8")
