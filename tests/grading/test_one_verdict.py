"""Check cell and grader say the same of a function: whatever stands around it, and whatever comes after it."""

import os
import signal
import time

import numpy
import pytest
import torch

from toydiff.checks import EXERCISES, check
from toydiff.checks.engine import guard
from toydiff.grading import grade_class
from toydiff.grading.process import WorkerProcess

from solution_functions import SOLUTIONS, STATIONS, built
from submissions import ROOT, notebook, only_code, save, with_cells
from verdicts import habits, live, saved

FAULTS = ROOT / "tests" / "faults"
NB = "02_forward_process"
IMPORTS = "import math, torch\nfrom toydiff.checks import check"
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the learner's side is forked for each notebook")

WRONG = {    # each fails in a way of its own; what it says is to be the same
    "linear_beta": "return torch.linspace(first, last, T)",
    "alpha_bar": "class Silent(Exception):\n        def __str__(self): 1 / 0\n    raise Silent",
    "cosine_alpha_bar": "print(T)",
    "snr": "exit()",
    "forward_step": "x_prev *= 2\n    return x_prev",
    "add_noise": "a = schedule.alpha_bar[t]\n    return (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)",
    "predict_x0": "return [xt.tolist(), {'xt': xt}, input()]",
}
ODD = """import einops
def snr(alpha_bar):
    return einops.rearrange(alpha_bar / (1 - alpha_bar), "t -> t")"""


def wrong():
    """A notebook of functions that are all wrong."""
    made = [IMPORTS]
    for name, body in WRONG.items():
        head = SOLUTIONS[f"forward_process.{name}"].split("\n")[0]
        made += [f"{head}\n    {body}", f"check('forward_process.{name}', {name})"]
    return made


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """{name: Report} of a class of notebooks with habits, of tests/faults, and of a few more."""
    folder = tmp_path_factory.mktemp("class")
    for name in STATIONS:
        saved(habits(name), folder / f"habits_{name}.ipynb")
    evening = habits(NB)
    (folder / "in_one_cell.py").write_text("\n".join(evening), encoding="utf-8")
    saved(wrong(), folder / "wrong.ipynb")
    saved([IMPORTS, ODD, "linear_beta = 3\ncheck('forward_process.linear_beta', 3)",
           *(f"def alpha_bar(beta): return {i} * beta" for i in range(30)), SOLUTIONS["forward_process.alpha_bar"],
         "for _ in range(1000): check('forward_process.alpha_bar', alpha_bar)",
         "while True: check('forward_process.alpha_bar', lambda beta: beta)"], folder / "odd.ipynb")
    required = ("check('forward_process.snr', snr).require()\n"
                "assert not check('forward_process.snr', lambda alpha_bar: alpha_bar)")
    save(with_cells(only_code(notebook()), required, at=12), folder / "require.ipynb")
    for path in FAULTS.glob("*.ipynb"):
        (folder / path.name).write_bytes(path.read_bytes())
    return {row.place.split(".")[0]: row.report for row in grade_class(folder, jobs=2)}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """{file: {exercise: what its check cells say}} of the same, for those who run them."""
    folder = tmp_path_factory.mktemp("live")
    return live([*(saved(habits(name), folder / f"{name}.ipynb") for name in STATIONS),
                 saved(wrong(), folder / "wrong.ipynb")])


@needs_fork
def test_after_an_evening_both_say_that_all_is_solved(graded, said):
    for name in STATIONS:
        count = sum(exercise.notebook == name for exercise in EXERCISES.values())
        assert len(said[f"{name}.ipynb"]) == count
        assert {step for results in said[f"{name}.ipynb"].values() for step, *_ in results} == {"passed"}, name
        assert graded[f"habits_{name}"].complete, graded[f"habits_{name}"]


@needs_fork
def test_of_what_is_wrong_both_say_the_same(graded, said):
    assert len(said["wrong.ipynb"]) == len(WRONG)
    for result in graded["wrong"].results:
        assert [result.step, result.message, result.mistake] == said["wrong.ipynb"][result.exercise][0]


@pytest.mark.parametrize("name, remarks", [
    ("A1_helper_redefined", []), ("A3_density_reused_3x", []), ("B1_right_then_three_wrong", []),
    ("D1_breakpoint_left", []), ("compile_snr", []),
    ("A3_name_reused_1x", ["cell 2: ImportError: cannot import name 'plots'"]),
    ("B3_import_einops_first", ["cell 2: ModuleNotFoundError: No module named 'einops'"]),
    ("B3_mpl_widget_first", ["cell 2: RuntimeError: 'widget' is not a"]), ("in_one_cell", []),
    ("require", [])])    # `check` answers as the examiner has found it, so that `.require()` costs no later line
def test_what_comes_before_and_after_costs_a_right_function_nothing(graded, name, remarks):
    report = graded[name]
    assert report.complete, report
    assert len(report.remarks()) == len(remarks)
    assert all(said.startswith(start) for said, start in zip(report.remarks(), remarks))


def test_the_cause_is_named_a_value_is_no_function_and_a_right_one_is_found_behind_very_many(graded):
    said = {result.exercise.split(".")[1]: (result.step, result.message) for result in graded["odd"].results}
    assert "name 'einops' is not defined" in said["snr"][1]
    assert said["snr"][1].endswith("(its import failed in cell 2: ModuleNotFoundError: No module named 'einops')")
    assert said["linear_beta"] == (
        "not started", "There is no function `linear_beta` in this notebook, only a value of type int.")
    assert said["alpha_bar"][0] == "passed"


def test_who_checks_for_ever_holds_up_nobody(graded):
    assert list(graded["odd"].stopped) == [2, 36] and "too many questions" in graded["odd"].stopped[36]


# --- settings -------------------------------------------------------------------------------------------------

SETTINGS = {
    "float64": (lambda: torch.set_default_dtype(torch.float64), lambda: torch.set_default_dtype(torch.float32),
                lambda: torch.get_default_dtype() == torch.float64),
    "no gradient": (lambda: torch.set_grad_enabled(False), lambda: torch.set_grad_enabled(True),
                    lambda: not torch.is_grad_enabled()),
    "another device": (lambda: torch.set_default_device("meta"), lambda: torch.set_default_device(None),
                       lambda: torch.zeros(1).is_meta),
    "half precision": (lambda: torch.set_autocast_enabled("cpu", True),
                       lambda: torch.set_autocast_enabled("cpu", False), lambda: torch.is_autocast_enabled("cpu")),
    "rough products": (lambda: torch.set_float32_matmul_precision("medium"),
                       lambda: torch.set_float32_matmul_precision("highest"),
                       lambda: torch.get_float32_matmul_precision() == "medium"),
    "errors": (lambda: numpy.seterr(all="raise"), lambda: numpy.seterr(all="warn"),
               lambda: numpy.geterr()["over"] == "raise"),
    "anomalies": (lambda: torch.autograd.set_detect_anomaly(True), lambda: torch.autograd.set_detect_anomaly(False),
                  torch.is_anomaly_enabled),
}


@pytest.mark.filterwarnings("ignore:Anomaly")
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_as_usual_while_a_function_is_asked_and_as_they_were_afterwards(name):
    functions = {exercise: built(exercise) for exercise in EXERCISES}
    put, back, holds = SETTINGS[name]
    put()
    try:
        failed = [exercise for exercise, function in functions.items() if not check(exercise, function)]
        assert failed == [] and holds()
    finally:
        back()


def test_in_inference_mode_as_well():
    functions = {exercise: built(exercise) for exercise in EXERCISES}
    with torch.inference_mode():
        assert [exercise for exercise, function in functions.items() if not check(exercise, function)] == []
        assert torch.is_inference_mode_enabled()


def test_in_a_notebook_as_well_no_debugger_opens_and_nobody_is_asked(monkeypatch):
    def opened(*args):
        raise AssertionError

    monkeypatch.setattr("sys.breakpointhook", opened)
    monkeypatch.setattr("bdb.Bdb.set_trace", opened)
    monkeypatch.setattr("builtins.input", opened)

    def snr(alpha_bar):
        import pdb
        breakpoint()
        pdb.Pdb().set_trace()    # pdb's own function is pytest's here
        return alpha_bar / (1 - alpha_bar)

    assert check("forward_process.snr", snr)
    assert "EOFError: there is nobody to ask" in check("forward_process.snr", lambda alpha_bar: input()).message
    with pytest.raises(AssertionError):
        input()


# --- seconds ------------------------------------------------------------------------------------------------------

def busy(seconds):
    """Compute for so long."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return seconds


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer here")
def test_seconds_are_those_of_computing_and_waiting_has_an_end_too():
    assert guard.within(lambda: time.sleep(0.6), 0.4) is None    # as if others had the processor
    for work in (lambda: busy(10), lambda: time.sleep(100)):
        with pytest.raises(guard.TimeUp):
            guard.within(work, 0.3)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer here")
def test_what_is_done_aside_takes_no_time_and_has_a_time_of_its_own():
    def work():
        with guard.aside():
            busy(0.5)
            with pytest.raises(guard.TimeUp):
                guard.within(lambda: busy(10), 0.2)
        return busy(10)

    with pytest.raises(guard.TimeUp):
        guard.within(work, 0.3)
    assert guard.within(lambda: guard.aside().__enter__() or 5, 0.3) == 5
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


# --- a cell, statement by statement ---------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def worker():
    with WorkerProcess() as process:
        process.ask(100, "begin", NB)
        yield process


def run(worker, source):
    """What a cell sends: (its error, the names that were not imported)."""
    reply = worker.ask(100, "run", source, 100.0)
    assert not reply["late"]
    return reply["error"], sorted(reply["lost"])


@pytest.mark.parametrize("source, error, lost", [
    ("a = 1\nb = 2; c = 3\n@staticmethod\ndef d():\n    '''x\n    y'''\nassert (a, b, c) == (1, 2, 3) and d", "", []),
    ("import nothing1, math\nfrom math import nothing2, sqrt as root\nassert math.pi > 3 and root(4) == 2",
     "ModuleNotFoundError: No module named 'nothing1'", ["nothing1", "nothing2"]),
    ("%no_such_magic\ne = 1", "UsageError: Line magic function `%no_such_magic` not found.", []),
    ("%%no_such_magic with words\nf = e + 1", "there is no magic %%no_such_magic", []),
    ("%%time\nimport nothing3\ng = f + 1", "ModuleNotFoundError: No module named 'nothing3'", ["nothing3"]),
    ("assert g == 3\n1 / 0\nh = 1\n[][1]", "ZeroDivisionError: division by zero", []),
    ("raise SystemExit(2)\nh = 2", "SystemExit: 2", []), ("assert h == 1", "", []), ("# nothing", "", []), ("", "", []),
    ("i = 1\ndef broken(:", "SyntaxError: invalid syntax (line 2)", []),
    ("i", "NameError: name 'i' is not defined", []),
    ("import asyncio\nawait asyncio.sleep(0)\nj = await asyncio.sleep(0, 5)", "", []), ("assert j == 5", "", []),
    ("torch = __import__('torch'); torch.manual_seed(0); k = torch.rand(1)", "", []),
    ("torch.manual_seed(0)", "", []), ("assert torch.equal(k, torch.rand(1))", "", []),
    ("breakpoint()\nimport pdb; pdb.set_trace()\n%pdb on\n%debug\nl = 1", "", []), ("assert l == 1", "", []),
    ("class E(Exception):\n    def __str__(self): raise KeyError('no')\nraise E()", "E", []),
    ("def later():\n    1 / 0", "", []),
])
def test_a_line_that_fails_costs_itself_alone(worker, source, error, lost):
    assert run(worker, source) == (error, lost)


@pytest.mark.parametrize("source", [
    "!touch {0}", "x = !touch {0}", "%sx touch {0}", "%system touch {0}", "%%bash\ntouch {0}", "%%sh\ntouch {0}",
    "%%script bash\ntouch {0}", "%%system\ntouch {0}", "%%!\ntouch {0}", "%%python\nopen('{0}', 'w')",
    "%%python3\nopen('{0}', 'w')", "%%script python\nopen('{0}', 'w')", "%alias t touch\n%t {0}", "%edit {0}",
    "%mkdir {0}", "get_ipython().system('touch {0}')", "%%perl\nopen(F, '>{0}')", "%%ruby\nFile.write('{0}', '')"])
def test_no_other_program_is_run(worker, tmp_path, source):
    run(worker, source.format(tmp_path / "touched"))
    assert list(tmp_path.iterdir()) == []


def test_an_error_shows_its_own_line_of_a_long_cell(worker):
    reply = worker.ask(100, "run", "x = 1\n\n\ndef snr(alpha_bar):\n    y = 2\n    return y / 0", 100.0)
    assert reply["offer"] == "forward_process.snr" and reply["fits"] and reply["own"]
    asked = worker.ask(100, "answer", "forward_process.snr", reply["which"], 0, 10.0)
    assert asked["error"] == ["ZeroDivisionError", "ZeroDivisionError: division by zero, in the line `return y / 0`"]
    done = worker.ask(100, "resume", {"exercise": "x", "step": "passed", "message": ""})
    assert done["error"] == "" and not done["late"]
