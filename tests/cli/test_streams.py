"""What is said on the terminal is never worth the work: streams that are full, closed, broken or poor in letters."""

import errno
import io
import os
import signal
import subprocess
import sys

import pytest

from toydiff import checkpoint
from toydiff.cli import main, running

from train_process import TINY, posix

TRAIN = [sys.executable, "-m", "toydiff", "train", "--steps", "20", *TINY, "--checkpoint"]
LOST = "toydiff: not all could be written to standard output: "


@posix
@pytest.mark.parametrize("out, error, said", [
    ("/dev/full", None, [LOST + os.strerror(errno.ENOSPC)]),
    ("/dev/full", "/dev/full", None),
], ids=["stdout", "both"])
def test_a_full_device_costs_the_words_and_not_the_model(tmp_path, out, error, said):
    path = tmp_path / "board.pt"
    with open(out, "w") as full, open(error or tmp_path / "said", "w") as said_here:
        assert subprocess.run([*TRAIN, path], stdout=full, stderr=said_here).returncode == 2
    assert checkpoint.load(path).recipe["steps"] == 20
    if said:
        assert (tmp_path / "said").read_text().splitlines()[-1:] == said


@posix
def test_a_reader_who_has_gone_costs_the_words_and_not_the_model(tmp_path):
    path, (read, write) = tmp_path / "board.pt", os.pipe()
    os.close(read)    # as after `| head -1`, at once
    done = subprocess.run([*TRAIN, path], stdout=write, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and done.stderr.splitlines()[-1] == LOST + os.strerror(errno.EPIPE)
    assert checkpoint.load(path).recipe["steps"] == 20


@posix
def test_streams_that_were_closed_are_no_fault(tmp_path):
    """And no file that is opened later takes their numbers, into which torch's own messages would go."""
    path = tmp_path / "board.pt"
    done = subprocess.run(["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *TRAIN, path])
    assert done.returncode == 0 and checkpoint.load(path).recipe["steps"] == 20


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_without_the_letters_gets_question_marks(tmp_path, monkeypatch, encoding):
    out, error = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", error)
    assert main(["train", "--steps", "5", *TINY, "--checkpoint", str(tmp_path / "Zoë….pt")]) == 0
    assert main(["evaluate", "--checkpoint", str(tmp_path / "ж.pt")]) == 2
    said = out.buffer.getvalue().decode(encoding)
    assert "beta=" in said and ("beta=0.0001…" if encoding == "cp1252" else "beta=0.0001?") in said
    assert "Model saved to" in said and "there is no checkpoint" in error.buffer.getvalue().decode(encoding)


def test_a_voice_drops_what_it_cannot_say_and_keeps_the_first_reason():
    class Broken(io.StringIO):
        def write(self, text):
            raise OSError(errno.EIO, "Input/output error" if "first" in text else "another")

    voice = running.Voice(Broken())
    assert voice.write("first") == 5 and voice.write("second") == 6
    voice.flush()
    assert voice.lost == "Input/output error"
    closed = io.StringIO()
    voice = running.Voice(closed)
    closed.close()
    voice.write("too late")
    assert voice.lost == "I/O operation on closed file"


@posix
@pytest.mark.parametrize("module", ["torch", "toydiff.cli"])
def test_ctrl_c_while_the_command_is_loaded_is_no_traceback(module):
    """Sent when the loading of a module begins; a shell reports a process that SIGINT has ended as 130."""
    program = f"""
import os, signal, sys
from toydiff_command import main
class AtTheImport:
    def find_spec(name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, AtTheImport)
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def test_the_loaded_command_hears_ctrl_c_as_before(capsys):
    from toydiff_command import main as command

    heard = signal.getsignal(signal.SIGINT)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(sys, "argv", ["toydiff", "--help"])
        command()
    assert signal.getsignal(signal.SIGINT) is heard and "toydiff train" in capsys.readouterr().out
