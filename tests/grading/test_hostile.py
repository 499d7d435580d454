"""A class with submissions that mean harm, and one that is broken off: what honest ones get, and what is written."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from toydiff.checks import Result
from toydiff.grading import Report, Row, grade_class, page, table, to_csv
from toydiff.grading.report import labels, one
from toydiff.grading.spreadsheet import inert
from toydiff.grading.texts import span, tame

from fake_worker import program, with_program
from submissions import ROOT, code, notebook, only_code, save, with_cells

FAULTS = ROOT / "tests" / "faults" / "hostile"
SOLVED = only_code(notebook())
posix = pytest.mark.skipif(os.name != "posix", reason="signals")

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
NASTY = ["=1+1", "\r=1", "a;=1", "a\t=1", "a\n=1", "+1", "-1", "@x", " =1", '"=1', "a;  +1", "a\x00;\x0b=1", "\uff1d1",
         "\ufeff=1", "'=1", "=HYPERLINK(\"x\")", "a|=1", "\u200b=1", "x" * 5000]
NOISY = "def alpha_bar(beta):\n    import torch\n    return torch.cumprod(1 - beta, 0) + 0j"    # makes torch warn

# It kills all other processes of the same examiner, for some seconds: workers, keepers, and what they are forked from.
KILLER = """
import os, time, psutil
def ours(process):
    return "toydiff.grading." in " ".join(process.cmdline())
for _ in range(40):
    examiner = next(parent for parent in psutil.Process().parents() if not ours(parent))
    for other in examiner.children(recursive=True):
        try:
            if other.pid != os.getpid() and ours(other):
                other.kill()
        except psutil.Error:
            pass
    time.sleep(0.1)
"""


# --- a whole class ------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """(the finished command, {file: its line of class.csv}, the page, what is left of temporary files)."""
    base = tmp_path_factory.mktemp("hostile")
    for path in FAULTS.glob("A_*.ipynb"):
        (base / "class").mkdir(exist_ok=True)
        (base / "class" / path.name).write_bytes(path.read_bytes().replace(b"3000", b"1100").replace(b"'d'", b"'ddd'"))
    save(with_cells(SOLVED, NOISY, at=len(SOLVED["cells"])), base / "class" / "honest_02.ipynb")
    save({"cells": [code("\n" * 100_000), code("def snr(alpha_bar): ...")]}, base / "class" / "blank_02.ipynb")
    (base / "class" / "loop").symlink_to("loop")
    (base / "scratch").mkdir()
    done = subprocess.run([sys.executable, "-m", "toydiff", "class", str(base / "class"), "--output", str(base / "out"),
                           "--jobs", "2", "--time-limit", "40"], capture_output=True, encoding="utf-8", timeout=600,
                          env=os.environ | {"TMPDIR": str(base / "scratch")}, cwd=ROOT)
    rows = csv.DictReader(io.StringIO((base / "out" / "class.csv").read_bytes().decode("utf-8-sig")))
    end = time.monotonic() + 60
    while os.listdir(base / "scratch") and time.monotonic() < end:    # a deep folder is removed when all is over
        time.sleep(0.1)
    html = (base / "out" / "class.html").read_text(encoding="utf-8")
    return done, {row["file"]: row for row in rows}, html, os.listdir(base / "scratch")


@posix
def test_one_bad_entry_costs_nobody_else(run):
    done, rows, _, left = run
    assert done.returncode == 0 and left == [], done.stderr
    assert (rows["honest_02.ipynb"]["passed"], rows["honest_02.ipynb"]["remarks"]) == ("7", "")
    assert (rows["blank_02.ipynb"]["forward_process.snr"], rows["blank_02.ipynb"]["remarks"]) == ("not yet", "")
    assert rows["loop"]["remarks"] == "is a link; hand in the file itself"


@posix
@pytest.mark.parametrize("name, passed, remarks", [
    ("A_ansi_02", "1", "cell 2: Exception: [2J [1;1H ]0;owned all solved"), ("A_badstrcell_02", "1", "cell 2: E"),
    ("A_bigreturn_02", "0", ""), ("A_deepdir_02", "1", ""), ("A_csv_cr_02", "1", "cell 2: =cmd|' /C calc'!A0: x"),
    ("A_forged_nested_02", "1", "cell 2 did not come to an end within 7 seconds of computing and was stopped")])
def test_each_is_called_what_it_is(run, name, passed, remarks):
    _, rows, page, _ = run
    row = rows[f"{name}.ipynb"]
    assert (row["remarks"], row["passed"]) == (remarks, passed)
    if name == "A_bigreturn_02":
        assert "too large to be looked at: a tensor of shape (4000, 4000), 128 MB" in page


@posix
def test_nothing_of_it_acts_on_a_terminal_or_in_a_spreadsheet(run):
    done, rows, page, _ = run
    assert not CONTROL.search(done.stdout) and "\x1b" not in page
    assert all("notebook" in line for line in done.stderr.split("\n") if line), "nothing but how far it is"


@posix
def test_who_was_killed_is_asked_once_more_alone(tmp_path):
    save(with_cells(SOLVED, KILLER), tmp_path / "killer_02.ipynb")
    save(SOLVED, tmp_path / "honest_02.ipynb")
    rows = {row.student: row.report for row in grade_class(tmp_path, jobs=2)}
    assert rows["honest"].complete and rows["honest"].remarks() == [], rows["honest"]
    assert rows["killer"].complete and rows["killer"].remarks() == []


@posix
def test_who_ends_itself_so_is_asked_once_more_and_no_more(tmp_path):
    save({"cells": [code("def snr(alpha_bar): ...")]}, tmp_path / "itself_02.ipynb")
    seen = []
    with with_program("os.kill(os.getpid(), 9)"):
        row, = grade_class(tmp_path, jobs=2, each=lambda rows: seen.append(len(rows)))
    again = "its process was ended from outside, and again when it was graded alone"
    assert seen == [1, 1] and row.report.remarks() == [again, "cell 1 was ended by signal 9 (SIGKILL)"]


# --- broken off ---------------------------------------------------------------------------------------------------

@posix
@pytest.mark.parametrize("name, exit_code", [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_broken_off_it_ends_all_keeps_what_is_done_and_tidies_up(tmp_path, name, exit_code):
    """The workers never answer. Not even a second signal cuts the tidying short."""
    for student in "abc":
        save(SOLVED, tmp_path / "class" / f"{student}.ipynb")
    (tmp_path / "class" / "0.ipynb").write_text("no")
    (tmp_path / "scratch").mkdir()
    worker = program(f"open({str(tmp_path)!r} + '/' + str(os.getpid()), 'w').close()\ntime.sleep(1000)")
    command = (f"from toydiff.grading.process import WorkerProcess\nWorkerProcess.program = {worker!r}\n"
               "import sys\nfrom toydiff.cli import main\nsys.exit(main(sys.argv[1:]))")
    begun = subprocess.Popen([sys.executable, "-c", command, "class", str(tmp_path / "class"), "--jobs", "2",
                              "--output", str(tmp_path / "out")], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=os.environ | {"TMPDIR": str(tmp_path / "scratch")}, text=True, cwd=ROOT)
    try:
        end = time.monotonic() + 120
        while len(pids := [int(path.name) for path in tmp_path.iterdir() if path.name.isdigit()]) < 2 or not (
                tmp_path / "out" / "class.html").exists():
            assert begun.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        begun.send_signal(getattr(signal, name))
        begun.send_signal(getattr(signal, name))
        said = begun.communicate(timeout=60)
    finally:
        begun.kill()
    assert begun.returncode == exit_code and re.search("toydiff: stopped$", said[1].strip()), said
    assert "Traceback" not in said[1]
    assert not any(map(psutil.pid_exists, pids)) and os.listdir(tmp_path / "scratch") == []
    rows = list(csv.DictReader((tmp_path / "out" / "class.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["student"] for row in rows] == ["0"] and (tmp_path / "out" / "class.html").exists()


def test_results_are_told_of_as_they_come(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.ipynb").write_text("no")
    seen = []
    rows = grade_class(tmp_path, jobs=1, each=lambda rows: seen.append([row.student for row in rows]))
    assert seen == [["a"], ["a", "b"], ["a", "b", "c"]] and len(rows) == 3


# --- words ----------------------------------------------------------------------------------------------------------

def nasty_rows():
    """A row for each nasty text, in every place where a submission can put one; some are called alike."""
    made = []
    for text in NASTY * 2:
        results = [Result("forward_process.snr", "contract", text)]
        report = Report(Path(text.replace("/", "")), "02_forward_process", results, {3: text}, text)
        made.append(Row(text, report, text))
    return made + [Row("ann", Report(Path("a.ipynb")), place) for place in ("a/x.ipynb", "b/x.ipynb", "b/x.ipynb")]


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_no_cell_of_the_table_is_a_formula_wherever_a_spreadsheet_cuts(between):
    content = to_csv(nasty_rows()).decode("utf-8-sig")
    assert not CONTROL.search(content)
    for line in csv.reader(io.StringIO(content), delimiter=between):
        for cell in line:
            assert cell.strip(" '\"\ufeff")[:1] not in tuple("=+-@\uff1d") or cell.strip(' "')[:1] == "'", cell


def test_ordinary_words_stay_as_they_are():
    for text in ("ann", "O'Neil", "cell 3: x - y; a = 1", "a, b", "ünï", "𝛼"):
        assert inert(text) == text and tame(text, 100) == text


def test_rows_are_told_apart_and_do_nothing_on_a_terminal():
    rows = nasty_rows()
    names = labels(rows)
    assert len(set(names)) == len(names) and max(map(len, names)) < 120
    said = table(rows) + one(rows[1].report)
    assert not CONTROL.search(said) and max(map(len, said.splitlines())) < 1200


def test_ids_of_the_page_are_unique_and_links_lead_to_them():
    html = page(nasty_rows(), "x")
    ids = re.findall(r" id='([^']*)'", html)
    assert len(ids) == len(set(ids)) == len(nasty_rows()) and set(re.findall(r"href='#([^']*)'", html)) == set(ids)
    assert not CONTROL.search(html)


def test_a_report_does_not_list_more_than_so_many_remarks():
    report = Report(Path("a"), stopped={number: "ended Python" for number in range(1000)})
    assert len(report.remarks()) == 21 and report.remarks()[-1] == "and 980 more"


@pytest.mark.parametrize("seconds, words", [(0, "1 second"), (0.4, "1 second"), (1.4, "1 second"), (2, "2 seconds"),
                                            (29.6, "30 seconds")])
def test_no_span_is_said_to_have_no_seconds(seconds, words):
    assert span(seconds) == words


@pytest.mark.parametrize("text, most, tamed", [
    ("a\x1b[31mb\x9bc", 100, "a [31mb c"), ("a\r\n\tb", 100, "a b"), ("x" * 10, 5, "xxxx…"), (None, 5, ""), ([], 5, ""),
    ("a\u202eb\u2066c\u200bd", 100, "a b c d"), ("\ud800", 5, "\ud800"), ("x" * 10**8, 3, "xx…")])
def test_foreign_words_are_made_one_line_that_does_nothing(text, most, tamed):
    assert tame(text, most) == tamed


# --- files ----------------------------------------------------------------------------------------------------------

def test_what_is_written_does_not_take_the_place_of_what_is_read(tmp_path, capsys):
    from toydiff.cli import main

    path = save(SOLVED, tmp_path / "class" / "n.ipynb")
    os.link(path, tmp_path / "same.ipynb")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.ipynb")}
    for arguments in (["check", path, "--json", path], ["check", path, "--json", tmp_path / "same.ipynb"],
                      ["class", tmp_path / "class", "--output", tmp_path / "class"]):
        assert main([str(argument) for argument in arguments]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert before == {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert json.loads(path.read_text()) == SOLVED
