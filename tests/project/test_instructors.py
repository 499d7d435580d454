"""docs/instructors.md says what is so: its minutes, its exercises, its mistakes, its files."""

import json
import re

from submissions import ROOT

from toydiff.checks import EXERCISES

PAGE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
BY_FUNCTION = {name.split(".")[1]: exercise for name, exercise in EXERCISES.items()}
PER_MINUTE = 140


def rows(columns):
    """The rows of all tables of the page with so many columns, without their heads and lines."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
    return [row for row in found if len(row) == columns and re.match(r"\d", row[0])]


def cells(path, kind="markdown"):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == kind or kind is None]


def stated():
    """{function: (title, stars, minutes)}, as the exercise notebooks have it."""
    found = {}
    for path in sorted((ROOT / "exercises").glob("*.ipynb")):
        about = None
        for source in cells(path, None):
            if title := re.match(r"## (\d\.\d .*)", source):
                hard, minutes = re.search(r"^([★☆]{3}) · (\d+) minutes$", source, re.M).groups()
                about = title[1], hard.count("★"), int(minutes)
            elif about and (function := re.match(r"def (\w+)", source)):
                found.setdefault(function[1], about)
    return found


def test_every_exercise_has_its_row_and_the_mistakes_to_expect_are_in_the_bank():
    table, wanted = rows(6), stated()
    assert {function.strip("`"): (title, int(stars), int(minutes)) for title, function, stars, minutes, *_ in table} == {
        function: wanted[function] for function in BY_FUNCTION}
    for _, function, *_, expected in table:
        bank = {mistake.name for mistake in BY_FUNCTION[function.strip("`")].mistakes}
        assert expected and set(re.findall(r"`(\w+)`", expected)) <= bank, function


def test_the_checks_know_as_many_mistakes_as_it_says():
    said = int(re.search(r"the checks know more than (\d+) by name", PAGE)[1])
    assert said < sum(len(exercise.mistakes) for exercise in EXERCISES.values()) < said + 100


def test_words_and_minutes_are_those_of_the_notebooks():
    """Words to 10 %: prose may be mended without a new table. The README states the minutes too."""
    minutes, readme = {}, (ROOT / "README.md").read_text(encoding="utf-8")
    for function, (_, _, each) in stated().items():
        if function in BY_FUNCTION:
            notebook = BY_FUNCTION[function].notebook[:2]
            minutes[notebook] = [*minutes.get(notebook, []), each]
    for name, words, reading, _, whole, exercises, practice in rows(7):
        assert [exercises, practice] == (["", ""] if name[:2] not in minutes else
                                         [str(len(minutes[name[:2]])), str(sum(minutes[name[:2]]))])
        if words:
            path, = (ROOT / "notebooks").glob(f"{name[:2]}_*.ipynb")
            text = " ".join(cells(path))
            count = len(re.findall(r"\w[\w’'-]*", re.sub(
                r"\[!\[.*?\)\]\(.*?\)|\(https?:[^)]*\)|\$\$.*?\$\$", " ", text, flags=re.S)))
            assert abs(count - int(words)) <= 0.1 * count, (name, count)
            assert reading == f"{int(words) / PER_MINUTE:.0f} min" and f"About {whole} minutes" in text
            row, = (line for line in readme.splitlines() if line.startswith("|") and f"](notebooks/{path.name})" in line)
            assert row.split("|")[3].strip() == whole, row


def test_the_lesson_plans_last_as_long_as_they_say_and_add_up_what_they_name():
    sections = re.split(r"^### ", PAGE, flags=re.M)[1:]
    def total(section):
        return sum(int(cell) for cell in re.findall(r"^\| (\d+) \|", section, re.M))
    assert total(sections[0]) == 90 and total(sections[1]) == 240
    minutes = {title.split()[0]: each for title, _, each in stated().values()}
    whole = {row[0][:2]: int(row[4]) for row in rows(7) if row[4]}
    for section in sections[:2]:
        for planned, what in re.findall(r"^\| (\d+) \| (.*) \|$", section, re.M):
            named = re.findall(r"\d\.\d", what.split(". ")[0]) if what.startswith("Exercise") else []
            assert not named or sum(minutes[number] for number in named) == int(planned), what
    for day, lesson, taught, practice, practised in rows(5):
        assert int(taught) == sum(whole[number] for number in re.findall(r"\d\d", lesson)), day
        spans = re.findall(r"(\d)\.(\d) to \d\.(\d)", practice)
        assert int(practised) == sum(minutes[f"{station}.{n}"] for station, first, last in spans
                                     for n in range(int(first), int(last) + 1)), day


def test_the_files_it_speaks_of_are_there_and_the_readme_leads_to_it():
    for path in re.findall(r"python (\S+\.py)", PAGE):
        assert (ROOT / path).exists(), path
    assert "(docs/instructors.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
