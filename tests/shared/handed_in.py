"""Rows as they come of a class, and what may lie in its folder, for the tests of grading."""

import json
import zipfile
from pathlib import Path

from toydiff.checks import Result
from toydiff.cli import main
from toydiff.grading import Report, Row, submission
from toydiff.grading.folder import entries
from toydiff.grading.submission import Unusable

from submissions import code

NB, SNR, NOISE = "02_forward_process", "forward_process.snr", "forward_process.add_noise"
BEGUN = {"cells": [code("def snr(alpha_bar): ...")]}


def row(student, snr, noise, file="a.ipynb", **more):
    """A Row; snr and noise: "passed", "not started", "contract" or the name of a mistake."""
    results = [Result(name, kind if kind in ("passed", "not started", "contract") else "diagnosis", f"About {kind}.",
                      "" if kind in ("passed", "not started", "contract") else kind)
               for name, kind in ((SNR, snr), (NOISE, noise))]
    return Row(student, Report(Path(file), NB, results, **more))


def call(*arguments):
    """Run a command in this process; return its exit code."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return stop.code


def zipped(path, files):
    """Write a zip of {name: content}; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content if isinstance(content, (bytes, str)) else json.dumps(content))
    return path


def found(folder, **more):
    """[(student, place, trouble)] of a folder."""
    return [(entry.student, entry.place, entry.trouble) for entry in entries(folder, **more)]


def trouble(entry):
    """Why an Entry cannot be read, or ""."""
    try:
        return entry.trouble or submission.read(entry.file) and ""
    except Unusable as why:
        return str(why)
