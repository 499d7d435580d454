"""A large class: stopped and gone on with, in parts on several machines, joined. Workers without torch stand in."""

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from toydiff.cli import main
from toydiff.grading import saved
from toydiff.grading.classroom import in_order
from toydiff.grading.folder import Entry

from handed_in import row
from submissions import ROOT, code, save

posix = pytest.mark.skipif(os.name == "nt", reason="signals that Windows lacks")
# `toydiff class` whose workers know nothing, and which notes each notebook that it begins with
COMMAND = """
import sys, time
sys.path[:0] = sys.argv[1].split(":")
from fake_worker import with_program
from toydiff.cli import main
from toydiff.grading import classroom
usual = classroom.grade
def grade(file, *more):
    with open(sys.argv[2], "a") as asked:
        asked.write(file.path.name + "\\n")
    time.sleep(float(sys.argv[3]))
    return usual(file, *more)
classroom.grade = grade
with with_program("reply({})"):
    sys.exit(main(sys.argv[4:]))
"""


def begin(folder, seconds, *arguments):
    """Start `toydiff class` on folder/class, each notebook at least so many seconds; folder/asked lists them."""
    command = [sys.executable, "-c", COMMAND, f"{ROOT}:{ROOT / 'tests' / 'shared'}", folder / "asked", seconds,
               "class", folder / "class", "--output", folder / "out", *arguments]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def asked(folder):
    """The notebooks that were begun with, each as often as it was."""
    return (folder / "asked").read_text().split() if (folder / "asked").exists() else []


def students(path):
    """The students in a class.csv."""
    return [line["student"] for line in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())]


def make_class(folder, count):
    """A folder of so many submissions, named 00.ipynb …, no two alike."""
    for i in range(count):
        save({"cells": [code(f"x = {i}"), code("def snr(alpha_bar): ...")]}, folder / "class" / f"s{i:02d}.ipynb")
    return [f"s{i:02d}.ipynb" for i in range(count)]


@posix
def test_killed_and_resumed_nothing_that_was_done_is_asked_twice(tmp_path):
    """SIGKILL when four are written: they are not asked again. A line that was torn, and a changed notebook, are."""
    names, journal = make_class(tmp_path, 9), tmp_path / "out" / saved.UNFINISHED
    run = begin(tmp_path, 0.3, "--jobs", "2")
    end = time.monotonic() + 600
    while not journal.exists() or journal.read_text().count("\n") < 5:
        assert time.monotonic() < end and run.poll() is None, run.communicate()
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    done = [json.loads(line)["place"] for line in journal.read_text().split("\n")[1:-1]]
    assert 4 <= len(done) < 9
    (tmp_path / "asked").unlink()
    journal.write_text(journal.read_text() + '{"key": "s0')    # torn in the middle of a write
    save({"cells": [code("def snr(alpha_bar): return 1")]}, tmp_path / "class" / done[0])

    out, err = (again := begin(tmp_path, 0, "--jobs", "2")).communicate(timeout=600)
    assert again.returncode == 2 and "was not graded to its end" in err and "--resume" in err and asked(tmp_path) == []
    out, err = (again := begin(tmp_path, 0, "--jobs", "2", "--resume")).communicate(timeout=600)
    assert again.returncode == 0, err
    assert sorted(asked(tmp_path)) == sorted([*(set(names) - set(done)), done[0]])
    assert students(tmp_path / "out" / "class.csv") == [name.removesuffix(".ipynb") for name in names]
    assert not journal.exists() and (tmp_path / "out" / saved.NAME).exists()

    (tmp_path / "asked").unlink()    # all is there: another format costs no question
    out, err = (again := begin(tmp_path, 0, "--resume", "--format", "json")).communicate(timeout=600)
    assert again.returncode == 0 and asked(tmp_path) == [], err
    assert len(json.loads((tmp_path / "out" / "json_class.json").read_text())) == 9


def test_two_processes_grade_a_part_each_and_the_join_is_the_class(tmp_path, capsys):
    names = make_class(tmp_path, 7)
    runs = [begin(tmp_path, 0, "--part", f"{number}/2", "--jobs", "1") for number in (1, 2)]
    assert main(["join", str(tmp_path / "class")]) == 2    # no parts there
    for run in runs:
        out, err = run.communicate(timeout=600)
        assert run.returncode == 0 and "toydiff" in out and "join" in out, err
    assert sorted(asked(tmp_path)) == names
    rows = in_order(saved.join(tmp_path / "out"))
    assert [row.place for row in rows] == names
    capsys.readouterr()
    assert main(["join", str(tmp_path / "out"), "--format", "csv,moodle"]) == 0
    assert "02_forward_process" in capsys.readouterr().out
    assert students(tmp_path / "out" / "csv_class.csv") == [name.removesuffix(".ipynb") for name in names]

    whole = begin(tmp_path, 0, "--format", "csv,moodle", "--jobs", "2")    # the same as at one go
    joined = {name: (tmp_path / "out" / name).read_bytes() for name in ("csv_class.csv", "moodle_worksheet.csv")}
    assert whole.wait(600) == 0
    assert joined == {name: (tmp_path / "out" / name).read_bytes() for name in joined}


def part(folder, number, of=2, **about):
    """A part as it lies on the disk."""
    folder.mkdir(parents=True)
    about = {"toydiff": "1", "time_limit": 180.0, "part": f"{number}/{of}", "entries": 4, **about}
    (folder / saved.NAME).write_text(json.dumps(about) + "\n")


@pytest.mark.parametrize("parts, why", [
    ({"a": {"number": 1, "of": 3}}, "lacks the parts 2/3, 3/3"),
    ({"a": {"number": 1}, "b": {"number": 1}}, "part 1/2 is there twice"),
    ({"a": {"number": 1}, "b": {"number": 2, "entries": 5}}, "parts of different classes"),
    ({"a": {"number": 1}, "b": {"number": 2, "toydiff": "2"}}, "graded otherwise"), ({}, "holds no part of a class")])
def test_parts_that_do_not_belong_together_are_not_joined(tmp_path, parts, why):
    for name, about in parts.items():
        part(tmp_path / name, **about)
    with pytest.raises(ValueError, match=why):
        saved.join(tmp_path)


def test_a_part_that_has_not_ended_is_not_joined(tmp_path):
    part(tmp_path / "a", 1)
    part(tmp_path / "b", 2)
    (tmp_path / "b" / saved.NAME).rename(tmp_path / "b" / saved.UNFINISHED)
    with pytest.raises(ValueError, match="b has not ended"):
        saved.join(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[1]\n", '{"a": 1}\n{}\n', "\xff"])
def test_a_file_that_holds_no_results_is_said_to_be_so(tmp_path, content):
    path = tmp_path / saved.NAME
    path.write_text(content, encoding="latin-1")
    with pytest.raises(ValueError, match="holds no results of a class"):
        saved.read(path)


def test_what_was_graded_otherwise_is_not_gone_on_with(tmp_path):
    saved.Journal(tmp_path, {"time_limit": 180.0}).close(complete=True)
    with pytest.raises(ValueError, match="was made with time_limit 180.0, not 60.0"):
        saved.Journal(tmp_path, {"time_limit": 60.0}, resume=True)


def test_a_row_is_the_same_after_it_was_written_and_read():
    made = row("ann \udcff", "passed", "no_row", stopped={7: "NameError"}, seconds=1.5)
    assert saved.from_dict(json.loads(json.dumps(saved.to_dict(made)))) == made


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "1/2/3", "1/"])
def test_a_part_that_is_none_is_refused(tmp_path, capsys, text):
    with pytest.raises(SystemExit):
        main(["class", str(tmp_path), "--part", text])
    assert "no part such as 2/5" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a disk that is always full")
def test_a_full_disk_names_the_journal(tmp_path):
    journal = saved.Journal(tmp_path, {"time_limit": 180.0})
    journal.file.close()
    journal.file = open("/dev/full", "w")
    with pytest.raises(OSError, match="No space left") as caught:
        journal.note(Entry("ann", "a.ipynb"), row("ann", "passed", "passed"))
    with contextlib.suppress(OSError):    # the words are still in its buffer
        journal.file.close()
    assert caught.value.filename == str(journal.path)
