"""Bad input to every public function: a right answer, or a ValueError or TypeError, one line that names the argument.

Each call is drawn with arguments that fit together; then one of them is exchanged for something else: another type,
shape or device, NaN, infinity, nothing, or far too much. Whatever comes back must be finite and in shape, and neither
the arguments, a network's weights and a schedule's tables among them, nor the global random state may have changed.
"""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st

import toydiff
from toydiff import (
    checkpoint,
    data,
    evaluation,
    fewer_steps,
    flow,
    forward_process,
    guidance,
    mlp,
    oracle,
    rectified,
    sampling,
    training,
)
from toydiff.data import Checkerboard
from toydiff.forward_process import Schedule
from toydiff.oracle import Oracle
from toydiff.support import devices as device

from strategies import boards, drawn_points, junk, networks, noisings, points, schedules, seeds, some_t, tables, tensors

ALSO = {    # what a message may call an argument instead
    "x0": "xt|t must be one integer", "xT": "xt|device", "xt": "t must be one integer",
    "x_prev": "t must be one integer",
    "steps": "step", "model": "model|network|schedule", "schedule": "schedule|beta|Schedule",
    "data": "data|Checkerboard", "given": "schedule|data|device|model",
    "first": "beta", "last": "beta", "T": "beta", "offset": "beta", "decay": "ema_decay",
    "network": "model|network", "name": "device"}


# --- calls that fit together -----------------------------------------------------------------------------

@st.composite
def asked_networks(draw):
    schedule = draw(schedules())
    x = draw(points(dtype=torch.float32))
    return {"model": draw(networks(schedule)), "xt": x, "t": draw(some_t(schedule, len(x)))}


@st.composite
def asked_oracles(draw):
    schedule = draw(schedules())
    x = draw(points())
    return {"oracle": Oracle(draw(boards), schedule), "xt": x, "t": draw(some_t(schedule, len(x)))}


@st.composite
def steps_back(draw):
    schedule = draw(schedules())
    x = draw(points(dtype=torch.float32))
    return {"model": draw(networks(schedule)), "xt": x, "t": draw(st.integers(1, schedule.T)), "schedule": schedule,
            "z": drawn_points(len(x)), "variance": draw(tables(schedule))}


@st.composite
def walks(draw):
    schedule = draw(schedules().filter(lambda schedule: schedule.T < 20))
    return {"model": draw(networks(schedule)), "schedule": schedule, "xT": draw(points(dtype=torch.float32)),
            "seed": draw(seeds), "variance": draw(tables(schedule))}


@st.composite
def jumps(draw, *also):
    """A step from t to an earlier s."""
    schedule = draw(schedules())
    x, t = draw(points(dtype=torch.float32)), draw(st.integers(1, schedule.T))
    every = {"model": draw(networks(schedule)), "xt": x, "t": t, "s": draw(st.integers(0, t - 1)),
             "schedule": schedule, "eta": draw(st.floats(0, 1)), "z": drawn_points(len(x))}
    return {name: every[name] for name in ("model", "xt", "t", "s", "schedule", *also)}


@st.composite
def shorter_walks(draw, *also, start="xT"):
    schedule = draw(schedules().filter(lambda schedule: schedule.T < 20))
    ts = sorted(draw(st.sets(st.integers(1, schedule.T), min_size=1, max_size=4)), reverse=True)
    every = {"model": draw(networks(schedule)), "schedule": schedule, start: draw(points(dtype=torch.float32)),
             "ts": ts, "eta": draw(st.floats(0, 1)), "seed": draw(seeds)}
    return {name: every[name] for name in ("model", "schedule", start, "ts", *also)}


@st.composite
def samplings(draw):
    walk = draw(walks())
    walk["variance"] = None
    return walk | {"n": draw(st.integers(1, 20)), "batch_size": draw(st.integers(1, 30)), "device": "cpu"}


@st.composite
def asked_on(draw):
    asked = draw(asked_networks())
    return asked | {"schedule": Schedule.linear(2000), "t": draw(st.integers(1, 2000))}


@st.composite
def trainings(draw):
    schedule = draw(schedules().filter(lambda schedule: schedule.T < 20))
    return {"model": draw(networks(schedule)), "data": draw(boards), "schedule": schedule, "seed": draw(seeds)}


@st.composite
def losses(draw):
    noising = draw(noisings(torch.float32).filter(lambda noising: len(noising["x0"])))
    return noising | {"model": draw(networks(noising["schedule"]))}


@st.composite
def moments(draw, *also):
    """A place on the line between a datum and a noise, and a flow to ask there."""
    x0 = draw(points(dtype=torch.float32).filter(len))
    every = {"model": flow.FlowMLP(Schedule.linear(5), 4), "x0": x0, "u": draw(st.floats(0.01, 1)),
             "eps": drawn_points(len(x0))}
    return {name: every[name] for name in (*also, "x0", "u", "eps")}


@st.composite
def asked_for(draw):
    schedule = draw(schedules())
    x = draw(points(dtype=torch.float32))
    return {"model": mlp.FeatureMLP(schedule, 4, labels=3), "label": draw(st.integers(0, 2)),
            "gamma": draw(st.floats(-3, 9)), "xt": x, "t": draw(st.integers(1, schedule.T))}


def pairs():
    return st.integers(1, 9).flatmap(lambda n: st.fixed_dictionaries({"x": points(n), "y": points(n)}))


def some(**names):
    return st.fixed_dictionaries(names)


def last_of(walk):
    return list(walk)[-1][1]


some_points = points(dtype=torch.float32).filter(len)
board_and_points = some(board=boards, x=points())
measured = some(x=points().filter(len), data=boards)
MEASURED = evaluation.evaluate(torch.zeros(3, 2), Checkerboard(), draws=2)
coarse = st.sampled_from([Schedule([0.3, 0.5]), Schedule.linear(3, 0.1, 0.9)])    # soon measured

# name -> (what is called, arguments that fit, those that are not exchanged)
CALLS = {
    "named_points": (data.named_points, some(device=st.just("cpu"))),
    "Checkerboard": (lambda cells_per_side: Checkerboard(cells_per_side).mean,
                     some(cells_per_side=st.sampled_from([2, 4, 6]))),
    "sample points": (lambda board, n, seed, device: board.sample(n, seed, device),
                      some(board=boards, n=st.integers(1, 20), seed=seeds, device=st.just("cpu"))),
    "cell_of": (lambda board, x: board.cell_of(x), board_and_points),
    "contains": (lambda board, x: board.contains(x), board_and_points),
    "density": (lambda board, x: board.density(x), board_and_points),
    "Schedule": (lambda beta: Schedule(beta).alpha_bar,
                 some(beta=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=9))),
    "linear": (lambda T, first, last: Schedule.linear(T, first, last).alpha_bar,
               some(T=st.integers(1, 20), first=st.floats(0.01, 0.9), last=st.floats(0.01, 0.9))),
    "cosine": (lambda T, offset: Schedule.cosine(T, offset).alpha_bar,
               some(T=st.integers(1, 20), offset=st.floats(0.001, 0.9))),
    "Schedule.to": (lambda schedule, device: schedule.to(device).alpha_bar,
                    some(schedule=schedules(), device=st.just("cpu"))),
    "add_noise": (forward_process.add_noise, noisings()),
    "forward_step": (forward_process.forward_step, noisings(of=("x_prev", "eps"))),
    "predict_x0": (forward_process.predict_x0, noisings(of=("xt", "eps"))),
    "ReferenceMLP": (lambda schedule, hidden: mlp.ReferenceMLP(schedule, hidden)(torch.zeros(2, 2), 1),
                     some(schedule=schedules(), hidden=st.integers(1, 9))),
    "FeatureMLP": (lambda schedule, hidden: mlp.FeatureMLP(schedule, hidden)(torch.zeros(2, 2), 1),
                   some(schedule=schedules(), hidden=st.integers(1, 9))),
    "a network": (lambda model, xt, t: model(xt, t), asked_networks()),
    "count_parameters": (mlp.count_parameters, some(model=schedules().flatmap(networks))),
    "posterior_mean": (sampling.posterior_mean, noisings(of=("x0", "xt"))),
    "posterior_variance": (sampling.posterior_variance, some(schedule=schedules())),
    "beta_variance": (sampling.beta_variance, some(schedule=schedules())),
    "optimal_variance": (sampling.optimal_variance, schedules().flatmap(lambda schedule: some(
        schedule=st.just(schedule), loss_per_t=tables(schedule), careful=st.integers(0, 20)))),
    "reverse_step": (sampling.reverse_step, steps_back()),
    "ddpm": (lambda **arguments: last_of(sampling.ddpm(**arguments)), walks()),
    "ddim_step": (fewer_steps.ddim_step, jumps("eta", "z")),
    "heun_step": (fewer_steps.heun_step, jumps()),
    "ddim": (lambda **arguments: last_of(fewer_steps.ddim(**arguments)), shorter_walks("eta", "seed")),
    "heun": (lambda **arguments: last_of(fewer_steps.heun(**arguments)), shorter_walks()),
    "dpm2m": (lambda **arguments: last_of(fewer_steps.dpm2m(**arguments)), shorter_walks("eta", "seed")),
    "to_noise": (lambda **arguments: last_of(fewer_steps.to_noise(**arguments)), shorter_walks(start="x0")),
    "spacing": (fewer_steps.spacing, schedules().flatmap(lambda schedule: some(
        schedule=st.just(schedule), n=st.integers(1, schedule.T), even_in=st.sampled_from(["t", "log_snr"]),
        power=st.floats(0.3, 2)))),
    "refined": (lambda schedule, n: fewer_steps.refined(schedule, n).alpha_bar, some(
        schedule=schedules(), n=st.integers(1, 30))),
    "on_schedule": (lambda model, schedule, xt, t: fewer_steps.on_schedule(model, schedule)(xt, t), asked_on()),
    "interpolate": (flow.interpolate, moments()),
    "flow_loss": (flow.flow_loss, moments("model")),
    "rectified_loss": (lambda model, x0, u, eps: rectified.rectified_loss(
        model, torch.stack([x0, eps], 1), u, torch.stack([eps, eps], 1)), moments("model")),
    "AsFlow": (lambda model, xu: flow.AsFlow(model)(xu, 0.01), some(
        model=schedules().flatmap(networks), xu=points(dtype=torch.float32))),
    "FlowMLP": (lambda schedule, hidden: flow.FlowMLP(schedule, hidden)(torch.zeros(2, 2), 0.5),
                some(schedule=schedules(), hidden=st.integers(1, 9))),
    "Pairs": (lambda noise, data: toydiff.Pairs(noise, data).pairs, st.integers(1, 9).flatmap(
        lambda n: some(noise=points(n, torch.float32), data=points(n, torch.float32)))),
    "guided": (lambda model, label, gamma, xt, t: guidance.guided(model, label, gamma)(xt, t), asked_for()),
    "in_pieces": (lambda model, size, xt, t: sampling.in_pieces(model, size)(xt, t), asked_networks().flatmap(
        lambda asked: some(size=st.integers(1, 5), **{name: st.just(value) for name, value in asked.items()}))),
    "sample": (lambda xT, **arguments: sampling.sample(**arguments), samplings()),
    "Oracle": (lambda data, schedule: Oracle(data, schedule)(torch.zeros(2, 2), 1),
               some(data=boards, schedule=schedules())),
    "oracle": (lambda oracle, xt, t: oracle(xt, t), asked_oracles()),
    "oracle.x0": (lambda oracle, xt, t: oracle.x0(xt, t), asked_oracles()),
    "oracle.score": (lambda oracle, xt, t: oracle.score(xt, t), asked_oracles()),
    "oracle.log_density": (lambda oracle, xt, t: oracle.log_density(xt, t), asked_oracles()),
    "loss_floor": (oracle.loss_floor, some(data=boards, schedule=coarse)),
    "inside": (evaluation.inside, measured),
    "balance": (evaluation.balance, measured),
    "strays": (evaluation.strays, some(x=points().filter(len), data=boards, distance=st.floats(0, 3))),
    "sliced_wasserstein": (lambda x, y, projections: evaluation.sliced_wasserstein(x, y, projections), pairs().flatmap(
        lambda pair: some(projections=st.integers(1, 9), **{name: st.just(value) for name, value in pair.items()}))),
    "evaluate": (lambda **arguments: torch.tensor([
        number for metric in evaluation.evaluate(**arguments).metrics.values() for number in vars(metric).values()]),
                 some(x=points().filter(len), data=boards, seed=seeds, draws=st.integers(2, 4))),
    "as_good_as_real": (lambda name: MEASURED.as_good_as_real(name),
                        some(name=st.sampled_from(list(evaluation.LINES)))),
    "excess_loss": (lambda **arguments: evaluation.excess_loss(**arguments).per_t, coarse.flatmap(lambda schedule: some(
        model=networks(schedule), data=boards, schedule=st.just(schedule), points=st.integers(1, 20), seed=seeds))),
    "loss": (training.loss, losses()),
    "loss_per_t": (lambda points, **arguments: training.loss_per_t(points=points, **arguments), trainings().flatmap(
        lambda made: some(points=st.integers(1, 9), **{name: st.just(value) for name, value in made.items()}))),
    "decayed_lr": (training.decayed_lr, some(step=st.integers(1, 9), steps=st.integers(9, 20), lr=st.floats(1e-5, 1))),
    "EMA": (lambda model, decay: training.EMA(model, decay).model(torch.zeros(1, 2), 1),
            some(model=schedules().flatmap(networks), decay=st.floats(0, 0.999))),
    "train": (lambda **arguments: [state.loss for state in training.train(**arguments)][-1], trainings().flatmap(
        lambda made: some(steps=st.integers(1, 3), batch_size=st.integers(1, 9), lr=st.floats(1e-5, 1e-2),
                          ema_decay=st.floats(0, 0.999), **{name: st.just(value) for name, value in made.items()}))),
    "build_model": (lambda network, schedule, hidden, seed: checkpoint.build_model(network, schedule, hidden, seed)(
        torch.zeros(1, 2), 1), some(network=st.sampled_from(list(checkpoint.NETWORKS)), schedule=schedules(),
                                    hidden=st.integers(1, 9), seed=seeds)),
    "find_device": (lambda name: device.find_device(name) and torch.zeros(1), some(name=st.just("cpu"))),
}
NOT_EXCHANGED = {"board", "oracle"}    # the object whose method is called
INITIALISED = {"ReferenceMLP", "FeatureMLP", "FlowMLP"}    # as all of PyTorch's, from the global random state
ITSELF = {"Schedule.to": {"schedule"}, "a network": {"model"}, "sample": {"xT"}, "rectified_loss": {"x0", "eps"}}
CHANGED = {"train": {"model"}}    # what a call is there to change


def test_every_public_function_is_called():
    """Those of the package, but for what only looks at the machine; `save` and `load` have their own tests."""
    public = {name for name in toydiff.__all__ if callable(getattr(toydiff, name))}
    tested = {name.split(".")[0].split(" ")[0] for name in CALLS} | {
        "training_step", "TrainingState", "best_device", "save", "load", "Checkpoint", "CheckpointError", "Evaluation",
        "pairs_of", "straightness"}    # of walks, which have been looked at
    assert public <= tested, public - tested


def numbers_in(result):
    return result if isinstance(result, torch.Tensor) else torch.tensor(result)


def content(value):
    """All that a call could change in an argument, down to the last bit; None where it holds nothing."""
    if isinstance(value, torch.Tensor):
        held = None if value.is_meta else value.detach().reshape(-1).view(torch.uint8).numpy().tobytes()
        return value.shape, value.dtype, value.requires_grad, held
    if isinstance(value, torch.nn.Module):
        held = [*value.named_parameters(), *value.named_buffers(), *vars(value).items()]
        return [(name, content(one)) for name, one in held if isinstance(one, torch.Tensor | Schedule | bool)]
    if isinstance(value, Schedule):
        return [(name, content(table)) for name, table in vars(value).items()]
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype, repr(value)
    return repr(value) if type(value) in (bool, list, tuple, dict, set, Checkerboard) else None


def halve(tensor):
    with torch.no_grad():
        tensor /= 2


HARM = {
    "points": (torch.ones(3, 2), halve),
    "NaN to 0": (torch.full((3, 2), math.nan), lambda x: x.nan_to_num_()),
    "complex": (torch.ones(3, dtype=torch.complex64), halve),
    "bytes": (torch.ones(3, dtype=torch.uint8), lambda x: x.add_(1)),
    "gradients on": (torch.ones(3), lambda x: x.requires_grad_()),
    "weights": (mlp.FeatureMLP(Schedule([0.5]), 2), lambda model: halve(model.layers[4].weight)),
    "a table inside": (mlp.FeatureMLP(Schedule([0.5]), 2), lambda model: halve(model.alpha_bar)),
    "frozen": (mlp.ReferenceMLP(Schedule([0.5]), 2), lambda model: model.requires_grad_(False)),
    "to evaluation": (mlp.ReferenceMLP(Schedule([0.5]), 2), lambda model: model.eval()),
    "a schedule": (Schedule([0.5]), lambda schedule: halve(schedule.alpha_bar)),
    "the oracle's schedule": (Oracle(Checkerboard(), Schedule([0.5])), lambda oracle: halve(oracle.schedule.beta)),
    "a list": ([0.1, 0.2], lambda beta: beta.pop()),
    "an array": (np.zeros((3, 2)), lambda x: x.fill(1)),
}


@pytest.mark.parametrize("value, harm", HARM.values(), ids=HARM)
def test_what_a_call_does_to_its_arguments_would_be_seen(value, harm):
    before = content(value)
    assert content(value) == before
    harm(value)
    assert content(value) != before


@pytest.mark.parametrize("name", CALLS)
@given(draw=st.data())
def test_a_right_answer_or_the_name_of_the_argument(name, draw):
    call, fitting = CALLS[name]
    arguments = draw.draw(fitting, "arguments")
    wrong = draw.draw(st.sampled_from(sorted(set(arguments) - NOT_EXCHANGED - ITSELF.get(name, set()))), "exchanged")
    arguments[wrong] = draw.draw(st.one_of(junk, tensors()), "for")
    held, before = {key: content(value) for key, value in arguments.items()}, torch.get_rng_state()
    try:
        result = call(**arguments)
    except (TypeError, ValueError) as error:
        said = str(error)
        assert len(said.splitlines()) == 1 and len(said) < 250, said
        assert re.search(rf"\b({wrong}|{ALSO.get(wrong, wrong)})\b", said), said
    else:
        numbers = numbers_in(result)
        assert numbers.is_meta or not numbers.isnan().any()
        shape = next((arguments[key].shape for key in ("xt", "x0", "x_prev", "xT") if key in arguments
                      and isinstance(arguments[key], torch.Tensor)), None)
        if shape and name not in ("sample", "loss", "flow_loss", "rectified_loss", "oracle.log_density"):
            assert numbers.shape == shape
    changed = {key for key, value in arguments.items() if content(value) != held[key]} - CHANGED.get(name, set())
    assert not changed, f"changed: {changed}"
    if wrong != "seed" and name not in INITIALISED:
        assert torch.get_rng_state().equal(before), "the global random state was touched"
