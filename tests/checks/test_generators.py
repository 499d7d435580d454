"""Mistakes that nobody planned, kind by kind: what generators.py makes of every right answer must fail its check.

The rates are printed. What passes all the same stands in KNOWN with the reason, and nothing else does.
"""

import pytest
from generators import KINDS, digest, key_of, parameters

from toydiff.checks import EXERCISES, check
from toydiff.checks.engine.ladder import ours

SECONDS = 100    # no wrong answer of these is endless
KNOWN = {}       # {(exercise, kind, words): why}
TOGETHER = {("model", "optimizer"), ("average", "model")}    # an optimizer holds the weights of its model


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_each_of_a_kind_is_noticed_and_nothing_false_is_said(kind, capsys):
    passed, said, count = set(), [], 0
    for name in EXERCISES:
        for words, function in KINDS[kind](name):
            result, count = check(name, function, SECONDS), count + 1
            if result:
                passed.add((name, kind, words))
            if "could not work" in result.message or "did not come to an end" in result.message or (
                    "last digits" in result.message):
                said.append((name, words, result.message))
    with capsys.disabled():
        print(f"\n{kind}: {count - len(passed)} of {count} noticed", end=" ")
    assert passed == {key for key in KNOWN if key[1] == kind}
    assert said == []
    assert count >= 25


@pytest.mark.parametrize("name", EXERCISES)
def test_every_argument_matters_in_two_questions_that_differ_in_nothing_else(name):
    """So whoever ignores it, or remembers an answer without it, is wrong in one of the two."""
    exercise, names = EXERCISES[name], parameters(name)
    keys = [{one: key_of(digest(case.args[one])) for one in names} for case in exercise.cases]
    says = [answer.measured(exercise.measure, case.args).double().nan_to_num()
            for case, answer in zip(exercise.cases, ours(exercise, exercise.reference))]
    for argument in names:
        free = {argument}.union(*(pair for pair in TOGETHER if argument == pair[0] and set(pair) <= set(names)))
        pairs = [(i, j) for i in range(len(keys)) for j in range(i) if keys[i][argument] != keys[j][argument]
                 and all(keys[i][other] == keys[j][other] for other in set(names) - free)]
        if argument == "source" or exercise.exact:    # chance: asked about in `extra`
            assert exercise.extra
            continue
        assert any(says[i].shape != says[j].shape or (says[i] - says[j]).abs().max() > 0.01 * says[i].abs().max()
                   for i, j in pairs), argument


@pytest.mark.parametrize("name", [name for name in EXERCISES if "schedule" in parameters(name)])
def test_two_schedules_of_one_length_are_asked_about_the_first_one_before_and_after(name):
    """The first question is asked once more in the end."""
    steps = [case.args["schedule"].T for case in EXERCISES[name].cases]
    tables = {key_of(digest(case.args["schedule"])) for case in EXERCISES[name].cases
              if case.args["schedule"].T == steps[0]}
    assert len(tables) > 1 and (max(steps) > 256 or name.endswith(("sampler", "patient_1", "patient_2", "patient_3",
                                                                   "patient_4")))
