"""docs/instructors.md says what is so: its minutes, its exercises, its mistakes, its files."""

import ast
import json
import re

from toydiff.checks import EXERCISES

from submissions import ROOT

PAGE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
BY_FUNCTION = {name.split(".")[1]: exercise for name, exercise in EXERCISES.items()}
PER_MINUTE = 140
CLINIC = "the clinic"
NUMBER = r"\d+\.\d|Patient \d+"    # what an exercise's title begins with


def rows(columns):
    """The rows of all tables of the page with so many columns, without their heads and lines."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines()
             if line.startswith("|")]
    return [row for row in found if len(row) == columns and re.match(rf"\d|{CLINIC}|Patient", row[0])]


def cells(path, kind="markdown"):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == kind or kind is None]


def rows_of_stations():
    """Those of the table of how long things take: their names begin with two digits, those of exercises with 1.1."""
    return [row for row in rows(6) if re.match(rf"\d\d |{CLINIC}", row[0])]


def stated():
    """{function: (title, stars, minutes)}, as the exercise notebooks have it."""
    found = {}
    for path in sorted((ROOT / "exercises").glob("*.ipynb")):
        about = None
        for source in cells(path, None):
            if title := re.match(rf"## ((?:{NUMBER}).*)", source):
                hard, minutes = re.search(r"^([★☆]{3}) · (\d+) minutes$", source, re.M).groups()
                about = title[1], hard.count("★"), int(minutes)
            elif about and (function := re.match(r"def (\w+)", source)):
                found.setdefault(function[1], about)
    return found


def test_every_exercise_has_its_row_and_the_mistakes_to_expect_are_in_the_bank():
    table, wanted = [row for row in rows(6) if row not in rows_of_stations()], stated()
    assert {function.strip("`"): (title, int(stars), int(minutes))
            for title, function, stars, minutes, *_ in table} == {
        function: wanted[function] for function in BY_FUNCTION}
    for _, function, *_, expected in table:
        bank = {mistake.name for mistake in BY_FUNCTION[function.strip("`")].mistakes}
        assert expected and set(re.findall(r"`(\w+)`", expected)) <= bank, function


def test_the_checks_know_as_many_mistakes_as_it_says():
    said = int(re.search(r"the checks know more than (\d+) by name", PAGE)[1])
    assert said < sum(len(exercise.mistakes) for exercise in EXERCISES.values()) < said + 100


def words(text):
    """How many words are read: no badge, no address, no formula on a line of its own."""
    return len(re.findall(r"\w[\w’'-]*", re.sub(
        r"\[!\[.*?\)\]\(.*?\)|\(https?:[^)]*\)|\$\$.*?\$\$", " ", text, flags=re.S)))


def told(source):
    """What a code cell tells a learner: its questions, options, answers and reasons."""
    if not re.search(r"\bpredict\(|\.reveal\(", source):
        return ""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
             and {"predict", "reveal"} & {getattr(node.func, "id", ""), getattr(node.func, "attr", "")}]
    texts = [node.value for call in calls for argument in call.args for node in ast.walk(argument)
             if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return " ".join(texts)


def test_what_waits_for_a_guess_is_read_too():
    source = "x = 1\nwith q:\n    print('not this')\n    q.reveal('an answer', 'and why')"
    assert told(source).split() == ["an", "answer", "and", "why"] and told("print('x')") == ""


def test_reading_takes_as_long_as_it_says():
    """To the nearest minute or the next one: a paragraph more is mended here, a word more is not."""
    rows_of_notebooks = [row for row in rows_of_stations() if row[1]]
    assert len(rows_of_notebooks) == len(list((ROOT / "notebooks").glob("*.ipynb")))
    for name, reading, *_ in rows_of_notebooks:
        path, = (ROOT / "notebooks").glob(f"{name[:2]}_*.ipynb")
        minutes = words(" ".join([*cells(path), *map(told, cells(path, "code"))])) / PER_MINUTE
        assert abs(minutes - int(reading.removesuffix(" min"))) < 1, (name, minutes)


def test_words_are_counted_as_they_are_read():
    assert words("It's the mean-field $x$. [a link](https://x.org/a-b) $$y = z$$ [![badge](a.svg)](b)") == 6


def test_the_minutes_are_those_that_the_notebooks_and_the_readme_state():
    minutes, readme = {}, (ROOT / "README.md").read_text(encoding="utf-8")
    for function, (title, _, each) in stated().items():
        if function in BY_FUNCTION:
            station = CLINIC if title.startswith("Patient") else f"{int(title.split('.')[0]):02d}"
            minutes[station] = [*minutes.get(station, []), each]
    for name, reading, _, whole, exercises, practice in rows_of_stations():
        station = minutes.get(name if name == CLINIC else name[:2], [])
        assert [exercises, practice] == ([str(len(station)), str(sum(station))] if station else ["", ""])
        if reading:
            path, = (ROOT / "notebooks").glob(f"{name[:2]}_*.ipynb")
            assert f"About {whole} minutes" in " ".join(cells(path)), name
            row, = (line for line in readme.splitlines() if line.startswith("|")
                    and f"](notebooks/{path.name})" in line)
            assert row.split("|")[3].strip() == whole, row


def test_the_lesson_plans_last_as_long_as_they_say_and_add_up_what_they_name():
    sections = re.split(r"^### ", PAGE, flags=re.M)[1:]
    def total(section):
        return sum(int(cell) for cell in re.findall(r"^\| (\d+) \|", section, re.M))
    assert total(sections[0]) == 90 and total(sections[1]) == 240
    minutes = {re.match(NUMBER, title)[0]: each for title, _, each in stated().values()}
    whole = {row[0][:2]: int(row[3]) for row in rows_of_stations() if row[3]}
    for section in sections[:2]:
        for planned, what in re.findall(r"^\| (\d+) \| (.*) \|$", section, re.M):
            named = re.findall(r"\d+\.\d", what.split(". ")[0]) if what.startswith("Exercise") else []
            if what.startswith("Patient"):
                named = [f"Patient {number}" for number in re.findall(r"\d+", what.split(":")[0])]
            assert not named or sum(minutes[number] for number in named) == int(planned), what
    for day, lesson, taught, practice, practised in rows(5):
        assert int(taught) == sum(whole[number] for number in re.findall(r"\d\d", lesson)), day
        spans = re.findall(r"(\d+)\.(\d) to \d+\.(\d)", practice)
        assert int(practised) == sum(minutes[f"{station}.{n}"] for station, first, last in spans
                                     for n in range(int(first), int(last) + 1)), day


def test_the_files_it_speaks_of_are_there_and_the_readme_leads_to_it():
    for path in re.findall(r"python (\S+\.py)", PAGE):
        assert (ROOT / path).exists(), path
    assert "(docs/instructors.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
