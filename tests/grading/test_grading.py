"""A class as it is: people who solved it, people who did not, and notebooks that do harm. Each becomes a row."""

import hashlib
import os
import sys
import tempfile

import psutil
import pytest

from toydiff.checks import EXERCISES
from toydiff.grading import grade, grade_class, limits, reading
from toydiff.grading.process import WorkerProcess

from submissions import ROOT, code, notebook, only_code, rewritten, save, source, with_cells, without

SOLVED, STUB = only_code(notebook()), only_code(notebook("exercises"))
NAMES = [name.split(".")[1] for name, exercise in EXERCISES.items() if exercise.notebook == "02_forward_process"]
NO_ROW = "a = schedule.alpha_bar[t]\nreturn (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)"

LINUX = sys.platform == "linux"    # elsewhere nothing keeps a process from taking the memory

# What it tries: to be found right by taking over whatever might look at it.
CHEATS = """
import torch, toydiff.checks, toydiff.checks.engine.ladder as engine
from toydiff.checks.engine.result import Result
Result.passed = property(lambda self: True)
def check(name, function): return Result(name, "passed", "")
toydiff.checks.check = engine.examine = check
engine._contract = engine._properties = engine._worst = lambda *args: None
torch.equal = torch.allclose = torch.Tensor.__eq__ = lambda *args, **options: True
for exercise in toydiff.checks.EXERCISES.values():
    object.__setattr__(exercise, "extra", ())
    object.__setattr__(exercise, "reference", add_noise)
    object.__setattr__(exercise, "measure", lambda answer, args: torch.zeros(1))
"""

# Nothing of this keeps the exercises around it from being right.
ROUGH = ["1 / 0", "def broken(:", "raise KeyboardInterrupt", "import sys; sys.exit(3)", "exit()",
         *(["hog = bytearray(10 << 30)", "hog = torch.ones(10 << 28)"] if LINUX else ["pass", "pass"]),
         "import os, shutil\nfor name in os.listdir('.'):\n"
         "    shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)",
         "for _ in range(100):\n    print('x' * 10**6)\n    os.write(1, b'x' * 10**6)\n    os.write(2, b'x' * 10**6)",
         "!echo > shell.txt", "assert not os.path.exists('shell.txt')", "input('a name: ')",
         "%matplotlib inline\nimport matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()",
         "from toydiff.notebook.explorer import explore; from toydiff import data\nfrom toydiff.notebook import plots\n"
         "explore([1, 2], plots.cloud({1: torch.zeros(1, 2), 2: torch.ones(1, 2)}, 'black'), alt='x')"]

FORKS = """
import os, subprocess, sys, time
sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
forked = os.fork()
if forked == 0:
    time.sleep(600)
open({path!r}, "w").write(f"{{os.getpid()}} {{sleeper.pid}} {{forked}}")
"""


def everything_in(folder):
    return {str(path.relative_to(folder)): path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))}


def steps(report):
    return {result.exercise.split(".", 1)[1]: result.step for result in report.results}


def alive(pids):
    def lives(pid):
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:    # it may end between the two calls
            return False

    return [pid for pid in pids if lives(pid)]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """{student: Report} of a class, graded two at a time."""
    folder, scratch = (tmp_path_factory.mktemp(name) for name in ("class", "scratch"))
    save(SOLVED, folder / "Jane_02_forward.ipynb")
    save(rewritten(SOLVED, add_noise=NO_ROW, alpha_bar="return 1 - beta", cosine_alpha_bar=(
        "f = torch.cos((torch.arange(T + 1).double() / T + offset) / (1 + offset) * math.pi / 2) ** 2\n"
        "return alpha_bar(torch.cat([f.new_zeros(1), 1 - f[1:] / f[:-1]]))")), folder / "02-kofi.ipynb")
    save(with_cells(STUB, CHEATS, "check('forward_process.snr', snr)", at=len(STUB["cells"])),
         folder / "cheat.ipynb")
    save(with_cells(SOLVED, *ROUGH), folder / "rough.ipynb")
    save(with_cells(SOLVED, "while True:\n    pass", "import os; os._exit(0)"), folder / "deadly.ipynb")
    save(rewritten(SOLVED, snr="import os\nos._exit(0)", linear_beta="while True:\n    try:\n        while True: pass\n"
                   "    except BaseException:\n        pass"), folder / "hangs.ipynb")
    os.name == "posix" and save(with_cells(SOLVED, FORKS.format(path=str(scratch / "pids"))), folder / "forks.ipynb")

    lena = folder / "Lena Schmidt"
    lines = source(SOLVED["cells"][1]).replace("import math", "import math\nfrom mine import half, twice")
    mine = rewritten(without(SOLVED, "check("), snr="return TWO * halved(alpha_bar) / (1 - alpha_bar)")
    mine["cells"][:1] = [code(lines), code("TWO = 2\ndef halved(x):\n    return half(x)")]
    save(mine, lena / "deep" / "Untitled1.ipynb")
    (lena / "deep" / "mine.py").write_text("def half(x):\n    return x / 2\n\n\ndef twice(x):\n    return 2 * x\n")
    save(SOLVED, lena / ".ipynb_checkpoints" / "Untitled1-checkpoint.ipynb")

    save(STUB, folder / "untouched.ipynb")
    nb = with_cells(SOLVED, "snr = snr(schedule.alpha_bar)", "def add_noise(x0, t, eps, schedule):\n    return x0",
                    at=len(SOLVED["cells"]))
    nb = without(without(without(nb, "def forward_step("), "def predict_x0("), "def linear_beta(")
    save(with_cells(nb, "from toydiff import forward_step", "def mine(T, first, last):\n    return torch.cat(["
                    "torch.zeros(1), torch.linspace(first, last, T)])\ncheck('forward_process.linear_beta', mine)"),
         folder / "counts.ipynb")
    clinic = only_code(notebook("exercises", "clinic"))
    for cell in clinic["cells"]:
        cell["source"] = source(cell).replace("torch.rand(x.shape", "torch.randn(x.shape")
        for patient, fault in (("1", "g "), ("2", "A")):
            if f'diagnose("clinic.patient_{patient}"' in cell["source"]:
                cell["source"] = cell["source"].replace("fault = ...", f"fault = {fault!r}")
    save(clinic, folder / "clinic.ipynb")

    (folder / "cut.ipynb").write_text('{"cells": [{"cell_type": "co', encoding="utf-8")
    (folder / "binary.ipynb").write_bytes(bytes(range(256)))
    (folder / "empty.ipynb").touch()
    save({"cells": [code("print(1)")]}, folder / "other.ipynb")
    save({"worksheets": []}, folder / "old.ipynb")
    (folder / "nobody").mkdir()

    before, patch = everything_in(folder), pytest.MonkeyPatch()
    children = set(psutil.Process().children())    # a browser for other tests; what it starts meanwhile is its own
    patch.setattr(limits, "CHECK", 4.0)
    patch.setattr(tempfile, "tempdir", str(scratch))
    rows = grade_class(folder, jobs=2, time_limit=48)
    children = set(psutil.Process().children()) - children
    patch.undo()
    found = {row.student: row.report for row in rows} | {"clinic.ipynb": next(
        row.report for row in rows if row.place == "clinic.ipynb")}
    assert len(rows) == len({row.student for row in rows})
    found["(touched)"] = before != everything_in(folder)
    found["(left)"] = [path.name for path in scratch.glob("toydiff-*")]
    found["(children)"] = children
    found["(pids)"] = [int(pid) for pid in (scratch / "pids").read_text().split()] if os.name == "posix" else []
    return found


def test_a_solved_notebook_is_found_solved_under_any_name(graded):
    assert graded["Jane"].complete and graded["Jane"].passed == 7 and graded["Jane"].remarks() == []


def test_checks_are_not_needed_and_own_helpers_constants_and_modules_are_there(graded):
    report = graded["Lena Schmidt"]
    assert report.path.name == "Untitled1.ipynb" and report.notebook == "02_forward_process"
    assert report.complete, report


def test_a_mistake_has_its_name_and_harms_no_one_else(graded):
    """`cosine_alpha_bar` is right, built on an `alpha_bar` that is not: only the wrong ones are found wrong."""
    report = graded["kofi"]
    named = {result.exercise.split(".")[1]: result.mistake for result in report.results if not result.passed}
    assert named == {"alpha_bar": "no_product", "add_noise": "no_row"}
    said = {result.exercise.split(".")[1]: result.message for result in report.results}
    assert "With right functions in the place of `alpha_bar`" in said["cosine_alpha_bar"]


def test_taking_over_the_checks_gains_nothing(graded):
    assert list(steps(graded["cheat"])) == NAMES
    assert graded["cheat"].passed == 0


def test_cells_that_do_harm_become_remarks_and_hide_no_exercise(graded):
    report = graded["rough"]
    assert report.complete, report
    said = {number - 3: remark for number, remark in report.stopped.items()}    # the first of them is cell 3
    assert said[0] == "ZeroDivisionError: division by zero" and said[1].startswith("SyntaxError")
    assert said[2] == "KeyboardInterrupt" and said[3] == "SystemExit: 3" and said[4] == "SystemExit"
    if LINUX:
        assert "more memory than the 4 GB" in said[5] and "more memory than the 4 GB" in said[6]
    assert said[11].startswith("EOFError")
    assert set(said) <= {0, 1, 2, 3, 4, 5, 6, 11}    # prints, deleted files, shell commands and pictures are no trouble


def test_a_cell_that_never_ends_or_ends_python_is_left_out(graded):
    report = graded["deadly"]
    assert report.complete, report
    assert report.stopped[3] == "did not come to an end within 8 seconds of computing and was stopped"
    assert report.stopped[4] == "ended Python"


def test_a_function_that_never_ends_or_ends_python_costs_only_its_own_exercise(graded):
    report = graded["hangs"]
    wrong = {result.exercise.split(".")[1]: result.message for result in report.results if not result.passed}
    assert set(wrong) == {"snr", "linear_beta"}
    assert wrong["snr"] == "When it was called, it ended Python."
    assert "did not come to an end within 4 seconds" in wrong["linear_beta"]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no process groups")
def test_what_a_submission_started_is_ended_with_it(graded):
    assert graded["forks"].complete, graded["forks"]
    assert len(graded["(pids)"]) == 3 and alive(graded["(pids)"]) == []


@pytest.mark.parametrize("student, why", [
    ("cut", "not JSON"), ("binary", "not text"), ("empty", "an empty file"),
    ("other", "none of the course's exercises"), ("old", "no list of cells"), ("nobody", "no notebook in this folder")])
def test_what_is_no_submission_is_a_row_with_its_reason(graded, student, why):
    assert why in graded[student].trouble and graded[student].results == []


def test_nothing_is_left_behind_and_the_originals_are_not_touched(graded):
    assert not graded["(touched)"] and graded["(left)"] == []
    assert graded["(children)"] == set()


def test_an_untouched_exercise_is_not_started(graded):
    assert set(steps(graded["untouched"]).values()) == {"not started"} and graded["untouched"].remarks() == []


def test_the_function_that_counts(graded):
    """A variable or a wrong function of the same name, later on, does not hide a right one; toydiff's own is no answer;
    what has another name counts if it was handed to the check; a function that is not there is said to be missing."""
    missing = dict.fromkeys(["forward_step", "predict_x0"], "not started")
    assert steps(graded["counts"]) == dict.fromkeys(NAMES, "passed") | missing
    said = {result.exercise.split(".")[1]: result.message for result in graded["counts"].results}
    assert "toydiff's own" in said["forward_step"] and "no function `predict_x0`" in said["predict_x0"]


def test_in_the_clinic_naming_the_fault_counts_as_well_as_mending_it(graded):
    """Patient 1 is named and left as it came, 2 is named wrongly, 3 is mended and not named."""
    found = {name: step for name, step in steps(graded["clinic.ipynb"]).items() if step != "not started"}
    assert found == {"patient_1.fault": "passed", "patient_2.fault": "properties", "patient_3": "passed"}


@pytest.fixture(scope="module")
def solutions():
    """{name: Report} of the course's own solutions."""
    return {row.place: row.report for row in grade_class(ROOT / "solutions", jobs=2)}


@pytest.mark.parametrize("name", sorted({exercise.notebook for exercise in EXERCISES.values()}))
def test_every_solution_is_found_solved(solutions, name):
    report = solutions.get(f"{name}_solutions.ipynb")
    if report is None:
        pytest.skip("has no solution yet")
    assert report.notebook == name and report.complete and report.remarks() == [], report


# --- single notebooks -----------------------------------------------------------------------------------

def test_when_the_time_is_used_up_the_rest_is_not_checked(tmp_path, monkeypatch):
    nb = rewritten(SOLVED, alpha_bar="while True: pass")
    monkeypatch.setattr(limits, "CHECK", 100.0)
    report = grade(save(nb, tmp_path / "a.ipynb"), time_limit=6.0)    # less than one check may take
    assert "time of 6 seconds was used up" in report.trouble
    assert steps(report) == dict.fromkeys(NAMES, "not checked") | {"linear_beta": "passed", "alpha_bar": "contract"}


def test_a_slow_start_is_not_taken_for_an_empty_notebook(tmp_path, monkeypatch):
    """The first worker is given no time to load torch; the next one runs the cells as ever."""
    seconds, usual = iter([-limits.GRACE]), limits.START

    def process(*args):
        monkeypatch.setattr(limits, "START", next(seconds, usual))
        return WorkerProcess(*args)

    monkeypatch.setattr(reading, "WorkerProcess", process)
    assert grade(save(SOLVED, tmp_path / "a.ipynb")).complete


def test_where_no_worker_starts_nothing_is_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "START", -limits.GRACE)
    report = grade(save(only_code(notebook(name="clinic")), tmp_path / "a.ipynb"))
    patients = sum(name.startswith("clinic.") for name in EXERCISES)    # two checks each: well? of what ill?
    assert len(report.results) == 2 * patients and set(steps(report).values()) == {"not checked"}
    assert "could not be begun" in report.results[0].message


def test_a_submission_that_answers_nonsense_is_stopped(tmp_path):
    """It finds the way out to the examiner and writes there itself."""
    nb = with_cells(SOLVED, "import os\nfor number in range(3, 20):\n    try:\n        os.write(number, b'x' * 1000)\n"
                    "    except OSError:\n        pass")
    report = grade(save(nb, tmp_path / "a.ipynb"))
    assert report.complete and report.stopped[3].startswith("disturbed the grading")
