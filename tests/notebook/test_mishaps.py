"""What every learner does once: stop a cell, or run one too early. Each is told in a sentence, and on it goes."""

import os
import queue
import shutil
import signal
import time

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from toydiff.notebook import mishaps, progress

from browser import ROOT

SOURCES = ["import math\nboard = math.pi", "two = 2 * board", "def later():\n    local = 1\n    return local"]


@pytest.fixture
def kernel(tmp_path):
    """A kernel as `make lab` starts it, for a notebook; run(source, seen) -> (what it said, its error)."""
    nbformat.write(nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, SOURCES))), tmp_path / "a.ipynb")
    startup = str(ROOT / "tools" / "lab" / "startup.py")
    manager, client = start_new_kernel(cwd=str(tmp_path), startup_timeout=120, env=os.environ | {
        "PYTHONSTARTUP": startup, "PYTHONPATH": str(ROOT), "JPY_SESSION_NAME": "a.ipynb"})

    def run(source, seen=None, after=float("inf")):
        """Run a cell; once it has printed `seen`, or `after` seconds, press the stop button."""
        client.execute(source)
        said, error, began, end = "", None, time.monotonic(), time.monotonic() + 120
        while time.monotonic() < end:
            if time.monotonic() - began > after:
                after = float("inf")
                manager.interrupt_kernel()
            try:
                message = client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                said += content["text"]
                if seen and seen in said:
                    seen = None
                    manager.interrupt_kernel()
            elif message["msg_type"] == "error":
                error = "\n".join(content["traceback"])
            elif message["msg_type"] == "status" and content["execution_state"] == "idle" and message[
                    "parent_header"]["msg_type"] == "execute_request":
                return said, error
        raise TimeoutError(said)

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_cell_that_is_run_too_early_names_the_one_before_it(kernel):
    """Also when nothing of the course is loaded yet, as on the next morning."""
    _, error = kernel("print(board)")
    assert error.startswith("`board` is not there yet. It is made in the cell that begins\n\n    import math\n")
    assert "Traceback" not in error
    _, error = kernel("local")
    assert "Traceback" in error, "made inside of a function: no cell makes it"
    _, error = kernel("never")
    assert "Traceback" in error, "no cell makes it"


def test_a_stopped_run_says_where_and_leaves_what_there_is(kernel):
    loop = ("import time\nfrom toydiff.notebook import progress\ndone = []\n"
            "for i in progress(range(100_000)):\n    done.append(i)\n    time.sleep(0.01)\n"
            "    print('five') if i == 5 else 0")
    said, error = kernel(loop, seen="five")
    assert error is None and "Stopped at step " in said and "of 100,000. Run on with what there is" in said
    said, error = kernel("print(6 <= len(done) < 100_000)")
    assert (said, error) == ("True\n", None)


def test_a_cell_without_a_bar_is_stopped_with_a_sentence_too(kernel):
    said, error = kernel("import time\nprint('begun', flush=True)\ntime.sleep(100)", seen="begun")
    assert error == "Stopped. Run on with what there is, or run this cell again."


def test_a_stop_between_two_statements_is_no_traceback_of_the_shell(kernel):
    """There the shell compiles the next one, and shows what is raised as its own error."""
    said, error = kernel("import signal, sys, time\ndef between(frame, event, value):\n"
                         "    if event == 'return' and frame.f_code.co_name == 'run_code':\n"
                         "        sys.setprofile(None)\n        signal.raise_signal(signal.SIGINT)\n"
                         "sys.setprofile(between)\nprint('next')\ntime.sleep(100)\nprint('over')")
    assert (said, error) == ("next\n", "Stopped. Run on with what there is, or run this cell again.")


def test_a_stop_of_a_cell_that_awaits_leaves_the_kernel_alive(kernel):
    """The kernel cancels such a cell; an interrupt would end the kernel's own loop, and all that is in it is lost."""
    _, error = kernel("import asyncio\nkept = 'kept'\nprint('begun', flush=True)\nawait asyncio.sleep(2)", seen="begun")
    assert error is None or "CancelledError" in error
    assert kernel("print(kept)") == ("kept\n", None)


def test_a_stop_that_is_asked_again_spares_the_beginning_of_the_next_cell():
    """There the kernel has its own handler: the cell would be left without an answer."""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    try:
        mishaps._again(signal.SIGINT)
        time.sleep(0.1)
    except KeyboardInterrupt:
        pytest.fail("the next cell is interrupted before it begins")


def test_a_stop_amid_an_import_waits_for_its_end(kernel, tmp_path):
    """Half a module would break every later cell. Nothing of the course is loaded yet: it is the first that loads."""
    (tmp_path / "slow.py").write_text("import time\nprint('half', flush=True)\ntime.sleep(1)\nwhole = True\n")
    _, error = kernel("import slow, time\ntime.sleep(100)", seen="half")
    assert error == "Stopped. Run on with what there is, or run this cell again."
    assert kernel("print(slow.whole)") == ("True\n", None)


def test_a_stop_while_an_object_goes_is_not_lost(kernel):
    """Python ignores what is raised there, and prints a traceback."""
    said, error = kernel("import time\nclass Slow:\n    def __del__(self):\n        print('going', flush=True)\n"
                         "        time.sleep(1)\nslow = Slow()\ndel slow\ntime.sleep(100)", seen="going")
    assert (said, error) == ("going\n", "Stopped. Run on with what there is, or run this cell again.")


def test_a_notebook_with_each_cell_stopped_early_says_what_to_do(kernel, tmp_path):
    """Wherever the stop comes: a cell works with what there is, or says in a sentence which one to run."""
    shutil.copy(ROOT / "notebooks" / "02_forward_process.ipynb", tmp_path / "a.ipynb")
    sources = [cell.source for cell in nbformat.read(tmp_path / "a.ipynb", 4).cells if cell.cell_type == "code"]
    for source in sources[:2]:
        assert kernel(source)[1] is None
    for source in sources[2:]:
        _, error = kernel(source, after=1.5)
        assert error is None or error.startswith("Stopped. ") or " is not there yet. It is made in " in error, source


def test_inside_of_another_bar_a_run_ends_whole_and_the_outer_one_stops(capsys):
    """Else a walk that was cut short would pass for one that arrived."""
    walks = []
    for start in progress(range(3), what="start"):
        walks.append(list(progress(range(5))))
        if start == 1:
            signal.raise_signal(signal.SIGINT)
            walks.append(list(progress(range(5))))
    assert walks == [list(range(5))] * 3
    assert "Stopped at start 2 of 3. " in capsys.readouterr().out

    with pytest.raises(KeyboardInterrupt):    # the second one interrupts
        for _ in progress(range(3)):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
