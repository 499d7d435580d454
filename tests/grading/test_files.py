"""Whatever lies in the folder of a class: read, or a row that says why not; and whose it is."""

import json
import os
import struct
import zipfile
from pathlib import Path

import pytest

from toydiff.grading import classroom, grade, limits, naming, submission
from toydiff.grading.folder import entries
from toydiff.grading.submission import File, Unusable

from handed_in import BEGUN, found, trouble, zipped
from submissions import code, notebook, only_code, rewritten, save

NB, LATER, LAST = "02_forward_process", "03_mlp", "06_evaluation"


# --- whose notebook, and which ----------------------------------------------------------------------------

@pytest.mark.parametrize("name, notebook, student", [
    ("jane_02_forward", NB, "jane"), ("02_forward_process_Jane_Doe", NB, "Jane Doe"),
    ("Doe, Jane - 02", NB, "Doe Jane"), ("02_forward_process", NB, "02_forward_process"),
    ("o'neil (2)", NB, "o neil"), ("Forward_process-kim-2", NB, "kim"),
    ("group_2_02_forward_process", NB, "group 2"), ("team 2 - 02", NB, "team 2"), ("_anna_02", NB, "anna"),
    ("-ben_02", NB, "ben"), ("max_02.ipynb", NB, "max"), ("02_forward_process_exercises_kofi", NB, "kofi"),
    ("Copy of 02_forward_process", NB, "02_forward_process"), ("Copy of 02_forward_process_jane", NB, "jane"),
    ("Copy of Copy of jane_02", NB, "jane"), ("Kopie von jane_02", NB, "jane"), ("jane_02-Copy2", NB, "jane"),
    ("02_forward_process-Copy1", NB, "02_forward_process"), ("jane_02 (1)", NB, "jane"),
    ("Jane Doe_123_assignsubmission_file_02_x", NB, "Jane Doe"),
    ("1234567_02_forward_process", NB, "1234567"), ("2_forward_process_lee", NB, "lee"),
    ("Alice Good", LAST, "Alice Good"), ("Alice_Good_06_evaluation", LAST, "Alice Good"),
    ("Alice Good_06_how_good_is_it", LAST, "Alice Good"), ("06_how_good_Alice", LAST, "Alice"),
    ("bob_07_clinic", "clinic", "bob"), ("clinic_bob", "clinic", "bob"),
    ("Ann Process Forward", NB, "Ann Process Forward"), ("", NB, ""), ("___", NB, "___")])
def test_the_student_is_what_is_left_of_the_name(name, notebook, student):
    assert naming.student(name, notebook) == student


@pytest.mark.parametrize("code, name, notebook", [
    ("def add_noise(x0): ...", "Untitled", NB), ('check("mlp.waves", mine)', "02_forward_process", LATER),
    ("def add_noise(x): ...\ndef snr(x): ...\ndef waves(x): ...", "03_mlp", NB), ("print(1)", "02_forward_process", NB),
    ("print(1)", "02", NB), ("print(1)", "x_03_mlp_y", LATER), ("  async def snr(x): ...", "", NB),
    ("snr = 1", "", NB)])
def test_the_exercises_tell_which_notebook_it_is_and_else_its_name(code, name, notebook):
    assert submission.station(code, name) == notebook


@pytest.mark.parametrize("code, name", [("print(1)", "Untitled"), ("", "2023_02"), ("undef snr(x)\nsnrs = 1", "")])
def test_a_notebook_of_no_station(code, name):
    with pytest.raises(submission.Unusable, match="none of the course"):
        submission.station(code, name)


# --- what lies in the folder ----------------------------------------------------------------------------------

def test_whatever_lies_there_becomes_a_row(tmp_path):
    for name in ("JOHN_02.IPYNB", "max_02.ipynb.txt", "eva_02.ipynb.json", "_anna_02.ipynb", "-ben_02.ipynb", "odd_02",
                 "old.ipynb (1)"):
        save(BEGUN, tmp_path / name)
    zipped(tmp_path / "omar_02.zip", {"02_forward_process.ipynb": BEGUN})
    (tmp_path / "lisa_02.py").write_text("def snr(alpha_bar): ...")
    (tmp_path / "helper.py").write_text("x = 1")
    for name in ("tom_02.html", "rita.pdf", "sven.rar", "uwe.docx", ".DS_Store"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "wide.ipynb").write_bytes(b"\xff\xfe" + json.dumps(BEGUN).encode("utf-16-le"))
    (tmp_path / "__MACOSX").mkdir()
    rows = {entry.place: (classroom.Row(entry.student or naming.student(Path(entry.place).stem, NB), None).student,
                          trouble(entry)) for entry in entries(tmp_path)}
    good = {"JOHN_02.IPYNB": "JOHN", "max_02.ipynb.txt": "max", "eva_02.ipynb.json": "eva", "_anna_02.ipynb": "anna",
            "-ben_02.ipynb": "ben", "odd_02": "odd", "lisa_02.py": "lisa", "old.ipynb (1)": "old",
            "omar_02.zip/02_forward_process.ipynb": "omar", "wide.ipynb": "wide"}
    assert {place: student for place, (student, why) in rows.items() if not why} == good
    assert {place: why.split(";")[0] for place, (_, why) in rows.items() if why} == {
        "tom_02.html": "a web page", "rita.pdf": "a PDF", "sven.rar": "an archive",
        "uwe.docx": "no notebook, but a file that ends in .docx", "helper.py": submission.NO_STATION}
    beside = next(entry.file.beside for entry in entries(tmp_path) if entry.place == "JOHN_02.IPYNB")
    assert [file.name.name for file in beside] == ["helper.py"], "and not what lisa has handed in"


def test_one_folder_a_student(tmp_path):
    for path in ("b.ipynb", "Ann/01.ipynb", "Ann/more/02.IPYNB", "Ann/.ipynb_checkpoints/02.ipynb", ".git/x.ipynb",
                 "graded/x.ipynb", "Jo_1_assignsubmission_file_/x.ipynb", "Ann/mine.py", "Kim/02.py"):
        save({}, tmp_path / path)
    zipped(tmp_path / "lee" / "all.zip", {"a/02.ipynb": BEGUN, "a/mine.py": "", "b/01.ipynb": BEGUN, "notes.txt": "x"})
    (tmp_path / "zoe").mkdir()
    assert found(tmp_path, besides=tmp_path / "graded") == [
        ("Ann", "Ann/01.ipynb", ""), ("Ann", "Ann/more/02.IPYNB", ""), ("", "b.ipynb", ""),
        ("Jo", "Jo_1_assignsubmission_file_/x.ipynb", ""), ("Kim", "Kim/02.py", ""),
        ("lee", "lee/all.zip/a/02.ipynb", ""), ("lee", "lee/all.zip/b/01.ipynb", ""),
        ("zoe", "zoe", "no notebook in this folder")]


def test_a_very_deep_folder_is_not_searched_to_its_ground(tmp_path):
    save(BEGUN, tmp_path / "ann" / "/".join("a" * limits.LEVELS) / "02.ipynb")
    save(BEGUN, tmp_path / "bob" / "/".join("b" * (limits.LEVELS + 1)) / "02.ipynb")
    assert [why for _, _, why in found(tmp_path)] == ["", "no notebook in this folder"]


@pytest.mark.skipif(os.name != "posix", reason="links want rights on Windows")
def test_a_link_is_a_row_and_leads_nowhere(tmp_path):
    save(BEGUN, tmp_path / "class" / "ann.ipynb")
    save(BEGUN, tmp_path / "class" / "kim" / "02.ipynb")
    save(only_code(notebook()), tmp_path / "solutions" / "02.ipynb")
    (tmp_path / "solutions" / "mine.py").touch()
    for name, target in {"a.ipynb": "../solutions/02.ipynb", "b": "../solutions", "c.ipynb": "c.ipynb", "d": "d",
                         "e.ipynb": "nowhere", "kim/f.ipynb": "../ann.ipynb", "kim/g": "..", "kim/h.py": "../ann.ipynb",
                         "i.py": "../solutions/mine.py"}.items():
        (tmp_path / "class" / name).symlink_to(target)
    links = {place: why for _, place, why in found(tmp_path / "class", besides=tmp_path / "class" / "d") if why}
    assert links == dict.fromkeys(["a.ipynb", "b", "c.ipynb", "d", "e.ipynb", "i.py", "kim/f.ipynb"],
                                  "is a link; hand in the file itself")
    ann, kim = (next(entry for entry in entries(tmp_path / "class") if entry.place == place).file
                for place in ("ann.ipynb", "kim/02.ipynb"))
    assert ann.beside == () and submission.read(kim).beside == ()


def test_a_folder_in_which_nothing_can_be_graded_is_said_to_be_so(tmp_path):
    (tmp_path / "a.pdf").touch()
    with pytest.raises(ValueError, match="holds no notebooks"):
        entries(tmp_path)


# --- zips -------------------------------------------------------------------------------------------------------

def test_a_zip_as_moodle_makes_it(tmp_path):
    zipped(tmp_path / "course.zip", {
        "Jane Doe_12_assignsubmission_file_/02_forward_process.ipynb": BEGUN,
        "Kofi Mensah_13_assignsubmission_file_/work/a.ipynb": BEGUN,
        "Kofi Mensah_13_assignsubmission_file_/work/m.py": "", "Lee_14_assignsubmission_file_02.ipynb": BEGUN,
        "__MACOSX/._x.ipynb": "", "Ann_15_assignsubmission_file_/x.pdf": ""})
    assert [(student, place.split("/")[-1]) for student, place, _ in found(tmp_path)] == [
        ("Jane Doe", "02_forward_process.ipynb"), ("Kofi Mensah", "a.ipynb"),
        ("Lee", "Lee_14_assignsubmission_file_02.ipynb"), ("Ann", "x.pdf")]
    assert trouble(entries(tmp_path)[3]) == "no notebook in this zip"
    kofi = entries(tmp_path)[1].file
    assert [file.name.name for file in kofi.beside] == ["m.py"] and trouble(entries(tmp_path)[1]) == ""


def test_names_that_lead_out_of_a_zip_lead_nowhere(tmp_path):
    zipped(tmp_path / "class" / "eve.zip", {"../../evil.ipynb": BEGUN, "/tmp/evil.ipynb": BEGUN,
                                            "..\\evil.ipynb": BEGUN, "a/../../helper.py": "x = 1"})
    before = sorted(tmp_path.rglob("*"))
    found_ = entries(tmp_path / "class")
    assert [trouble(entry) for entry in found_] == ["", "", ""] and sorted(tmp_path.rglob("*")) == before
    assert {entry.file.name.parent for entry in found_} == {tmp_path / "class" / "eve.zip"}


def test_a_zip_that_would_fill_the_memory_is_not_unpacked(tmp_path, monkeypatch):
    """It says that it is large; it says that it is small and is not; it holds very many files; it is in a zip."""
    monkeypatch.setattr(limits, "NOTEBOOK", 100_000)
    honest = zipped(tmp_path / "class" / "a.zip", {"x.ipynb": bytes(1_000_000)})
    data = honest.read_bytes()
    liar = data.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 1_000))
    (tmp_path / "class" / "b.zip").write_bytes(liar)
    zipped(tmp_path / "class" / "c.zip", {f"{i}.ipynb": "" for i in range(limits.ENTRIES + 1)})
    zipped(tmp_path / "class" / "d.zip", {"x.zip": data})
    (tmp_path / "class" / "e.zip").write_bytes(data[:500])
    (tmp_path / "class" / "f.zip").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "class" / "g.zip", "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("x.ipynb", "{}")
    zipped(tmp_path / "class" / "h.zip", {"x.pdf": ""})
    locked = data.replace(struct.pack("<HHH", 20, 0, 8), struct.pack("<HHH", 20, 1, 8))
    (tmp_path / "class" / "i.zip").write_bytes(locked)
    said = [trouble(entry) for entry in entries(tmp_path / "class")]
    assert "larger than 0 MB" in said[0] and said[1] == "damaged: it cannot be unpacked"
    assert f"more than {limits.ENTRIES} files" in said[2] and said[3] == "a zip in a zip; unpack it"
    assert said[4] == said[5] == "no zip, or a damaged one" and "unusual way" in said[6]
    assert said[7] == "no notebook in this zip" and said[8] == "locked by a password"
    monkeypatch.setattr(limits, "UNPACKED", 999_999)
    assert "GB, unpacked" in trouble(entries(tmp_path / "class")[0]) and honest.exists()


def test_what_is_in_a_zip_is_graded_with_the_modules_beside_it(tmp_path):
    solved = rewritten(only_code(notebook()), snr="from mine import ratio\nreturn ratio(alpha_bar)")
    path = zipped(tmp_path / "kim.zip", {"work/02.ipynb": solved, "work/mine.py": "ratio = lambda a: a / (1 - a)",
                                         "mine.py": "1 / 0"})
    assert grade(entries(path.parent)[0].file).complete


# --- what is in a file --------------------------------------------------------------------------------------------

def test_of_very_many_modules_in_a_zip_only_so_many_are_looked_at(tmp_path, monkeypatch):
    """Each of them opens the zip once more: 40 notebooks beside 1,900 modules took a quarter of an hour to begin."""
    monkeypatch.setattr(limits, "MODULES", 4)
    path = zipped(tmp_path / "class" / "eve.zip", {f"{name}.py": "" for name in "abcdefghij"} | {"02.ipynb": BEGUN})
    entry, = entries(path.parent)
    assert len(entry.file.beside) == 5
    report = grade(entry.file, time_limit=60)
    assert "left out: e.py" in report.trouble


def test_more_notebooks_than_one_student_can_have_are_counted_in_a_row(tmp_path, monkeypatch):
    """In a zip, in a folder, in the zips of a folder; the zip of a class may hold any number of students."""
    monkeypatch.setattr(limits, "OF_ONE", 3)
    many = {f"{i}.ipynb": BEGUN for i in range(5)}
    zipped(tmp_path / "class" / "ada.zip", many)
    zipped(tmp_path / "class" / "ben" / "x.zip", dict(list(many.items())[:2]))
    zipped(tmp_path / "class" / "ben" / "y.zip", dict(list(many.items())[:2]))
    zipped(tmp_path / "class" / "cleo.zip", {f"{i}.py": "" for i in range(4)})
    for name in many:
        save(BEGUN, tmp_path / "class" / "dev" / name)
    rows = found(tmp_path / "class")
    for whose, count in (("ada", 5), ("ben", 4), ("cleo", 4), ("dev", 5)):
        theirs = [row for row in rows if row[0] == whose]
        assert [bool(why) for _, _, why in theirs] == [False, False, False, True]
        assert theirs[-1][2] == (f"{count} files to grade, handed in by one student: the first 3 are graded, "
                                 "the others not")
    everyone = {f"s{i}_assignsubmission_file/a.ipynb": BEGUN for i in range(5)} | {f"a/{i}.ipynb": BEGUN for i in many}
    assert len(found(zipped(tmp_path / "all.zip", many))) == 5
    assert len(found(zipped(tmp_path / "all.zip", {f"all/{name}": BEGUN for name in many}))) == 5
    assert len(found(zipped(tmp_path / "all.zip", everyone))) == 5 + 3 + 1


@pytest.mark.parametrize("text, cells", [
    ("a\n", ["a\n"]), ("# %%\na\n# %% [markdown]\n# text\n# %%\nb\n", ["\na\n", "\nb\n"]),
    ("#%%\na\n#%% title\nb", ["\na\n", "\nb"]),
    ("# coding: utf-8\n# In[1]:\na\n# In[ ]:\nb", ["# coding: utf-8\n", "\na\n", "\nb"])])
def test_a_script_is_taken_by_its_cells(tmp_path, text, cells):
    (tmp_path / "02.py").write_text(text)
    assert [source for _, source in submission.read(File(tmp_path / "02.py")).cells] == cells


@pytest.mark.parametrize("content, why", [
    (b"[" * 200_000, "not JSON"), (b"[" + b"[]," * 3_100_000 + b"[]]", "too many outputs"),
    (json.dumps({"cells": [{}] * 5_001}).encode(), "more than 5000 cells"), (b" \n ", "an empty file"),
    (json.dumps({"cells": [code("x = 1\n" * 700_000)]}).encode(), "2 million letters"),
    (json.dumps({"cells": [{"cell_type": "code", "source": [["x"] * 9]}, 3, None, code(5)]}).encode(), "none of")])
def test_what_would_take_the_memory_or_the_time_is_refused_before(tmp_path, content, why):
    (tmp_path / "a.ipynb").write_bytes(content)
    with pytest.raises(Unusable, match=why):
        submission.read(File(tmp_path / "a.ipynb"))


@pytest.mark.parametrize("text", ["\n" * 300_000, " " * 300_000, "def " * 100_000, "def\n" * 100_000, "snr" * 100_000,
                                  "async " * 60_000, "# In[" * 60_000, "\t\n" * 150_000, "# %%" * 100_000], ids=repr)
def test_to_read_takes_as_long_as_the_text_is(text):
    """What is four times as long takes about four times as long, and not sixteen times: the least of three tries."""
    import time

    def least(text):
        times = []
        for _ in range(3):
            start = time.thread_time()
            with pytest.raises(Unusable):
                submission.station(text, "")
            submission.PERCENT.findall(text)
            times.append(time.thread_time() - start)
        return min(times)

    assert least(4 * text) < 10 * least(text) + 0.02


def test_a_file_is_not_read_past_its_measure(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "NOTEBOOK", 10)
    (tmp_path / "a.ipynb").write_bytes(bytes(20))
    with pytest.raises(Unusable, match="larger than 0 MB"):
        File(tmp_path / "a.ipynb").content(10)


def test_as_many_at_a_time_as_processors_may_be_used(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda which: {3}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert classroom.processors() == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    assert classroom.processors() == 64


def test_names_of_files_that_are_no_text_are_rows(tmp_path):
    for name in ("a\nb.ipynb", "\x1b[2J.ipynb", "x" * 200 + ".ipynb"):
        save(BEGUN, tmp_path / name)
    assert len(entries(tmp_path)) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_a_pipe_that_is_called_a_zip_holds_up_nobody(tmp_path):
    (tmp_path / "Ada").mkdir()
    for place in (tmp_path / "Ben.zip", tmp_path / "Ada" / "hers.zip"):
        os.mkfifo(place)
    (tmp_path / "Cleo.ipynb").write_text("{}")
    found = {entry.place: entry.trouble for entry in entries(tmp_path)}
    assert found["Ben.zip"] == found["Ada/hers.zip"] == "a device or a pipe, no zip" and "Cleo.ipynb" in found
