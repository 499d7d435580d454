"""The course on a GPU: the same numbers as on a CPU, and nothing in the training loop that makes it wait.

Waiting is looked for without a GPU too: on PyTorch's "meta" device, where tensors have a shape and no content, any
question about a value is an error, and any copy between it and the CPU can be seen.
"""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from toydiff import checkpoint, evaluation, flow, sampling, training
from toydiff.data import Checkerboard
from toydiff.forward_process import Schedule, add_noise
from toydiff.mlp import FeatureMLP, ReferenceMLP
from toydiff.oracle import Oracle
from toydiff.pictures import Digits, UNet
from toydiff.support import resuming

BOARD, SCHEDULE = Checkerboard(), Schedule.linear()
NETWORKS = [FeatureMLP, ReferenceMLP]
LESSONS = {    # network, data, and what a training step takes beside
    "FeatureMLP": lambda: (FeatureMLP(SCHEDULE), BOARD, {}),
    "ReferenceMLP": lambda: (ReferenceMLP(SCHEDULE), BOARD, {}),
    "labels": lambda: (FeatureMLP(SCHEDULE, labels=8), Checkerboard(labelled="cells"), {}),
    "flow": lambda: (flow.FlowMLP(SCHEDULE), BOARD, {"loss": flow.flow_loss, "draw_t": flow.draw_u}),
    "digits": lambda: (UNet(SCHEDULE, 8, labels=10), Digits(labelled=True), {"draw_t": training.draw_t_evenly}),
}


def cuda_test(test):
    """Mark a test `cuda`; where there is none it is passed over."""
    there = torch.cuda.is_available()
    return pytest.mark.cuda(pytest.mark.skipif(not there, reason="there is no CUDA GPU here")(test))


class Crossings(TorchDispatchMode):
    """Notes every operation in which two kinds of device meet."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        result = operation(*args, **(kwargs or {}))
        kinds = {leaf.device.type for leaf in tree_leaves((args, kwargs, result)) if isinstance(leaf, torch.Tensor)}
        if len(kinds) > 1:
            self.found.append(str(operation))
        return result


def some_steps(lesson, device, steps):
    """Training steps as in training.train: yields after each. On "meta" there is no fused Adam."""
    model, data, beside = LESSONS[lesson]()
    schedule, ema = SCHEDULE.to(device), training.EMA(model.to(device), 0.999)
    source = None if device == "meta" else torch.Generator(device).manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=8e-3, fused=device != "meta")
    for step in range(1, steps + 1):
        training.training_step(model, optimizer, data, schedule, 64, source, **beside)
        ema.update(model, step)
        yield step


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_training_step_asks_for_no_value_and_moves_no_tensor(lesson):
    steps = some_steps(lesson, "meta", 3)
    next(steps)    # the data's tables go to the device at the first draw
    with Crossings() as crossings:
        assert list(steps) == [2, 3]
    assert crossings.found == []


@pytest.mark.parametrize("network", NETWORKS)
def test_a_walk_asks_for_no_value_and_moves_no_tensor(network):
    """A number is filled in on the device: torch.as_tensor(t, device="cuda") would send it there, and wait."""
    walk = sampling.ddpm(network(SCHEDULE).to("meta"), SCHEDULE.to("meta"), torch.zeros(5, 2, device="meta"))
    next(walk), next(walk)
    with Crossings() as crossings:
        assert [t for t, _ in walk] == list(range(98, -1, -1))
    assert crossings.found == []


def test_a_question_and_a_move_would_be_seen():
    x = torch.zeros(3, device="meta")
    with pytest.raises(RuntimeError, match="meta"):
        bool(x.isfinite().all())
    with Crossings() as crossings:
        torch.zeros(3).to("meta")
        x + x
    assert crossings.found == ["aten._to_copy.default"]


@cuda_test
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_training_step_on_the_gpu_does_not_wait(lesson):
    steps = some_steps(lesson, "cuda", 12)
    next(steps), next(steps)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in steps:
            pass
    finally:
        torch.cuda.set_sync_debug_mode("default")


@cuda_test
@pytest.mark.parametrize("network", NETWORKS)
def test_a_walk_on_the_gpu_does_not_wait(network):
    walk = sampling.ddpm(network(SCHEDULE).to("cuda"), SCHEDULE, torch.randn(100, 2, device="cuda"), seed=0)
    next(walk), next(walk), next(walk)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in walk:
            pass
    finally:
        torch.cuda.set_sync_debug_mode("default")


@cuda_test
@pytest.mark.parametrize("lesson", LESSONS)
def test_recorded_steps_are_the_steps(lesson, recwarn):
    """The same generator, so the same draws: after 60 steps the weights agree to what rounding in another order leaves.
    Adam divides by √v, which is tiny at first: 1e-3 of the largest weight."""
    runs = []
    for graph in (False, True):
        with torch.random.fork_rng():
            torch.manual_seed(1)
            model, data, beside = LESSONS[lesson]()
        states = training.train(model.to("cuda"), data, SCHEDULE, steps=60, batch_size=64, lr=1e-3, seed=3,
                                graph=graph, **beside)
        losses = [state.loss for state in states]
        runs.append((torch.stack(losses), model))
    assert not recwarn.list and len(set(runs[1][0].tolist())) > 50    # each with draws of its own
    assert torch.allclose(runs[0][0], runs[1][0], rtol=1e-2)
    for a, b in zip(runs[0][1].parameters(), runs[1][1].parameters(), strict=True):
        assert (a - b).abs().max() <= 1e-3 * a.abs().max() + 1e-4


@cuda_test
def test_a_recorded_run_goes_on_where_it_stood():
    kept = {}
    for upto in (40, 20):
        model = checkpoint.build_model("FeatureMLP", SCHEDULE, 16, seed=1).to("cuda")
        for state in training.train(model, BOARD, SCHEDULE, steps=40, batch_size=64, seed=3, graph=True,
                                    resume=kept.get("half")):
            if state.step == 20 and "half" not in kept:
                kept["half"] = resuming.progress(state)
        kept[upto] = [p.clone() for p in model.parameters()]
    for a, b in zip(kept[40], kept[20], strict=True):
        assert torch.allclose(a, b, rtol=1e-3, atol=1e-5)


@cuda_test
def test_what_cannot_be_recorded_is_taken_step_by_step():
    class Asking(Checkerboard):
        def sample(self, n, seed=None, device="cpu"):
            x = super().sample(n, seed, device)
            return x if x.sum().item() < 1e9 else x    # a question, at which a recording fails

    model = FeatureMLP(SCHEDULE, 8).to("cuda")
    with pytest.warns(UserWarning, match="steps are taken one by one"):
        *_, state = training.train(model, Asking(), SCHEDULE, steps=5, batch_size=16, graph=True)
    assert state.step == 5 and state.loss.isfinite()
    assert torch.randn(3, device="cuda").isfinite().all()    # and nothing is left of the recording


@cuda_test
def test_train_waits_only_at_each_hundredth_step():
    """There it asks whether the loss is still a number."""
    states = training.train(FeatureMLP(SCHEDULE).to("cuda"), BOARD, SCHEDULE, steps=120, batch_size=64)
    next(states)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(98):
            next(states)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert [state.step for state in states] == list(range(100, 121))


@cuda_test
@pytest.mark.parametrize("network", NETWORKS)
def test_the_gpu_answers_as_the_cpu_does(network):
    """Loss and gradients of the same batch, to 1e-4 of their size."""
    torch.manual_seed(0)
    model = network(SCHEDULE)
    twin = network(SCHEDULE).to("cuda")
    twin.load_state_dict(model.state_dict())
    x0, eps, t = BOARD.sample(512, 0), torch.randn(512, 2), torch.randint(1, SCHEDULE.T + 1, (512,))
    values = [training.loss(model, x0, t, eps, SCHEDULE),
              training.loss(twin, x0.cuda(), t.cuda(), eps.cuda(), SCHEDULE.to("cuda"))]
    for value in values:
        value.backward()
    assert torch.allclose(values[0], values[1].cpu(), rtol=1e-4)
    for a, b in zip(model.parameters(), twin.parameters(), strict=True):
        assert (a.grad - b.grad.cpu()).abs().max() <= 1e-4 * a.grad.abs().max() + 1e-7


@cuda_test
def test_training_on_the_gpu_learns_and_stays_there():
    for state in training.train(FeatureMLP(SCHEDULE).to("cuda"), BOARD, SCHEDULE, steps=300):
        pass
    assert state.loss.device.type == "cuda" and next(state.ema.parameters()).device.type == "cuda"
    x = sampling.sample(state.ema, SCHEDULE, 20_000, 0, device="cuda")
    assert x.device.type == "cuda" and x.shape == (20_000, 2)
    assert evaluation.inside(x, BOARD) > 0.80    # 0.89 on a CPU, seed 0; without training 0.5


@cuda_test
def test_steps_back_are_the_same_on_both():
    loaded = checkpoint.load()
    x, z = torch.randn(1000, 2), torch.randn(1000, 2)
    variance = sampling.posterior_variance(SCHEDULE)
    for t in (1, 2, 50, 100):
        here = sampling.reverse_step(loaded.model.cpu(), x, t, SCHEDULE, z, variance)
        there = sampling.reverse_step(loaded.model.cuda(), x.cuda(), t, SCHEDULE.to("cuda"), z.cuda(), variance.cuda())
        assert torch.allclose(here, there.cpu(), atol=1e-3)


@cuda_test
@pytest.mark.parametrize("seed", [0, None, "generator"])
def test_samples_are_made_where_they_were_asked_for(seed):
    seed = torch.Generator("cuda").manual_seed(0) if seed == "generator" else seed
    model = FeatureMLP(SCHEDULE).to("cuda")
    assert sampling.sample(model, SCHEDULE, 10, seed, device="cuda").device.type == "cuda"
    x0 = BOARD.sample(1000, seed, "cuda")
    assert x0.device.type == "cuda" and BOARD.contains(x0).all()


@cuda_test
def test_the_oracle_is_the_same_on_both():
    oracle, t = Oracle(BOARD, SCHEDULE), torch.randint(1, SCHEDULE.T + 1, (1000,))
    xt = add_noise(BOARD.sample(1000, 0), t, torch.randn(1000, 2), SCHEDULE)
    for ask in (oracle, oracle.x0, oracle.score, oracle.log_density):
        here, there = ask(xt, t), ask(xt.cuda(), t.cuda())
        assert there.device.type == "cuda"
        assert torch.allclose(here, there.cpu(), rtol=1e-4, atol=1e-4)


@cuda_test
def test_a_checkpoint_goes_from_one_to_the_other_and_back(tmp_path):
    model = FeatureMLP(SCHEDULE, 16).to("cuda")
    losses = training.loss_per_t(model, BOARD, SCHEDULE, points=16)
    checkpoint.save(tmp_path / "a.pt", checkpoint.Checkpoint(model, SCHEDULE.to("cuda"), BOARD, losses))
    for device in ("cpu", "cuda"):
        loaded = checkpoint.load(tmp_path / "a.pt", device)
        assert next(loaded.model.parameters()).device.type == device
        for a, b in zip(model.parameters(), loaded.model.parameters(), strict=True):
            assert torch.equal(a.cpu(), b.cpu())


@cuda_test
def test_metrics_of_points_on_the_gpu_are_those_of_the_same_points_on_the_cpu():
    x, y = BOARD.sample(5000, 0) + 0.05 * torch.randn(5000, 2), BOARD.sample(5000, 1)
    for metric in (evaluation.inside, evaluation.balance, evaluation.strays):
        assert metric(x, BOARD) == pytest.approx(metric(x.cuda(), BOARD), abs=1e-9)
    there = evaluation.sliced_wasserstein(x.cuda(), y.cuda())
    assert evaluation.sliced_wasserstein(x, y) == pytest.approx(there)
