"""The learner's guesses, kept in predictions.json in the notebook's folder and nowhere else.

{question: guess}; once the answer has been on the screen {question: {"guess": guess or null, "late": true or false}}.
"""

import json
from pathlib import Path

from ..support.files import write_whole

RECORD = "predictions.json"


def recorded(question):
    """What is on record for a question: (guess or None, has the answer been seen, was it seen before the guess)."""
    entry = (_whole() or {}).get(question)
    return (entry["guess"], True, entry["late"]) if isinstance(entry, dict) else (entry, False, False)


def keep(question, guess, seen, late):
    """Add a guess to the record; return what kept it from being written, or nothing."""
    record = _whole()
    if record is None:
        return f"{RECORD} is no record of guesses; move it away, and they will be kept"
    record[question] = {"guess": guess, "late": late} if seen else guess
    text = json.dumps(record, indent=1, ensure_ascii=False)
    try:
        write_whole(RECORD, lambda file: file.write(text.encode() + b"\n"))
    except OSError as error:
        return f"{RECORD} cannot be written ({error.strerror or error})"
    return ""


def _whole():
    """The record, empty if there is none, or None if the file cannot be read or is something else."""
    try:
        record = json.loads(Path(RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and all(map(_is_entry, record.values())) else None


def _is_entry(entry):
    if isinstance(entry, dict):
        return entry.keys() == {"guess", "late"} and isinstance(entry["guess"], str | None)
    return isinstance(entry, str)
