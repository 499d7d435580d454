"""Whose is it, where two are called alike or a name is a strange one; and what one student's zip costs the others."""

import csv
import io
import json
import warnings
import zipfile
from pathlib import Path

import pytest

from toydiff.grading import Report, Row, formats, limits, moodle, naming, points, shell, spreadsheet, submission, texts
from toydiff.grading.folder import entries

from handed_in import BEGUN, NB, call, found, row, trouble, zipped

FILE = "_assignsubmission_file_"
ONE_EACH = points.Points()


def placed(student, place, *kinds):
    return Row(student, row(student, *kinds).report, place)


def worksheet(rows, *names):
    """The grades in a worksheet with these names in it, whose numbers are 1, 2, …, filled in."""
    lines = [{"Identifier": f"Participant {number}", "Full name": name, "Grade": "-", "Maximum grade": "2",
              "Last modified (grade)": "-"} for number, name in enumerate(names, 1)]
    made = moodle.worksheet(rows, ONE_EACH, lines).decode()
    return [line["Grade"] for line in csv.DictReader(io.StringIO(made))]


# --- called alike ---------------------------------------------------------------------------------------------

def test_in_moodles_worksheet_no_namesake_gets_the_grade_of_another():
    """The second Jane Doe has handed nothing in; of two files without a number none can tell whose it is."""
    with_number = placed("Jane Doe", f"Jane Doe_1{FILE}/02.ipynb", "passed", "passed")
    assert worksheet([with_number], "Jane Doe", "Jane Doe") == ["2.0", "-"]
    without = placed("Jane Doe", "Jane Doe/02.ipynb", "passed", "passed")
    assert worksheet([without], "Jane Doe", "Jane Doe") == ["-", "-"]
    assert worksheet([without], "Jane Doe", "Bo") == ["2.0", "-"]
    accent = placed("Jose\u0301", "Jose\u0301/02.ipynb", "passed", "passed")    # as a Mac writes it
    assert worksheet([accent], "Jos\u00e9", "Bo") == ["2.0", "-"]


def test_in_canvas_names_two_students_of_one_name_are_two():
    places = ["doejane_LATE_4321_98765_02.ipynb", "doejane_4322_98766_02.ipynb", "doejane_4321_98767_02-1.ipynb"]
    rows = [placed("doejane", place, "passed", "no_row") for place in places]
    assert [len(group) for group in moodle.students(rows)] == [2, 1]
    assert [naming.canvas_number(f"all.zip/{place}") for place in places] == ["4321", "4322", "4321"]
    assert naming.canvas_number("anon_12ab_98765_02.ipynb") == naming.canvas_number("jane_02.ipynb") == ""


# --- strange names --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["Jose\u0301 Nu\u0301n\u0303ez", "\u092a\u094d\u0930\u093f\u092f\u093e",
                                  "\u0e2a\u0e21\u0e28\u0e31\u0e01\u0e14\u0e34\u0e4c"])    # Hindi, Thai
def test_marks_on_letters_are_part_of_a_name(name):
    student = naming.student(f"{name}_02_forward_process", NB)
    assert student.split() == naming.words(name) and len(student.split()) == len(name.split())
    made = formats.each_student(("json", "html"), [placed(student, "a.ipynb", "passed", "passed")], ONE_EACH, "x")
    assert {path.split("/")[1].split(".")[0] for path in made} == {student.replace(" ", "_")}


def test_no_file_has_the_name_of_a_device_of_windows_or_of_an_option():
    names = ["CON", "nul", "Aux.", "COM1", "LPT9", "--help", "-rf", "Constance", "com10"]
    rows = [placed(name, f"{name}/02.ipynb", "passed", "passed") for name in names]
    made = formats.each_student(("gradescope",), rows, ONE_EACH, "x")
    stems = [path.split("/")[1].split(".")[0] for path in made]
    assert stems == ["CON_", "nul_", "Aux_", "COM1_", "LPT9_", "help", "rf", "Constance", "com10"]


@pytest.mark.parametrize("first", "\ufe62\ufe63\ufe66\ufe6b\u2212")
def test_small_forms_of_the_signs_begin_no_formula_either(first):
    assert spreadsheet.inert(f"a;{first}1+1") == f"a;'{first}1+1"


def test_json_for_other_programs_holds_no_half_a_character():
    strange = Row("\udcff", Report(Path("\udcff.ipynb"), trouble="\ud800 hello"), "\udcff.ipynb")
    content, = json.loads(formats.overviews(("json",), [strange], ONE_EACH, "", "")["json_class.json"])
    assert content["student"] == "\\udcff" and content["remarks"] == ["\\ud800 hello"]


# --- one student's zip, and the others ------------------------------------------------------------------------

def test_a_bomb_in_the_zip_of_a_class_costs_its_student_alone(tmp_path, monkeypatch):
    """Neither does the size of all together, which no student has in his hands."""
    monkeypatch.setattr(limits, "UNPACKED", 2_000)
    monkeypatch.setattr(limits, "ENTRIES", 20)
    path = zipped(tmp_path / "class.zip", {
        f"Eve_1{FILE}/02.ipynb": bytes(3_000), **{f"Max_2{FILE}/{i}.txt": "" for i in range(30)},
        **{f"S{i}_{i}{FILE}/02.ipynb": json.dumps(BEGUN) + " " * 1_000 for i in range(3, 8)}})
    said = {entry.student: trouble(entry) for entry in entries(path)}
    assert "unpacked" in said.pop("Eve") and "more than 20 files" in said.pop("Max")
    assert said == {f"S{i}": "" for i in range(3, 8)}
    assert len(found(tmp_path)) == 7    # also where it lies in a folder


def test_the_list_of_a_zips_files_is_read_only_if_it_is_not_endless(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "DIRECTORY", 1_000)
    zipped(tmp_path / "class" / "eve.zip", {f"{i}.txt": "" for i in range(100)})
    zipped(tmp_path / "class" / "max.zip", {"02.ipynb": json.dumps(BEGUN) + " " * 5_000})
    assert [why for _, _, why in found(tmp_path / "class")] == ["a zip of too many files", ""]


def test_what_lies_in_a_zip_a_thousand_times_is_one_row_and_a_class_has_an_end(tmp_path, monkeypatch):
    """Each row is sorted in among all others: a hundred thousand were endless."""
    path = zipped(tmp_path / "class.zip", {f"{name}/02.ipynb": BEGUN for name in "abcd"})
    with zipfile.ZipFile(path, "a") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(50):
            file.writestr("a/02.ipynb", "{}")
    assert [entry.student for entry in entries(path)] == ["a", "b", "c", "d"]
    assert "no list of cells" in trouble(entries(path)[0])    # the last, as for whoever unpacks it
    monkeypatch.setattr(limits, "CLASS", 3)
    with pytest.raises(ValueError, match="holds 4 things to grade, at most 3 are"):
        entries(path)


# --- words that are true --------------------------------------------------------------------------------------

def test_reasons_are_true():
    assert texts.cell(3, "error: bad character range") == "cell 3: error: bad character range"    # re.error's name
    assert texts.cell(3, texts.ENDED) == "cell 3 ended Python"
    assert texts.cell(3, "there is no magic %%x") == "cell 3: there is no magic %%x"
    assert shell.in_a_line(SyntaxError("null bytes")) == "SyntaxError: null bytes"
    assert str(limits.MODULES) in texts.left_out(["h100.py"])
    with pytest.raises(submission.Unusable, match="a zip that is called otherwise"):
        submission._text(b"PK\3\4" + bytes(30))


def test_how_to_go_on_with_a_stopped_class_keeps_what_was_asked_for(tmp_path, monkeypatch, capsys):
    """Without --format other files would be written, without --time-limit it would refuse to go on."""
    from toydiff import grading

    def stopped(*arguments, **options):
        raise KeyboardInterrupt

    (tmp_path / "class").mkdir()
    (tmp_path / "points.csv").write_text("snr,2")
    monkeypatch.setattr(grading, "grade_class", stopped)
    given = ["--format", "csv,json", "--points", tmp_path / "points.csv", "--jobs", 3, "--time-limit", 99]
    assert call("class", tmp_path / "class", "--output", tmp_path / "out", *given) == 130
    go_on = next(line for line in capsys.readouterr().err.splitlines() if "--resume" in line)
    assert all(word in go_on for word in ("--format csv,json", "points.csv", "--jobs 3", "--time-limit 99"))
