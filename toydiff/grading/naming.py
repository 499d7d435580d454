"""Whose is it? What is left of a file's name when the course's own words are taken out of it, and nothing else."""

import re
import unicodedata

from ..checks import EXERCISES

MOODLE = re.compile(r"(?P<name>[^/]+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)")
# the sortable name in small letters, perhaps LATE, the numbers of the student and of the file, the file's own name
CANVAS = re.compile(r"(?P<name>[^\W_]\w*?)_(?:LATE_)?(?P<number>\d{2,})_\d{3,}_"
                    r"|(?:LATE_)?(?P<none>anon_[^\W_]+)_\d{3,}_")
COPY = re.compile(r"(?i)^(?:copy|kopie|copie|copia|kopia|cópia) (?:of|von|de|di|van|av)\s+|[-_ ]copy\d*$| ?\(\d+\)$|"
                  r"\.ipynb$")    # Colab's and Jupyter's words for a second file, and a browser's
KINDS = {"exercise", "exercises", "solution", "solutions"}
GROUPS = {"group", "gruppe", "groupe", "grupo", "gruppo", "team", "pair", "student", "user", "class", "section"}
FORMER = {"06_evaluation": ["06_how_good_is_it"], "clinic": ["07_clinic"]}    # as the files were once called
STATIONS = sorted({exercise.notebook for exercise in EXERCISES.values()})


def student(stem, notebook):
    """Return whose a file is by its name without ending: the whole name, where that is all the course's own."""
    return of_learning_platform(stem) or without_station(stem, notebook) or _plain(stem) or stem


def of_learning_platform(name):
    """Return the student in a name as Moodle or Canvas makes it, else ""."""
    found = MOODLE.match(name) or CANVAS.match(name)
    return found["name"] or found["none"] if found else ""


def moodle_number(place):
    """Return the number of a student in a place as Moodle makes it, which its worksheet calls Identifier; else ""."""
    return _number(MOODLE, place)


def canvas_number(place):
    """Return the number of a student in a place as Canvas makes it, else ""."""
    return _number(CANVAS, place)


def _number(pattern, place):
    return next((found["number"] or "" for found in map(pattern.match, place.split("/")) if found), "")


def last_number(text):
    """Return the digits at the end of a text, such as "Participant 12", else ""."""
    return re.search(r"\d*\Z", text or "")[0]


def of_folder(name):
    """Return the student whose folder has this name."""
    return of_learning_platform(name) or name


def without_station(stem, notebook=None):
    """Return a name without the longest run of words by which a notebook is called; None: any of them."""
    left = words(_plain(stem))
    runs = {run for one in ([notebook] if notebook else STATIONS) for run in _runs(one)}
    for run in sorted(runs, key=lambda run: (-len(run), run)):
        if (at := _find(left, run)) >= 0:
            left = left[:at] + left[at + len(run):]
            again = len(run) > 1 and left[1:] and left[-1] == (notebook or "")[:2].lstrip("0")
            if again and left[-2].lower() not in GROUPS:    # as in "Forward process, Kim, 2"
                del left[-1]
            break
    return " ".join(word for word in left if word.lower() not in KINDS)


def _plain(stem):
    """A name without what says that it is a copy."""
    before = None
    while before != stem:
        before, stem = stem, COPY.sub("", stem).strip()
    return stem


def words(text, joining=""):
    """Return the words of a text: letters, digits, and the marks on letters, of which many scripts are full."""
    return "".join(letter if letter.isalnum() or letter in joining or unicodedata.category(letter)[0] == "M" else " "
                   for letter in unicodedata.normalize("NFC", text)).split()


def _runs(notebook):
    """The runs of words by which a notebook is called: its name, the beginning of it, with and without the number."""
    found = set()
    for name in (notebook, *FORMER.get(notebook, ())):
        number, *words = name.split("_") if name[:1].isdigit() else ("", *name.split("_"))
        for length in range(len(words), -1, -1):
            part = tuple(words[:length])
            found |= {(number, *part), (number.lstrip("0"), *part)} if number and length else set()
        found |= {(number,)} if number else set()
        found.add(tuple(words))
    return found


def _find(words, run):
    """Where a run of words stands in others, -1 if nowhere; its last place."""
    lower = [word.lower() for word in words]
    return next((at for at in range(len(words) - len(run), -1, -1) if tuple(lower[at:at + len(run)]) == run), -1)
