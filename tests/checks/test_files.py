"""One exercise, one file: it holds the right answer, the questions, the hints and every mistake, under their names."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import toydiff.checks
from toydiff.checks import EXERCISES

from solution_functions import SOLUTIONS, STATIONS, STUBS

FOLDER = Path(toydiff.checks.__file__).parent
AS_THE_SAMPLER = {    # they have the mistakes of another exercise
    "clinic.patient_1": "sampling.sampler", "clinic.patient_2": "sampling.sampler",
    "clinic.patient_7": "fewer_steps.dpm2m"}

each_exercise = pytest.mark.parametrize("name", EXERCISES)


def file_of(name):
    """The module of an exercise."""
    return importlib.import_module(f"toydiff.checks.{name}")


def written(name):
    """The functions of its file that are decorated as a mistake, from top to bottom: {name: says something shared?}."""
    tree = ast.parse(inspect.getsource(file_of(name)))
    found = [(node, call) for node in tree.body if isinstance(node, ast.FunctionDef) for call in node.decorator_list
             if isinstance(call, ast.Call) and ast.unparse(call.func) == "exercise.mistake"]
    return [(node, {word.arg for word in call.keywords}) for node, call in found]


def test_every_exercise_is_in_the_notebooks_and_the_other_way_round():
    assert set(EXERCISES) == set(SOLUTIONS) == set(STUBS)
    for station in STATIONS.values():
        assert sum(name.startswith(station + ".") for name in EXERCISES) >= 5


def test_every_file_that_makes_an_exercise_is_gathered():
    made = {".".join(path.relative_to(FOLDER).with_suffix("").parts) for path in FOLDER.glob("*/*.py")
            if "\nexercise = Exercise(" in path.read_text(encoding="utf-8")}
    assert made == set(EXERCISES)


@each_exercise
def test_a_file_makes_the_exercise_of_its_name(name):
    file = file_of(name)
    assert file.exercise is EXERCISES[name] and ast.get_docstring(ast.parse(inspect.getsource(file)))
    assert file.exercise.reference is getattr(file, name.split(".")[1])


@each_exercise
def test_no_mistake_hides_another_or_a_helper(name):
    """In one file a second function of a name would take the place of the first."""
    tree = ast.parse(inspect.getsource(file_of(name)))
    defined = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert len(defined) == len(set(defined))
    imported = {alias.asname or alias.name for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
                for alias in node.names}
    assert imported.isdisjoint(defined)


@each_exercise
def test_a_mistake_is_a_function_of_the_file_and_says_its_docstring(name):
    mistakes, file = EXERCISES[name].mistakes, file_of(name)
    if name in AS_THE_SAMPLER:
        sampler = {mistake.name: mistake for mistake in EXERCISES[AS_THE_SAMPLER[name]].mistakes}
        assert [(mistake.name, mistake.says) for mistake in mistakes] == [
            (other, sampler[other].says) for other in sampler if other != file.FAULT]
        return
    functions = written(name)
    assert len(functions) == len(mistakes)
    for (node, given), mistake in zip(functions, mistakes):
        assert getattr(file, node.name) is mistake.wrong
        sentence = " ".join(ast.get_docstring(node).split())
        assert sentence.endswith((".", "?")) and ("says" in given or sentence == mistake.says)
        assert node.name == mistake.name or "name" in given and not mistake.name.isidentifier()


@each_exercise
def test_a_mistake_takes_what_the_right_answer_takes(name):
    wanted = list(inspect.signature(EXERCISES[name].reference).parameters)
    for mistake in EXERCISES[name].mistakes:
        assert list(inspect.signature(mistake.wrong).parameters) == wanted, mistake.name


def test_a_sentence_that_several_mistakes_share_is_no_docstring_as_well():
    told = [("says" in given, mistake.says) for name, exercise in EXERCISES.items() if name not in AS_THE_SAMPLER
            for (_, given), mistake in zip(written(name), exercise.mistakes)]
    shared = [sentence for is_shared, sentence in told if is_shared]
    assert shared and all(shared.count(sentence) > 1 for sentence in shared)
    assert set(shared).isdisjoint(sentence for is_shared, sentence in told if not is_shared)


def test_the_engine_knows_no_station():
    for path in (FOLDER / "engine").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or node.level == 0 and not node.module.startswith("toydiff"), path.name
