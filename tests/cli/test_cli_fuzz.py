"""The command line with whatever may be typed after it: never a traceback, never a file left half written.

Commands and options are those that the parser has. Every run has small numbers first; what is drawn comes after them
and wins. Exit codes: 0 done, 2 wrong use with one line on stderr, and 1 for `check` where an exercise is unsolved.
"""

import contextlib
import io
import os
import shutil

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from toydiff import checkpoint
from toydiff.cli import _parser, main

COMMANDS = next(action.choices for action in _parser()._actions if action.choices)
SMALL = {"--steps": "2", "--batch-size": "3", "--hidden": "2", "--timesteps": "3", "-n": "4", "--time-limit": "1",
         "--jobs": "1"}

# No number here is both allowed and large: those are other tests.
WORDS = ["", " ", "-", "--", "0", "1", "2", "3", "007", "-1", "1.5", "1e3", "1e-320", "nan", "-inf", "2147483648",
         "9" * 30, "9" * 5000, "٣", "１", "0x10", "1_0", "\n", "a\nb", "é𝕏", "\x00", "\udcff", "%s", "{}", "None",
         "@file", "cpu", "CPU", "cpu:7", "cuda", "cuda:99", "meta", "mps", "linear", "cosine", "reference", "optimal",
         "posterior", "beta",
         "FeatureMLP", "ReferenceMLP"]
PATHS = ["board.pt", "cut.pt", "junk.pt", "empty", "text", "folder", "folder/new/a.pt", "new/deep/a.pt",
         "junk.pt/below", "null",
         "dangling", "loop", "", ".", "folder/../folder", "text/../x", "empty/a", "a" * 300, "new\n.pt", "é𝕏.pt",
         "zero\x00.pt", "\udcff.pt", "x.ipynb", "x.npy", "-", "~"]

# Nothing drawn may lead out of the room: no `/` and no `..`.
words = st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_characters="./\\~")),
                  st.integers(-5, 3).map(str))
paths = st.one_of(st.sampled_from(PATHS), st.sampled_from(PATHS), words)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = tmp_path_factory.mktemp("trained") / "board.pt"
    assert run(["train", "--steps", "2", "--batch-size", "3", "--hidden", "2", "--timesteps", "3", "--checkpoint",
                str(path)])[0] == 0
    return path.read_bytes()


def run(arguments):
    """Run a command in this process; return its exit code and what it said on stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = stop.code
    return code, out.getvalue(), err.getvalue()


@contextlib.contextmanager
def room(place, trained, junk):
    """A folder with a good checkpoint, broken ones, a folder, links, a pipe; the working directory while it lasts."""
    shutil.rmtree(place, ignore_errors=True)
    (place / "folder").mkdir(parents=True)
    for name, content in {"board.pt": trained, "cut.pt": trained[:len(trained) // 2], "junk.pt": junk, "empty": b"",
                          "text": b"toydiff checkpoint 1\n", "x.ipynb": b"{}"}.items():
        (place / name).write_bytes(content)
    if os.name != "nt":
        (place / "null").symlink_to("/dev/null")
        (place / "dangling").symlink_to("nowhere")
        (place / "loop").symlink_to("loop")
    before = os.getcwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)


def everything_in(place):
    return {path.relative_to(place).as_posix(): path.read_bytes() if path.is_file() and not path.is_symlink() else None
            for path in place.rglob("*")}


def whole(path):
    """Whether a file that a command left is one that its reader can read."""
    start = path.read_bytes()[:6]
    if start.startswith(b"\x93NUMPY"):
        return np.load(path).shape[1] == 2
    if start.startswith(b"toydif"):
        return checkpoint.load(path) is not None
    if start.startswith((b"\x89PNG", b"GIF8")):
        return path.read_bytes().endswith((b"IEND\xaeB`\x82", b";"))
    return start.decode().isprintable() or path.suffix in (".csv", ".html", ".json")


@st.composite
def command_lines(draw):
    """A command, small numbers, paths where paths are wanted, then a few more of its options, often repeated."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    actions = [action for action in COMMANDS[name]._actions if action.dest != "help"]
    takes_path = {action.dest for action in actions if getattr(action.type, "__name__", "") == "Path"}
    line = [name]
    for action in actions:
        option = action.option_strings[-1] if action.option_strings else None
        if option in SMALL:
            line += [option, SMALL[option]]
        elif action.dest in takes_path and (option is None or action.required or draw(st.booleans())):
            line += ([option] if option else []) + [draw(st.sampled_from(PATHS[:12]) if draw(st.booleans()) else paths)]
    for action in draw(st.lists(st.sampled_from(actions), max_size=3)):
        value = [draw(paths if action.dest in takes_path else words)] if action.nargs != 0 else []
        option = action.option_strings[:1]
        line += [f"{option[0]}={value[0]}"] if option and value and draw(st.booleans()) else [*option, *value]
    line += draw(st.lists(words, max_size=1)) if draw(st.integers(0, 9)) == 0 else []
    return line


@given(command_lines(), st.binary(max_size=50))
@example(["sample", "-n", "2", "--checkpoint", "board.pt", "--output", "null"], b"")
@example(["train", *"--steps 2 --timesteps 3 --hidden 2 --checkpoint loop".split()], b"")
@example(["train", *"--steps 2 --hidden 2 --timesteps 20000 --checkpoint a.pt".split()], b"")
@example([], b"")
def test_done_or_one_line_and_nothing_half_written(trained, tmp_path_factory, arguments, junk):
    place = tmp_path_factory.getbasetemp() / "room"
    with room(place, trained, junk):
        before = everything_in(place)
        code, _, said = run(arguments)
        after = everything_in(place)
    check = arguments[:1] == ["check"]
    assert code in ((0, 1, 2) if check else (0, 2)), (code, said)
    assert "Traceback" not in said
    if code == 2:
        complaint = [line for line in said.splitlines() if line.startswith("toydiff")]
        assert len(complaint) == 1 and said.rstrip().endswith(complaint[0]) and len(complaint[0]) < 6000, said
        assert after == before, "something was left behind"
    else:
        assert not [name for name in after if name.endswith((".part", ".lock", ".unfinished"))]
        for name in after:
            if after[name] is not None and after[name] != before.get(name):
                assert whole(place / name), name


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("command", [["sample", "-n", "2", "--checkpoint", "board.pt", "--output", "pipe"],
                                     ["train", "--steps", "2", "--checkpoint", "pipe"]], ids=" ".join)
def test_no_file_takes_the_place_of_a_pipe_or_a_device(trained, tmp_path, command):
    """Written whole means renamed: as root that would put a file where /dev/null was."""
    with room(tmp_path / "room", trained, b""):
        os.mkfifo("pipe")
        code, _, said = run(command)
        assert code == 2 and "is a device or a pipe" in said and not os.path.isfile("pipe")


def test_the_commands_are_those_of_the_parser():
    assert {"train", "sample", "evaluate", "visualize"} <= set(COMMANDS)
