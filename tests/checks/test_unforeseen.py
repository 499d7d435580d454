"""Wrong answers that nobody had in mind when the checks were made: what is written down in unforeseen.py.

When they were asked for the first time, 166 of 179 of the first kind and 127 of 135 of the second were noticed, 93 and
94 in a hundred; the kinds behind the others were then mended. Three of the first were taken out: within the range that
an exercise promises they are right. Of a third kind, 383 over all ten stations, 348 were noticed; what then was mended,
and what was told something that did not hold of it, is written down. A teacher's 530, for all 76 exercises, seven in
eight of them ordinary: 457 of the 464 ordinary ones and 57 of the 66 others were noticed, 2 were told a falsehood, and
all of 84 right ones passed; unforeseen_teacher.py holds the rest. Another's 717, with the exam: 271 of 274 ordinary
ones, 401 of 417 others and 10 of 26 that were right for few rows only; sentences of five kinds did not hold of some;
all of 114 right ones passed. The kinds are mended, but for one that is meant so (arguments in another order are called
by name) and one not seen (a cache by the id of an object that still lives); one of each other kind is kept there.
Of a fourth's 355, before anything was aimed at a hole, 354 were noticed, and 75 of 76 right ones passed; two sentences
read as what they did not mean. Of 495 that he then aimed, 433 were noticed; what students will write of it is kept.
Of a fifth's 134 all were noticed, and all of 28 right ones passed; again two sentences had to be made plainer.
Of a sixth's 621, four were told a cause that was not theirs: unforeseen_causes*.py hold other causes of equal numbers,
and what a seventh and an eighth were told wrongly of two patients. Of a ninth's 160 all were noticed, and nothing false
was said. Of a tenth's 1,363 all but 29 were noticed, 9 of which were worth it: their three kinds are mended and written
down; 324 of 328 right ones passed, and the other four do now.
"""

import pytest
import unforeseen
import unforeseen_causes
import unforeseen_causes_later
import unforeseen_teacher

from toydiff.checks import EXERCISES, check

WRITTEN = unforeseen.WRONG, unforeseen.SECOND, unforeseen.THIRD, unforeseen_teacher.BLIND, unforeseen_teacher.THIRD
CAUSES = unforeseen_causes.CAUSES, unforeseen_causes_later.CAUSES
NAMED = unforeseen_causes.NAMED | unforeseen_causes_later.NAMED
FALSE = unforeseen_teacher.FALSE | unforeseen_causes.FALSE | unforeseen_causes_later.FALSE
EACH = [(name, words, function) for written in (*WRITTEN, *CAUSES) for name, several in written.items()
        for words, function in several]


def test_there_are_some_for_every_exercise_of_part_one():
    parts = {name.split(".")[0] for name in unforeseen.WRONG}
    assert set(unforeseen.WRONG) == set(unforeseen.SECOND)
    assert {name for name in EXERCISES if name.split(".")[0] in parts - {"clinic"}} <= set(unforeseen.WRONG)
    assert len(EACH) > 300


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, words, function", EACH, ids=[f"{name}-{words}" for name, words, _ in EACH])
def test_it_is_noticed_and_nothing_false_is_said(name, words, function):
    result = check(name, function, 100)
    assert not result and result.step != "not started"
    assert "last digits" not in result.message and "could not work" not in result.message, result
    assert words not in FALSE or FALSE[words] not in result.message, result
    assert NAMED.get(words, result.mistake) == result.mistake, result
