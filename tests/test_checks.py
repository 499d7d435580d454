"""The checks: right answers pass however they are written, each named mistake is named, nothing is guessed."""

import ast
import dataclasses
import inspect
import json
import math
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from solution_functions import SOLUTIONS, STUBS, built

import toydiff
from toydiff.checks import EXERCISES, check, hint
from toydiff.checks.engine import Mistake, examine
from tools import notebooks

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "toydiff" / "checks").glob("*.py"))
MISTAKES = [(name, mistake) for name, exercise in EXERCISES.items() for mistake in exercise.mistakes]

each_exercise = pytest.mark.parametrize("name", EXERCISES)
each_mistake = pytest.mark.parametrize("name, mistake", MISTAKES, ids=[f"{n}-{m.name}" for n, m in MISTAKES])


# --- the house -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_short_and_described(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 220 and max(map(len, text.splitlines())) <= 120
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    public = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"]
    assert [node.name for node in public if not ast.get_docstring(node)] == []
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree))


def test_the_engine_knows_no_station_and_only_the_command_line_may_know_the_checks():
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert path.stem[:4] in ("data", "forw") or "from .." not in text, path.name
    for path in (ROOT / "toydiff").glob("*.py"):
        said = [ast.unparse(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, (ast.Import, ast.ImportFrom))]
        assert path.stem == "cli" or not any("checks" in line for line in said), path.name


def test_every_exercise_is_in_the_notebooks_and_the_other_way_round():
    assert set(EXERCISES) == set(SOLUTIONS) == set(STUBS)
    for station in ("data", "forward_process"):
        assert sum(name.startswith(station + ".") for name in EXERCISES) >= 5


# --- the ladder ------------------------------------------------------------------------------------------

@each_exercise
def test_the_solution_passes_and_the_stub_is_not_started(name):
    start = time.perf_counter()
    check(name, built(name)).require()
    stub = check(name, built(name, STUBS[name]))
    assert time.perf_counter() - start < 2
    assert stub.step == "not started" and not stub.passed
    assert "not started" in str(stub) and f'hint("{name}")' in stub.message


@each_mistake
def test_a_named_mistake_is_called_by_its_name(name, mistake):
    start = time.perf_counter()
    result = check(name, mistake.wrong)
    assert time.perf_counter() - start < 2
    assert (result.step, result.mistake, result.message) == ("diagnosis", mistake.name, mistake.says)
    assert result.see == (EXERCISES[name].notebook, mistake.section)


@each_mistake
def test_it_is_named_also_when_written_in_the_dtype_of_the_points(name, mistake):
    parameters = inspect.signature(EXERCISES[name].reference).parameters

    def polished(*values):
        args = dict(zip(parameters, values, strict=True))
        answer = mistake.wrong(*args.values())
        like = next((value for value in args.values() if isinstance(value, torch.Tensor) and value.ndim == 2), None)
        return answer.to(like.dtype) if like is not None and answer.is_floating_point() else answer

    assert check(name, polished).mistake == mistake.name


@each_exercise
def test_the_mistakes_of_an_exercise_have_their_own_names_and_sentences(name):
    mistakes = EXERCISES[name].mistakes
    assert len(mistakes) >= 5
    for what in ("name", "says"):
        assert len({getattr(mistake, what) for mistake in mistakes}) == len(mistakes)
    for mistake in mistakes:
        assert mistake.says.endswith(".") and len(mistake.says.split()) <= 30


def test_there_are_many_mistakes():
    assert len(MISTAKES) >= 110


@pytest.mark.parametrize("notebook", sorted({exercise.notebook for exercise in EXERCISES.values()}))
def test_the_section_that_explains_a_mistake_is_there(notebook):
    path = ROOT / "notebooks" / f"{notebook}.ipynb"
    if not path.exists():
        pytest.skip(f"{path.name} is not written yet")
    text = "\n".join(cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown").splitlines()
    for exercise in EXERCISES.values():
        if exercise.notebook == notebook:
            assert {m.section for m in exercise.mistakes} <= {line.lstrip("# ") for line in text if line[:1] == "#"}


# --- right answers, written otherwise --------------------------------------------------------------------

def np_round_trip(function):
    """The same in NumPy and back."""
    return lambda **args: torch.from_numpy(np.asarray(function(
        **{name: value.numpy() if isinstance(value, torch.Tensor) else value for name, value in args.items()})))


def contains_loop(x):
    answers = []
    for px, py in x.tolist():
        column, row = math.floor(2 * px + 2), math.floor(2 * py + 2)
        answers.append(0 <= column <= 3 and 0 <= row <= 3 and (column + row) % 2 == 0)
    return torch.tensor(answers)


def contains_cells(x):
    found = torch.zeros(len(x), dtype=torch.bool)
    for column, row in toydiff.Checkerboard().filled.tolist():
        low = torch.tensor([column, row]) / 2 - 1
        found |= ((x > low) & (x < low + 0.5)).all(1)
    return found


def contains_parity(x):
    column, row = torch.floor_divide(x + 1, 0.5).T
    return (x.abs().amax(1) < 1).logical_and(torch.remainder(column, 2).eq(torch.remainder(row, 2)))


def density_where(x):
    half = torch.full((len(x),), 0.5, dtype=x.dtype)
    return torch.where(contains_cells(x), half, torch.zeros_like(half))


def density_own_tensor(x):
    answer = torch.zeros_like(x[:, 0])
    answer[contains_loop(x)] += 0.5
    return answer


def sample_loop(n, source):
    points = []
    for _ in range(n):
        if n > 10_000:    # a loop over 100,000 points takes seconds: whole rows at once
            return sample_kept(n, source)
        row, half = torch.randint(4, (2,), generator=source).tolist()
        place = torch.rand(2, generator=source)
        points.append((torch.tensor([half % 2 * 2 + row % 2, row]) + place) * 0.5 - 1)
    return torch.stack(points)


def sample_kept(n, source):
    """Rejection, but until there are enough."""
    kept = torch.empty(0, 2)
    while len(kept) < n:
        darts = torch.rand(2 * n, 2, generator=source, dtype=torch.float32).mul_(2).sub_(1)
        kept = torch.cat([kept, darts[toydiff.Checkerboard().contains(darts)]])
    return kept[:n]


def sample_float64(n, source):
    cells = toydiff.Checkerboard().filled.double()
    which = torch.multinomial(torch.ones(8), n, replacement=True, generator=source)
    return torch.lerp(cells[which], cells[which] + 1, torch.rand(n, 2, generator=source).double()).div(2).sub(1)


def covariance_loop(x):
    mean = [sum(column) / len(x) for column in x.T.tolist()]
    table = [[sum((p[i] - mean[i]) * (p[j] - mean[j]) for p in x.tolist()) / (len(x) - 1) for j in (0, 1)] for i in (0, 1)]
    return torch.tensor(table, dtype=x.dtype)


def covariance_einsum(x):
    d = x.clone()
    d -= d.mean(0, keepdim=True)
    return torch.einsum("ni,nj->ij", d, d) / (d.shape[0] - 1)


def share_loop(x, train, distance):
    new = 0
    for a in x.tolist():
        new += all(math.dist(a, b) > distance for b in train.tolist())
    return new / len(x)


def share_broadcast(distance, train, x):
    return (((x[:, None] - train[None]) ** 2).sum(-1) > distance**2).all(1).double().mean()


def beta_loop(last, first, T):
    return torch.tensor([0.0] + [first + (last - first) * (t - 1) / (T - 1) for t in range(1, T + 1)])


def beta_in_place(T, first, last):
    table = torch.zeros(T + 1, dtype=torch.float64)
    table[1:] = torch.arange(T)
    table *= (last - first) / (T - 1)
    table[1:] += first
    return table


def alpha_bar_loop(beta):
    table = [1.0]
    for value in beta[1:].tolist():
        table.append(table[-1] * (1 - value))
    return torch.tensor(table, dtype=beta.dtype)


def cosine_loop(T, offset):
    f = [math.cos((t / T + offset) / (1 + offset) * math.pi / 2) ** 2 for t in range(T + 1)]
    return torch.tensor([value / f[0] for value in f])


def cosine_double_angle(offset, T):
    angle = (torch.linspace(0, 1, T + 1, dtype=torch.float64) + offset) / (1 + offset) * torch.pi
    f = (1 + angle.cos()) / 2
    return f / f[0]


def step_loop(x_prev, t, eps, schedule):
    rows = []
    for x, step, e in zip(x_prev, t.tolist(), eps):
        b = schedule.beta[step].item()
        rows.append(math.sqrt(1 - b) * x + math.sqrt(b) * e)
    return torch.stack(rows)


def step_einsum(schedule, eps, t, x_prev):
    b = schedule.beta.to(x_prev)[t]
    return torch.einsum("n,nd->nd", (1 - b).sqrt(), x_prev) + torch.einsum("n,nd->nd", b.sqrt(), eps)


def step_in_place(x_prev, t, eps, schedule):
    x, b = x_prev.clone(), schedule.beta[t].unsqueeze(-1).to(x_prev.dtype)
    x.mul_((1 - b).sqrt()).addcmul_(b.sqrt(), eps)
    return x


def noise_loop(x0, t, eps, schedule):
    out = torch.empty_like(x0)
    for i in range(len(x0)):
        a = float(schedule.alpha_bar[t[i]])
        out[i] = a**0.5 * x0[i] + (1 - a) ** 0.5 * eps[i]
    return out


def noise_numpy(eps, x0, schedule, t):
    a = schedule.alpha_bar.numpy()[t.numpy()][:, None]
    return torch.from_numpy((np.sqrt(a) * x0.numpy() + np.sqrt(1 - a) * eps.numpy()).astype(x0.numpy().dtype))


def noise_of_products(x, steps, noise, table):
    a = torch.stack([(1 - table.beta[1:s + 1]).prod() for s in steps.tolist()]).reshape(-1, 1)
    return torch.addcmul(a.sqrt() * x, torch.sqrt(1 - a), noise).type_as(x)


def back_loop(xt, t, eps, schedule):
    return torch.stack([(x - math.sqrt(1 - schedule.alpha_bar[s]) * e) / math.sqrt(schedule.alpha_bar[s])
                        for x, s, e in zip(xt, t, eps)])


def back_numpy(t, xt, eps, schedule):
    a = schedule.alpha_bar.numpy()[t.numpy(), None]
    return torch.as_tensor((xt.numpy() - (1 - a) ** 0.5 * eps.numpy()) * a**-0.5).to(xt.dtype)


def back_by_snr(xt, t, eps, schedule):
    a, snr = schedule.alpha_bar[t][:, None], schedule.snr[t][:, None]
    return (xt.double() / a.sqrt() - eps.double() * snr.rsqrt()).to(xt)


RIGHT = {
    "data.contains": [contains_loop, contains_cells, contains_parity],
    "data.density": [density_where, density_own_tensor, lambda x: toydiff.Checkerboard().density(x)],
    "data.sample_board": [sample_loop, sample_kept, sample_float64],
    "data.normalise": [lambda u, low, high: -1 + 2 / (high - low) * (u - low), lambda high, low, u: u.clone().sub_(
        low).div_(high - low).mul_(2).sub_(1), np_round_trip(lambda u, low, high: np.interp(
            u, [low, high], [-1, 1]).astype(u.dtype)), lambda u, a, b: (2 * u - a - b) / (b - a)],
    "data.denormalise": [lambda x, low, high: torch.lerp(torch.full_like(x, low), torch.full_like(x, high), (x + 1) / 2),
                         lambda x, a, b: (a * (1 - x) + b * (1 + x)) / 2,
                         np_round_trip(lambda x, low, high: np.interp(x, [-1, 1], [low, high]).astype(x.dtype))],
    "data.covariance": [covariance_loop, covariance_einsum, np_round_trip(lambda x: np.cov(x.T).astype(x.dtype)),
                        lambda x: (x.T @ x - len(x) * torch.outer(x.mean(0), x.mean(0))) / (len(x) - 1)],
    "data.share_new": [share_loop, share_broadcast, lambda x, train, distance: 1 - (
        torch.cdist(train, x) <= distance).any(dim=0).float().mean()],
    "forward_process.linear_beta": [beta_loop, beta_in_place, lambda T, first, last: torch.cat(
        [torch.zeros(1), torch.linspace(first, last, T)]), lambda T, first, last: torch.nn.functional.pad(
            torch.from_numpy(np.linspace(first, last, T)), (1, 0))],
    "forward_process.alpha_bar": [alpha_bar_loop, lambda beta: torch.log1p(-beta).cumsum(0).exp(), np_round_trip(
        lambda beta: np.cumprod(1 - beta)), lambda beta: torch.stack([(1 - beta[:t + 1]).prod() for t in range(len(beta))])],
    "forward_process.cosine_alpha_bar": [cosine_loop, cosine_double_angle, lambda T, offset: torch.from_numpy(
        np.cos((np.arange(T + 1) / T + offset) / (1 + offset) * np.pi / 2) ** 2 / np.cos(offset / (1 + offset) * np.pi / 2) ** 2)],
    "forward_process.snr": [lambda alpha_bar: 1 / (1 / alpha_bar - 1), lambda alpha_bar: torch.cat(
        [alpha_bar[:1], alpha_bar[1:] / (1 - alpha_bar[1:])]), lambda alpha_bar: torch.logit(alpha_bar).exp(),
        lambda a: torch.tensor([0.0] + [v / (1 - v) for v in a[1:].tolist()], dtype=a.dtype)],
    "forward_process.forward_step": [step_loop, step_einsum, step_in_place, toydiff.forward_step],
    "forward_process.add_noise": [noise_loop, noise_numpy, noise_of_products, toydiff.add_noise],
    "forward_process.predict_x0": [back_loop, back_numpy, back_by_snr, toydiff.predict_x0],
}


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
    assert "with eps = 0: at t = 50" in result.message and "was wanted" in result.message


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


def test_not_a_number_is_named_with_its_place():
    result = check("forward_process.add_noise", lambda x0, t, eps, schedule: (x0 * t[:, None].sub(3).log()).to(x0.dtype))
    assert "holds NaN or infinity: at t = 1 the x of point 0." in result.message


def test_chance_must_come_from_the_arguments():
    def forgetful(n, source):
        return toydiff.Checkerboard().sample(n)

    def stubborn(n, source):
        return toydiff.Checkerboard().sample(n, 7)

    def few(n, source):
        return toydiff.Checkerboard().sample(max(n, 10), source)

    assert "two different answers" in check("data.sample_board", forgetful).message
    assert "Two different seeds" in check("data.sample_board", stubborn).message
    assert "With n = 1 " in check("data.sample_board", few).message


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
    assert 'href="../notebooks/01_data.ipynb#What-is-a-distribution%3F"' in link


@each_exercise
def test_hints_go_from_gentle_to_the_place_of_the_solution(name):
    hints = [hint(name, number) for number in range(1, 10)]
    assert hints[0].of >= 3 and len({h.message for h in hints}) == hints[0].of
    assert f"solutions/{EXERCISES[name].notebook}.ipynb" in hints[-1].message
    assert "solutions/" not in "".join(h.message for h in hints[:hints[0].of - 1])


def test_asking_again_gives_the_next_hint():
    name = "data.share_new"
    assert [hint(name).number for _ in range(5)] == [1, 2, 3, 3, 3]
    assert "hint 2 of 3" in str(hint(name, 2)) and "hint 2 of 3" in hint(name, 2)._repr_html_()


def test_a_name_that_does_not_exist():
    assert "is `data.contains` meant?" in check("data.contain", contains_loop).message
    assert "is `data.contains` meant?" in str(hint("data.contain"))
    assert not check("x" * 10**6, contains_loop) and not check(None, contains_loop) and "no exercise" in str(hint(3))
