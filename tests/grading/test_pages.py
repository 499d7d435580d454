"""What grading says: on the terminal, in the CSV, on the page; how the commands are held; what the examiner reads."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from toydiff.checks import EXERCISES
from toydiff.grading import Report, Row, page, table, to_csv

from handed_in import NB, NOISE, SNR, call, row
from submissions import code, notebook, only_code, rewritten, save

CLASS = [row("ann", "passed", "no_row"), row("bob", "passed", "passed"), row("cem", "contract", "no_row"),
         row("dan", "not started", "not started", stopped={7: "NameError: name 'x' is not defined"}),
         row("eva", "passed", "swapped"), Row("fay", Report(Path("b.ipynb"), trouble="no notebook: it is not JSON"))]


# --- on the terminal and in the CSV -----------------------------------------------------------------------

def test_the_table_says_who_is_where_and_which_mistake_is_how_frequent():
    lines = table(CLASS).splitlines()
    assert lines[0] == NB
    assert lines[1].split() == ["ann", "1/2", "✓", "✗", "add_noise:", "no_row"]
    assert lines[4].split()[:4] == ["dan", "0/2", "○", "○"] and "cell 7: NameError" in lines[4]
    assert "fay  no notebook: it is not JSON" in table(CLASS)
    assert [line.strip() for line in lines[-2:]] == ["2 × add_noise: no_row", "1 × add_noise: swapped"]


def test_the_csv_has_a_column_for_each_exercise_and_no_formula():
    rows = [*CLASS, row("=HYPERLINK()", "passed", "passed"), row("ann", "passed", "passed", "again.ipynb")]
    read = list(csv.DictReader(io.StringIO(to_csv(rows).decode("utf-8-sig"))))
    assert len(read) == 8 and read[0]["student"] == "ann"
    assert (read[0][SNR], read[0][NOISE], read[0]["passed"], read[0]["of"]) == ("passed", "no_row", "1", "2")
    assert (read[2][SNR], read[3][NOISE], read[5][SNR]) == ("not yet", "not started", "")
    assert read[5]["remarks"] == "no notebook: it is not JSON" and read[6]["student"] == "'=HYPERLINK()"


# --- on the page ------------------------------------------------------------------------------------------

class Page(HTMLParser):
    """What a page shows: its text, its attributes, and the tags that were opened and closed."""

    def __init__(self, html):
        super().__init__()
        self.text, self.attributes, self.open = "", [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.attributes += [(tag, name, value) for name, value in attributes]
        self.open.append(tag)

    def handle_data(self, data):
        self.text += data


def test_the_page_begins_with_the_point():
    text = Page(page(CLASS, "Spring")).text
    assert "1 of 5 have solved everything. Most are stuck at add_noise: 3 of 5 have tried and not solved it, " \
           "2 of them with no_row: About no_row." in text
    assert "6 students, 6 notebooks" in text
    assert text.index("bob") < text.index("ann") < text.index("dan")    # the furthest first


def test_the_page_counts_mistakes_and_names_who_made_them():
    text = Page(page(CLASS, "Spring")).text
    assert re.search(r"2add_noise: no_row About no_row\.ann, cem", text)
    assert "1 mistake of one student alone" in text
    assert "b.ipynb: no notebook: it is not JSON" in text and "cell 7: NameError" in text


def test_a_class_in_which_all_is_solved_or_nothing_was_begun():
    text = Page(page([row("a", "passed", "passed"), row("b", "passed", "passed")], "x")).text
    assert "2 of 2 have solved everything." in text and "stuck" not in text and "Mistakes" not in text
    assert "0 of 1 have solved everything." in Page(page([row("a", "not started", "not started")], "x")).text


def test_the_page_needs_nothing_from_elsewhere_and_runs_no_code():
    html = page([*CLASS, row("<script>alert(1)</script>", "passed", "\" onclick='x'")], "<b>T</b>")
    found = Page(html)
    assert not {"script", "link", "img", "iframe"} & set(found.open)
    assert not [name for _, name, _ in found.attributes if name.startswith("on") or name == "src"]
    assert all(value.startswith("#") for _, name, value in found.attributes if name == "href")
    assert "//" not in html and "@import" not in html and "<script>alert(1)</script>" in found.text


def test_links_lead_to_what_is_said_of_the_student():
    found = Page(page(CLASS, "x"))
    ids = [value for _, name, value in found.attributes if name == "id"]
    links = [value[1:] for _, name, value in found.attributes if name == "href"]
    assert sorted(links) == sorted(ids) and len(set(ids)) == 6


def test_two_files_of_one_student_are_told_apart():
    rows = [row("ann", "passed", "passed", "one.ipynb"), row("ann", "passed", "no_row", "two.ipynb")]
    assert "ann (one.ipynb)" in table(rows) and "ann (two.ipynb)" in Page(page(rows, "x")).text


# --- the commands -----------------------------------------------------------------------------------------

def test_check_says_what_holds_and_its_exit_code_whether_all_does(tmp_path, capsys):
    solved = save(only_code(notebook()), tmp_path / "a.ipynb")
    assert call("check", solved, "--json", tmp_path / "out" / "a.json") == 0
    assert "7 of 7 exercises of 02_forward_process hold" in capsys.readouterr().out
    written = json.loads((tmp_path / "out" / "a.json").read_text(encoding="utf-8"))
    assert written["complete"] and [result["exercise"] for result in written["results"]] == [
        name for name, exercise in EXERCISES.items() if exercise.notebook == NB]

    wrong = rewritten(only_code(notebook()), add_noise="return x0", snr="return 1 / 0",
                      forward_step="return (1 - schedule.beta[t])[:, None].sqrt() * x_prev "
                                   "+ schedule.beta[t][:, None] * eps")
    assert call("check", save(wrong, tmp_path / "b.ipynb"), "--json", tmp_path / "b.json") == 1
    said = capsys.readouterr().out
    assert "4 of 7" in said and "✓ linear_beta\n" in said and "it stops: ZeroDivisionError" in said
    assert "in the line `return 1 / 0`" in said and "✗ forward_step [beta_for_root]\n" in said
    written = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert [result["mistake"] for result in written["results"] if result["mistake"]] == ["beta_for_root"]


@pytest.mark.parametrize("content, why", [(None, "No such file"), ("", "empty file"), ("{", "not JSON"),
                                          ('{"cells": []}', "none of the course's exercises")])
def test_check_of_what_is_no_exercise(tmp_path, capsys, content, why):
    path = tmp_path / "a.ipynb"
    content is None or path.write_text(content)
    assert call("check", path) == 2
    said = capsys.readouterr()
    assert why in said.err and said.err.count("\n") == 1 and said.out == ""


def test_class_writes_a_table_for_a_spreadsheet_and_a_page(tmp_path, capsys):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ann.ipynb").write_text("no")
    save({"cells": [code("x = 1")]}, tmp_path / "class" / "bob" / "x.ipynb")
    assert call("class", tmp_path / "class", "--output", tmp_path / "out", "--jobs", 2) == 0
    said = capsys.readouterr()
    assert "ann  no notebook" in said.out and "2/2" in said.err and "class.html" in said.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["class.csv", "class.html",
                                                                            "results.jsonl"]
    assert "none of the course" in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")
def test_a_device_or_a_pipe_is_not_read(tmp_path):
    """No one may ever write into the pipe, and the device may never end: in a process of its own, with a deadline."""
    (tmp_path / "class").mkdir()
    os.mkfifo(tmp_path / "class" / "eve.ipynb")
    (tmp_path / "class" / "zoe.ipynb").symlink_to(os.devnull)
    run = subprocess.run([sys.executable, "-m", "toydiff", "class", "class"], cwd=tmp_path, timeout=60, text=True,
                         capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert "eve  a device or a pipe, no notebook" in run.stdout and "zoe  is a link" in run.stdout


def test_text_that_is_no_unicode_harms_no_one(tmp_path, capsys):
    """Half a character in the message of an error, and a file whose name is no UTF-8."""
    path = save({"cells": [code("raise ValueError('\\ud800 hello')"), code("def snr(alpha_bar): ...")]},
                tmp_path / "class" / "ann.ipynb")
    if sys.platform == "linux":    # elsewhere the file system takes no such name
        save({"cells": []}, tmp_path / "class" / "\udcff.ipynb")
    assert call("class", tmp_path / "class", "--output", tmp_path / "out") == 0
    assert call("check", path, "--json", tmp_path / "a.json") == 1
    said = capsys.readouterr().out
    assert said.count("ValueError: ? hello") == 2
    files = [(tmp_path / name).read_text(encoding="utf-8") for name in ("out/class.csv", "out/class.html", "a.json")]
    assert all("ValueError: \\ud800 hello" in text for text in files[:2])
    assert json.loads(files[2])["remarks"] == ["cell 1: ValueError: \\ud800 hello"]    # spelled out
    if sys.platform == "linux":
        assert "?  none of the course's exercises" in said
        assert all("\\udcff.ipynb" in text for text in files[:2])


@pytest.mark.parametrize("arguments, why", [
    (["class", "nowhere"], "nowhere is not there"), (["class", "file"], "file is a file, a folder was wanted"),
    (["class", "empty"], "holds no notebooks"), (["class", "full", "--output", "file"], "file"),
    (["class", "full", "--jobs", "0"], "--jobs"), (["check", "a.ipynb", "--time-limit", "-1"], "--time-limit"),
    (["class"], "FOLDER"), (["check", "full"], "full has no notebook with exercises")])
def test_a_command_held_wrong_is_told_so_in_a_line(tmp_path, capsys, monkeypatch, arguments, why):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("empty").mkdir()
    save({}, Path("full/a.ipynb"))
    before = sorted(tmp_path.rglob("*"))
    assert call(*arguments) == 2
    said = capsys.readouterr().err
    assert why in said and said.count("\n") == 1 and sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("command, examples", [
    ("check", ["check 02", "class submissions"]), ("class", ["check 02", "class submissions"]),
    ("export", ["export notebooks/01_data.ipynb\n", "export notebooks/01_data.ipynb --output"])])
def test_help_shows_examples_of_the_command_itself(command, examples, capsys):
    assert call(command, "--help") == 0
    said = capsys.readouterr().out
    assert "examples:\n  toydiff " in said and all(f"\n  toydiff {example}" in said for example in examples)
    assert "train" not in said
