"""A class in the school's own forms: Moodle's worksheet and import, Gradescope's results, each student's page, points;
and the zips that Moodle and Canvas make, read as they come."""

import csv
import io
import json
from pathlib import Path

import pytest

from toydiff.checks import EXERCISES, Result
from toydiff.grading import Report, Row, feedback, formats, gradescope, moodle, naming, points
from toydiff.grading.folder import entries

from handed_in import BEGUN, NB, NOISE, call, found, row, trouble, zipped

ONE_EACH = points.Points()
FILE = "_assignsubmission_file_"


def moodles(student, number, *kinds, file="02.ipynb"):
    """A Row of what lies in a folder as Moodle names it."""
    made = row(student, *kinds)
    return Row(student, made.report, f"{student}_{number}{FILE}/{file}")


CLASS = [moodles("Ann Lee", 12, "passed", "no_row"), moodles("Bo", 7, "passed", "passed"),
         Row("Cy", Report(Path("x.ipynb"), trouble="no notebook: it is not JSON"), f"Cy_9{FILE}/x.ipynb")]


def read(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


# --- points -----------------------------------------------------------------------------------------------

def test_without_a_file_each_exercise_is_worth_one_and_with_one_only_what_it_names(tmp_path):
    results = CLASS[0].report.results
    assert ONE_EACH.reached(results) == (1, 2)
    path = tmp_path / "points.csv"
    path.write_text("exercise,points\nsnr, 2.5\nclinic.patient_1.fault,1\n\n", encoding="utf-8-sig")
    mine = points.read(path)
    assert mine.table == {"forward_process.snr": 2.5, "clinic.patient_1.fault": 1.0}
    assert mine.reached(results) == (2.5, 2.5)
    assert isinstance(points.Points({"forward_process.snr": 2.0}).reached(results)[0], int)


@pytest.mark.parametrize("content, why", [
    ("snr,2\nadd_nois,1", "line 2: there is no exercise 'add_nois'; did you mean add_noise?"),
    ("snr", "line 1: points must be a number from 0, got ''"), ("snr,-1", "got '-1'"), ("snr,nan", "got 'nan'"),
    ("snr;2", "there is no exercise 'snr;2'"), ("", "gives no points"), ("snr,0", "gives no points")])
def test_a_file_of_points_that_cannot_be_read_is_said_to_be_so_in_a_line(tmp_path, content, why):
    path = tmp_path / "points.csv"
    path.write_text(content)
    with pytest.raises(ValueError) as error:
        points.read(path)
    assert why in str(error.value) and "\n" not in str(error.value)


def test_of_two_files_the_exercise_that_passed_counts():
    two = [row("a", "passed", "no_row").report, row("a", "contract", "passed").report]
    assert [result.step for result in points.best(two)] == ["passed", "passed"]
    assert ONE_EACH.reached(points.best(two)) == (2, 2)


# --- Moodle -----------------------------------------------------------------------------------------------

def test_the_worksheet_has_the_columns_that_moodle_looks_for_and_the_numbers_of_its_folders():
    """mod/assign/feedback/offline/importgradeslib.php wants Identifier, Grade and Last modified (grade)."""
    content = moodle.worksheet(CLASS, ONE_EACH)
    assert content.startswith(b"Identifier,")    # a byte order mark would be part of the name
    ann, bo, cy = read(content)
    assert (ann["Identifier"], ann["Full name"], ann["Grade"], ann["Last modified (grade)"]) == (
        "Participant 12", "Ann Lee", "1", "-")
    assert "add_noise" in ann["Feedback comments"] and "no_row" in ann["Feedback comments"]
    assert bo["Grade"] == "2" and cy["Grade"] == "", "what could not be graded is no 0, but the teacher's to decide"
    assert "it is not JSON" in cy["Feedback comments"]


def test_moodles_own_worksheet_is_filled_in_scaled_and_else_left_as_it_was(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("Identifier,Full name,Email address,Status,Grade,Maximum grade,Last modified (grade),"
                    "Feedback comments\n"
                    'Participant 7,Bo,bo@x.org,Submitted,,"10,00",-,\nParticipant 12,Ann Lee,ann@x.org,,,10,-,\n'
                    "Participant 99,Zoe,zoe@x.org,No submission,3.00,10,-,well\n", encoding="utf-8-sig")
    lines = moodle.read_worksheet(path)
    bo, ann, zoe = read(moodle.worksheet(CLASS, ONE_EACH, lines))
    assert (bo["Grade"], ann["Grade"], bo["Email address"], bo["Status"]) == ("10.0", "5.0", "bo@x.org", "Submitted")
    assert (zoe["Grade"], zoe["Feedback comments"]) == ("3.00", "well")
    ann, bo, cy = read(moodle.grades(CLASS, ONE_EACH, lines))
    assert (ann["Email address"], ann["Grade"], cy["Email address"]) == ("ann@x.org", "1", "")
    path.write_text("Kennung,Bewertung\nTeilnehmer 7,\n")
    with pytest.raises(ValueError, match="in English: there is no column 'Identifier'"):
        moodle.read_worksheet(path)


def test_a_student_whose_name_is_a_number_is_no_participant():
    sheet, = read(moodle.worksheet([row("1234567", "passed", "passed")], ONE_EACH))
    grade, = read(moodle.grades([row("1234567", "passed", "passed")], ONE_EACH))
    assert sheet["Identifier"] == "" and grade["ID number"] == "1234567"


def test_two_students_of_one_name_stay_two():
    twins = [moodles("Bo", 7, "passed", "passed"), moodles("Bo", 8, "contract", "no_row")]
    assert [line["Grade"] for line in read(moodle.worksheet(twins, ONE_EACH))] == ["2", "0"]
    made = formats.each_student(("html",), twins, ONE_EACH, "x")
    assert len(made) == 4 and len({name.casefold() for name in made}) == 4


# --- what a student reads ----------------------------------------------------------------------------------

def test_a_students_page_and_text_name_the_mistake_and_nobody_else():
    made = formats.each_student(("html",), CLASS, ONE_EACH, "Spring")
    page, text = (made[f"html_feedback/Ann_Lee.{ending}"].decode() for ending in ("html", "txt"))
    for said in (page, text):
        assert "1 of 2 exercises hold: 1 of 2 points." in said and "no_row" in said and "About no_row." in said
        assert "Bo" not in said.replace("Body", "") and "Cy" not in said


def test_what_a_student_wrote_harms_no_page_and_no_spreadsheet():
    result = Result(NOISE, "contract", "<script>x</script>;=cmd|' /C calc'!A0")
    evil = Row("<b>eve", Report(Path("e.ipynb"), NB, [result], stopped={3: "\x1b[2J<img src=x>"}),
               f"<b>eve_5{FILE}/e.ipynb")
    for content in formats.each_student(formats.FORMATS, [evil], ONE_EACH, "<i>").values():
        assert b"<script" not in content.replace(b"\\u003c", b"<") or content.startswith((b"{", b"0 of 1"))
        assert b"\x1b" not in content
    assert ";=" not in moodle.worksheet([evil], ONE_EACH).decode()
    assert "<img" not in feedback.page([evil], ONE_EACH, "x")


# --- Gradescope, other programs -------------------------------------------------------------------------------

def test_gradescopes_results_have_a_test_an_exercise_and_the_mistake_as_its_output():
    made = gradescope.results([CLASS[0].report], points.Points({"forward_process.snr": 2.0, NOISE: 3.0}))
    assert [(test["name"], test["score"], test["max_score"], test["status"]) for test in made["tests"]] == [
        ("snr", 2.0, 2.0, "passed"), ("add_noise", 0, 3.0, "failed")]
    assert made["score"] == 2.0 and "[no_row]: About no_row." in made["tests"][1]["output"]
    none = gradescope.results([CLASS[0].report], points.Points({"forward_process.snr": 2.0}))
    assert [test["name"] for test in none["tests"]] == ["snr"], "what is worth nothing is no test"


def test_the_json_holds_all_and_is_read_again():
    made = formats.overviews(("json",), CLASS, ONE_EACH, "x", "")
    ann, _, cy = json.loads(made["json_class.json"])
    assert (ann["student"], ann["points"], ann["of_points"]) == ("Ann Lee", 1, 2)
    assert ann["results"][1]["mistake"] == "no_row"
    assert cy["remarks"] == ["no notebook: it is not JSON"]


def test_class_writes_the_formats_that_are_asked_for_each_with_its_name_first(tmp_path, capsys):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / f"Ann Lee_12{FILE}02.ipynb").write_text("no")
    (tmp_path / "points.csv").write_text("snr,2\n")
    written = ["csv_class.csv", "gradescope_results", "html_class.html", "html_feedback", "json_class.json",
               "moodle_grades.csv", "moodle_worksheet.csv", "results.jsonl"]
    assert call("class", tmp_path / "class", "--output", tmp_path / "out", "--points", tmp_path / "points.csv",
                "--format", "csv,moodle, gradescope,html,json") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == written
    said = capsys.readouterr().out
    assert all(name in said for name in written[:-1])
    assert call("class", tmp_path / "class", "--format", "csv,latex") == 2
    assert "'latex' is none of csv, moodle, gradescope, html, json" in capsys.readouterr().err


# --- zips as they come ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, student", [
    ("doejane_4321_987654_02_forward_process.ipynb", "doejane"), ("doejane_LATE_4321_987654_x.ipynb", "doejane"),
    ("müllerjörg_4321_987654_a b-1.ipynb", "müllerjörg"), ("anon_Xy7kQ_987654_x.ipynb", "anon_Xy7kQ"),
    ("LATE_anon_Xy7kQ_987654_x.ipynb", "anon_Xy7kQ"), ("group_2_02_forward_process", ""), ("jane_02", ""),
    (f"Jane Doe_12{FILE}", "Jane Doe"), ("Jane_12_assignsubmission_onlinetext", "Jane")])
def test_whose_a_file_is_as_moodle_and_canvas_name_it(name, student):
    assert naming.of_learning_platform(name) == student
    assert naming.moodle_number(f"all.zip/{name}/x") == ("12" if "_12_" in name else "")


def test_canvas_zip_of_a_class_is_read_as_it_comes(tmp_path):
    path = zipped(tmp_path / "submissions.zip", {
        "doejane_4321_987654_02_forward_process.ipynb": BEGUN, "roebob_LATE_4322_987655_work.ipynb": BEGUN,
        "roebob_LATE_4322_987656_mine.py": "", "leeann_4323_987657_answer.pdf": "", "kocem_4324_987658_all.zip": "x",
        "zahl_4325_text.html": ""})
    assert [(student, why) for student, _, why in found(path)][:4] == [
        ("doejane", ""), ("roebob", ""), ("leeann", "no notebook in this zip"), ("kocem", "a zip in a zip; unpack it")]
    (tmp_path / "class").mkdir()
    path.rename(tmp_path / "class" / path.name)
    assert [student for student, *_ in found(tmp_path / "class")] == ["doejane", "roebob", "leeann", "kocem"]


def test_moodles_zip_is_read_as_it_comes_and_so_is_one_of_folders(tmp_path):
    path = zipped(tmp_path / "Course-Exercise 2-77.zip", {f"Jane Doe_12{FILE}/02.ipynb": BEGUN,
                                                           f"Kim_13{FILE}/x.docx": ""})
    assert found(path) == [("Jane Doe", f"{path.name}/Jane Doe_12{FILE}/02.ipynb", ""),
                           ("Kim", f"{path.name}/Kim_13{FILE}/x.docx", "no notebook in this zip")]
    path = zipped(tmp_path / "mine.zip", {"ann/02.ipynb": BEGUN, "ann/m.py": "", "bo/x.txt": "", "cy_02.ipynb": BEGUN,
                                          "dan.pdf": ""})
    assert [(student, trouble(entry).split(";")[0]) for entry in entries(path) for student in [entry.student]] == [
        ("ann", ""), ("bo", "no notebook in this zip"), ("", ""), ("", "a PDF")]


def test_a_zip_that_is_none_is_said_to_be_so(tmp_path, capsys):
    (tmp_path / "a.zip").write_bytes(b"x")
    assert call("class", tmp_path / "a.zip", "--output", tmp_path / "out") == 2
    assert "a.zip cannot be read: no zip, or a damaged one" in capsys.readouterr().err
    zipped(tmp_path / "b.zip", {"x.pdf": "", "y": ""})
    assert call("class", zipped(tmp_path / "c.zip", {"a/x.pdf": ""}), "--output", tmp_path / "out") == 2
    assert "holds no notebooks" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_every_exercise_of_a_notebook_can_be_given_points(tmp_path):
    (tmp_path / "p.csv").write_text("".join(f"{name},1\n" for name in EXERCISES))
    assert len(points.read(tmp_path / "p.csv").table) == len(EXERCISES)
