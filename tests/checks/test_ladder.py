"""The checks: right answers pass however they are written, each named mistake is named, nothing is guessed."""

import dataclasses
import inspect
import json
import re
import time
from pathlib import Path

import pytest
import torch

import toydiff
from tools import notebooks
from toydiff.checks import EXERCISES, check, hint
from toydiff.checks.engine.exercise import Mistake
from toydiff.checks.engine.ladder import examine

from right_answers import RIGHT
from solution_functions import STUBS, built

ROOT = Path(__file__).resolve().parents[2]
QUICK = 4    # seconds of a core, several times what the longest check takes
MISTAKES = [(name, mistake) for name, exercise in EXERCISES.items() for mistake in exercise.mistakes]

each_exercise = pytest.mark.parametrize("name", EXERCISES)
each_mistake = pytest.mark.parametrize("name, mistake", MISTAKES, ids=[f"{n}-{m.name}" for n, m in MISTAKES])


# --- the ladder ------------------------------------------------------------------------------------------

@each_exercise
def test_the_solution_passes_and_the_stub_is_not_started(name):
    start = time.process_time()
    check(name, built(name)).require()
    stub = check(name, built(name, STUBS[name]))
    assert time.process_time() - start < QUICK
    assert stub.step == "not started" and not stub.passed
    said = "still ill" if EXERCISES[name].handed_out else "not started"
    assert said in str(stub) and f'hint("{name}")' in stub.message


@each_mistake
def test_a_named_mistake_is_called_by_its_name(name, mistake):
    start = time.process_time()
    result = check(name, mistake.wrong)
    assert time.process_time() - start < QUICK
    assert (result.step, result.mistake, result.message) == ("diagnosis", mistake.name, mistake.says)
    assert result.see == (mistake.notebook or EXERCISES[name].notebook, mistake.section)


@each_mistake
def test_it_is_named_also_when_written_in_the_dtype_of_the_points(name, mistake):
    parameters = inspect.signature(EXERCISES[name].reference).parameters

    def polished(*values):
        args = dict(zip(parameters, values, strict=True))
        answer = mistake.wrong(*args.values())
        like = next((value for value in args.values() if isinstance(value, torch.Tensor) and value.ndim == 2), None)
        return answer.to(like.dtype) if isinstance(answer, torch.Tensor) and answer.is_floating_point() \
            and like is not None else answer

    assert check(name, polished).mistake == mistake.name


@each_exercise
def test_the_mistakes_of_an_exercise_have_their_own_names_and_sentences(name):
    mistakes = EXERCISES[name].mistakes
    assert len(mistakes) >= 5
    for what in ("name", "says"):
        assert len({getattr(mistake, what) for mistake in mistakes}) == len(mistakes)
    for mistake in mistakes:
        assert mistake.says.endswith((".", "?")) and len(mistake.says.split()) <= 30


EXPLAINED = {(mistake.notebook or EXERCISES[name].notebook, mistake.section) for name, mistake in MISTAKES}


@pytest.mark.parametrize("notebook", sorted({notebook for notebook, _ in EXPLAINED}))
def test_the_section_that_explains_a_mistake_is_there(notebook):
    cells = notebooks.read(ROOT / "notebooks" / f"{notebook}.ipynb").cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown").splitlines()
    sections = {section for its, section in EXPLAINED if its == notebook}
    assert sections <= {line.lstrip("# ") for line in text if line[:1] == "#"}


# --- right answers, written otherwise --------------------------------------------------------------------

@each_exercise
def test_right_is_right_however_it_is_written(name):
    assert len(RIGHT[name]) >= 3
    for function in RIGHT[name]:
        check(name, function).require()


@each_exercise
def test_the_learners_own_random_state_and_the_questions_stay_as_they_are(name):
    before = torch.get_rng_state()
    check(name, RIGHT[name][0])
    assert torch.equal(torch.get_rng_state(), before)
    check(name, built(name)).require()


# --- it never guesses ------------------------------------------------------------------------------------

def test_what_is_not_in_the_bank_is_told_where_and_by_how_much():
    def wrong(x0, t, eps, schedule):
        return toydiff.add_noise(x0, t, eps, schedule) + 0.25 * (t == 50)[:, None]

    result = check("forward_process.add_noise", wrong)
    assert (result.step, result.mistake, result.see) == ("properties", "", ())
    assert "with a t for each point: at t = 50" in result.message and "was wanted" in result.message


def test_a_wrong_number_is_not_right_but_for_the_last_digits():
    """A single number has no index to point to; the place where it is wrong is there all the same."""
    result = check("evaluation.inside", lambda x, board: 0.3)
    assert result.step == "properties" and result.message.startswith("Not right yet with"), result


def test_two_mistakes_that_fit_are_none():
    exercise = EXERCISES["forward_process.alpha_bar"]
    twin = Mistake("twin", "Another.", "", exercise.mistakes[0].wrong)
    both = dataclasses.replace(exercise, mistakes=[*exercise.mistakes, twin])
    result = examine(both, exercise.mistakes[0].wrong)
    assert (result.step, result.mistake) == ("properties", "")


def test_two_mistakes_at_once_are_not_called_by_the_name_of_one():
    def wrong(x0, t, eps, schedule):
        a = schedule.alpha_bar[t - 1][:, None]
        return (a * x0 + (1 - a).sqrt() * eps).to(x0.dtype)

    assert check("forward_process.add_noise", wrong).step == "properties"


@pytest.mark.parametrize("function, said", [
    (lambda x: None, "returns None. Is the `return` missing?"),
    (lambda x: [True], "type list, a torch.Tensor"),
    (lambda x: torch.ones(3, dtype=torch.bool), "has shape (3,), (16,) was wanted"),
    (lambda x: toydiff.Checkerboard().contains(x).float(), "is torch.float32, torch.bool was wanted"),
    (lambda x: x.zero_()[:, 0] > 0, "changes its input `x`"),
    (lambda x, y: x, "must take (x)"),
    (lambda x: x.hello, "AttributeError: 'Tensor' object has no attribute 'hello', in the line `"),
])
def test_the_contract_says_what_came_and_what_was_wanted(function, said):
    result = check("data.contains", function)
    assert result.step == "contract" and said in result.message, result


def test_what_changed_the_wrong_network_is_told_so():
    @torch.no_grad()
    def turned_round(average, model, decay):
        for mean, weight in zip(average.parameters(), model.parameters()):
            weight.mul_(1 - decay).add_(decay * mean)
        return average

    result = check("training.ema_update", turned_round)
    assert (result.step, result.mistake) == ("contract", "") and "changes its input `model`" in result.message
    assert "Leave its weights as they are; change those of `average`." in result.message


def test_an_input_in_a_list_is_not_to_be_changed_either():
    def spoils(x, weights, biases):
        biases[0].add_(1)
        return EXERCISES["mlp.forward"].reference(x, weights, biases)

    def pops(x, weights, biases):
        last = weights.pop()
        return EXERCISES["mlp.forward"].reference(x, [*weights, last], biases)

    assert "changes its input `biases`" in check("mlp.forward", spoils).message
    assert "changes its input `weights`. Leave the list" in check("mlp.forward", pops).message


def test_an_average_that_records_gradients_is_told_so():
    def recording(average, model, decay):
        for mean, weight in zip(average.parameters(), model.parameters()):
            mean.mul_(decay).add_((1 - decay) * weight)
        return average

    assert "with torch.no_grad():" in check("training.ema_update", recording).message


def test_a_loss_and_a_network_that_let_no_gradient_through_are_told_so():
    def cut(model, x0, t, eps, schedule):
        return (model(toydiff.add_noise(x0, t, eps, schedule), t).detach() - eps).square().mean()

    @torch.no_grad()
    def frozen(layers, xt, t, schedule):
        return EXERCISES["mlp.network"].reference(layers, xt, t, schedule)

    def detached(layers, xt, t, schedule):
        return EXERCISES["mlp.network"].reference(layers, xt, t, schedule).detach().requires_grad_()

    def retold(model, x0, t, eps, schedule):
        return torch.tensor(toydiff.loss(model, x0, t, eps, schedule).item(), requires_grad=True)

    def number(model, x0, t, eps, schedule):
        return toydiff.loss(model, x0, t, eps, schedule).item()

    for name, function in [("training.loss", cut), ("training.loss", retold), ("mlp.network", frozen),
                           ("mlp.network", detached), ("clinic.patient_5", cut), ("clinic.patient_5", retold),
                           ("clinic.patient_5", number)]:
        assert "no gradient flows back to the network" in check(name, function).message, (name, function)


def test_a_training_step_that_returns_its_graph_is_told_so():
    def remembers(model, optimizer, x0, t, eps, schedule):
        value = toydiff.loss(model, x0, t, eps, schedule)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value

    assert "return a number, `value.item()`" in check("training.training_step", remembers).message


def test_a_table_cut_to_float32_is_told_so_with_numbers_that_differ():
    def cut(eps, t, schedule):
        return -eps / (1 - schedule.alpha_bar[t].float()[:, None].double()).sqrt().to(eps.dtype)

    def cut_later(x_prev, t, eps, schedule):
        beta = schedule.beta[t][:, None].float()
        return (1 - beta).sqrt() * x_prev + beta.sqrt() * eps

    for name, function in [("mlp.score_from_eps", cut), ("forward_process.forward_step", cut_later)]:
        message = check(name, function).message
        came, wanted = re.search(r" is (\S+), (\S+) was wanted", message).groups()
        assert message.startswith("Right but for the last digits") and "cut to float32" in message, message
        assert came != wanted


def test_a_cut_to_float32_is_told_where_it_is_last_digits_and_not_beside_another_mistake():
    """Of 1e-6, the 1 − ᾱ of one case, the cut leaves little: more than last digits."""
    def cut(eps, t, schedule, here, factor):
        left = 1 - (schedule.alpha_bar[t].float().double() if here(schedule) else schedule.alpha_bar[t])[:, None]
        return -eps / left.sqrt().to(eps.dtype) * factor(schedule)

    def nearly_none(schedule):
        return schedule.beta[1] < 1e-5

    def told(here, factor):
        return check("mlp.score_from_eps", lambda eps, t, schedule: cut(eps, t, schedule, here, factor)).message

    message = told(lambda schedule: nearly_none(schedule) or schedule.T == 300, lambda schedule: 1)
    came, wanted = map(float, re.search(r" is (\S+), (\S+) was wanted", message).groups())
    assert message.startswith("Right but for the last digits") and abs(came / wanted - 1) < 1e-3, message
    assert told(lambda schedule: True, lambda schedule: 1.01 if schedule.T == 20 else 1).startswith("Not right yet")


def test_a_floor_under_the_noise_is_not_taken_for_a_cut_to_float32():
    """Roundings would explain as much where 1 − ᾱ is 1e-6, but nothing is off anywhere else."""
    def floored(eps, t, schedule):
        return -eps / (1 - schedule.alpha_bar[t][:, None]).clamp(min=1e-5).sqrt().to(eps.dtype)

    message = check("mlp.score_from_eps", floored).message
    assert message.startswith("Not right yet") and "float32" not in message, message


@pytest.mark.parametrize("times", [lambda T: range(T, -1, -1), lambda T: range(T - 1, -1, -1)])
def test_a_walk_on_to_0_is_told_so_and_nothing_else_that_is_not_a_number(times):
    def walk(model, xT, z, variance, schedule):
        x = xT
        for t in times(schedule.T):
            eps, beta, left = model(x, t), schedule.beta[t], 1 - schedule.alpha_bar[t]
            x = (x - beta / left.sqrt() * eps) / (1 - beta).sqrt() + variance[t].sqrt() * z[t] * (t > 1)
        return x

    result = check("sampling.sampler", walk)
    assert (result.step, result.mistake) == ("contract", "") and "the network was asked at t = 0" in result.message
    assert "holds NaN" in check("sampling.sampler", lambda model, xT, z, variance, schedule: xT / 0 * 0).message


def test_not_a_number_is_named_with_its_place():
    result = check("forward_process.add_noise",
                   lambda x0, t, eps, schedule: (x0 * t[:, None].sub(3).log()).to(x0.dtype))
    assert "holds NaN or infinity: at t = 1 the x of point 0." in result.message


def test_chance_must_come_from_the_arguments():
    def forgetful(n, source):
        return toydiff.Checkerboard().sample(n)

    def stubborn(n, source):
        return toydiff.Checkerboard().sample(n, 7)

    def few(n, source):
        return toydiff.Checkerboard().sample(max(n, 10), source)

    def own(x0, t, eps, schedule):
        return toydiff.add_noise(x0, t, torch.randn_like(x0), schedule)

    for name, function in [("data.sample_board", forgetful), ("forward_process.add_noise", own)]:
        assert "two different answers" in check(name, function).message
    def reseeds(n, source):
        torch.manual_seed(source.initial_seed())
        return toydiff.Checkerboard().sample(n, torch.random.default_generator)

    def reseeds_t(n, T, source):
        return torch.randint(1, T + 1, (n,), generator=torch.Generator().manual_seed(source.initial_seed()))

    def hardly_enough(n, source):
        darts = 2 * torch.rand(4 * n, 2, generator=source) - 1
        return darts[toydiff.Checkerboard().contains(darts)][:n]

    assert "Two different seeds" in check("data.sample_board", stubborn).message
    assert "`torch.manual_seed`" in check("data.sample_board", reseeds).message
    assert "draws the same timesteps" in check("training.draw_t", reseeds_t).message
    for function in (few, hardly_enough):
        assert "With n = 1 " in check("data.sample_board", function).message


def test_an_unevenly_filled_board_is_noticed_and_said_where():
    def uneven(n, source):
        x = toydiff.Checkerboard().sample(n, source)
        x[: n // 4] = torch.tensor([-0.9, -0.9])
        return x

    result = check("data.sample_board", uneven)
    assert result.step == "properties" and "the density around (-0.875, -0.875)" in result.message


# --- the result and the hints ----------------------------------------------------------------------------

def test_a_result_is_true_or_false_raises_on_request_and_is_json():
    good = check("data.density", RIGHT["data.density"][0])
    bad = check("data.density", EXERCISES["data.density"].mistakes[0].wrong)
    assert good and not bad and good.require() is good
    with pytest.raises(AssertionError, match="1 is a yes"):
        bad.require()
    told = json.loads(json.dumps(bad.to_dict()))
    assert told == {"exercise": "data.density", "step": "diagnosis", "message": bad.message, "mistake": "yes_or_no",
                    "see": ["01_data", "What is a distribution?"], "passed": False}
    assert str(bad).startswith("✗ data.density: not yet\n  1 is a yes") and "Read again: 01_data" in str(bad)
    assert str(good).startswith("✓ data.density: passed")


def test_a_result_in_a_notebook_is_a_box_that_escapes_what_a_learner_wrote():
    def wrong(x):
        raise ValueError("<script>alert(1)</script>")

    html = check("data.density", wrong)._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html
    link = check("data.density", EXERCISES["data.density"].mistakes[0].wrong)._repr_html_()
    assert 'href="../notebooks/01_data.ipynb#What-is-a-distribution?"' in link


@each_exercise
def test_hints_go_from_gentle_to_the_place_of_the_solution(name):
    hints = [hint(name, number) for number in range(1, 10)]
    assert hints[0].of >= 3 and len({h.message for h in hints}) == hints[0].of
    assert f"solutions/{EXERCISES[name].notebook}_solutions.ipynb" in hints[-1].message
    assert "solutions/" not in "".join(h.message for h in hints[:hints[0].of - 1])


def test_asking_again_gives_the_next_hint():
    name = "data.share_new"
    assert [hint(name).number for _ in range(5)] == [1, 2, 3, 3, 3]
    assert "hint 2 of 3" in str(hint(name, 2)) and "hint 2 of 3" in hint(name, 2)._repr_html_()


def test_a_name_that_does_not_exist():
    assert "is `data.contains` meant?" in check("data.contain", RIGHT["data.contains"][0]).message
    assert "is `data.contains` meant?" in str(hint("data.contain"))
    for name in ("x" * 10**6, None):
        assert not check(name, RIGHT["data.contains"][0])
    assert "no exercise" in str(hint(3))
