"""The live board's JavaScript reckons as torch does: run in a browser, on the same noise."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
import torch

import toydiff
from tools.site import networks
from toydiff import Oracle, ddpm, posterior_variance, reverse_step
from toydiff.evaluation import inside
from toydiff.fewer_steps import ddim, dpm2m, spacing
from toydiff.oracle import loss_floor

from front_page import front_folder, opened  # noqa: F401

POINTS = 500
SAME = 1e-4    # float32 sums in another order; what a walk makes of that on its way stays below this


@pytest.fixture(scope="module")
def page(browser, front_folder):
    with opened(browser, front_folder / "index.html") as page:
        yield page


@pytest.fixture(scope="module")
def course():
    return toydiff.load()


def noise(n=POINTS, seed=0):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def numbers(x):
    return x.flatten().tolist()


def points(found):
    return torch.tensor(found, dtype=torch.float64).reshape(-1, 2)


def last(walk):
    for _, x in walk:
        pass
    return x


# Walks x with a model of the page; z: the fresh noise of each step, as one list.
WALK = """([who, x, options, z]) => {
  let next = 0
  const at = Float32Array.from(x), {schedule} = live.course
  for (const _ of walk(live.course[who], schedule, at, {...options, normal: () => z[next++]}));
  return [...at]
}"""


def walked(page, x, ts, z=(), who="network", **options):
    return points(page.evaluate(WALK, [who, numbers(x), {"ts": ts, **options}, list(z)]))


def test_the_page_has_the_course_s_network_and_says_so(front_folder):
    text = (front_folder / "live" / "networks.js").read_text(encoding="utf-8")
    assert len(text.encode()) <= 130_000
    board = json.loads(re.search(r"const NETWORKS = (.*?)\nconst", text, re.DOTALL)[1])["board"]
    weights = base64.b64decode(board["weights"])
    file = toydiff.checkpoint.BUNDLED
    assert hashlib.sha256(weights).hexdigest() == board["sha256"]
    assert board["checkpoint"] == {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    assert weights == networks.raw(toydiff.load().model.state_dict().values())


def test_the_page_does_not_run_what_it_cannot(tmp_path, course):
    path = tmp_path / "reference.pt"
    toydiff.save(path, replace(course, model=toydiff.ReferenceMLP(course.schedule)))
    with pytest.raises(ValueError, match="FeatureMLP"):
        networks.exported(path)


@pytest.mark.parametrize("t", [1, 2, 5, 20, 60, 100])
def test_network_and_exact_denoiser(page, course, t):
    """The oracle far outside, too, where every density is 0 in floating point."""
    x = toydiff.add_noise(course.data.sample(POINTS, seed=1), t, noise(), course.schedule)
    ask = "([who, x, t]) => { const eps = new Float32Array(x.length);" \
          " live.course[who].eps(Float32Array.from(x), t, eps); return [...eps] }"
    with torch.no_grad():
        wanted = course.model(x, t)
    assert (points(page.evaluate(ask, ["network", numbers(x), t])) - wanted).abs().max() < 1e-5
    far = 3 * x
    exact = Oracle(course.data, course.schedule)(far.double(), t)
    found = points(page.evaluate(ask, ["oracle", numbers(far), t]))
    assert ((found - exact).abs() / (1 + exact.abs())).max() < 1e-5


def test_the_same_noise_gives_the_same_samples(page, course):
    model, schedule, xT = course.model, course.schedule, noise()
    for n in (5, 10, 20, 100):
        ts = spacing(schedule, n)
        assert (walked(page, xT, ts) - last(ddim(model, schedule, xT, ts))).abs().max() < SAME
        assert (walked(page, xT, ts, solver="2m") - last(dpm2m(model, schedule, xT, ts))).abs().max() < SAME
    exact, ts = Oracle(course.data, schedule), spacing(schedule, 20)
    assert (walked(page, xT, ts, who="oracle", solver="2m") - last(dpm2m(exact, schedule, xT, ts))).abs().max() < SAME


def test_the_same_fresh_noise_gives_the_same_samples(page, course):
    model, schedule, xT = course.model, course.schedule, noise()
    z = [noise(seed=100 + t) for t in range(schedule.T + 1)]
    x, variance = xT, posterior_variance(schedule)
    with torch.no_grad():
        for t in range(schedule.T, 0, -1):
            x = reverse_step(model, x, t, schedule, z[t], variance)
    ts = spacing(schedule, schedule.T)
    found = walked(page, xT, ts, torch.stack([z[t] for t in ts]).flatten().tolist(), eta=1)
    assert (found - x).abs().max() < SAME
    assert inside(found.float(), course.data) > 0.98


def test_times_are_the_same(page, course):
    wanted = {str(n): spacing(course.schedule, n) for n in range(1, 101)}
    found = page.evaluate("() => Object.fromEntries(Array.from({length: 100}, (_, i) => "
                          "[i + 1, live.course.schedule.spacing(i + 1)]))")
    assert found == wanted


def test_gradients_are_those_of_autograd(page, course):
    schedule, n = course.schedule, 64
    x0, eps, t = course.data.sample(n, seed=3), noise(n, 4), torch.arange(n) % schedule.T + 1
    xt, model = toydiff.add_noise(x0, t, eps, schedule), toydiff.load().model
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    loss = ((model(xt, t) - eps)**2).mean()
    loss.backward()
    found = page.evaluate("""([x, t, eps]) => {
      const {loss, gradients} = lossAndGradients(live.course.network, Float32Array.from(x), t, Float32Array.from(eps))
      return [loss, gradients.flatMap(({weight, bias}) => [[...weight], [...bias]])]
    }""", [numbers(xt), t.tolist(), numbers(eps)])
    assert found[0] == pytest.approx(loss.item(), rel=1e-4)
    for mine, parameter in zip(found[1], model.parameters(), strict=True):
        wanted = parameter.grad.flatten()
        assert (torch.tensor(mine) - wanted).norm() < 1e-3 * wanted.norm()


def test_it_learns_and_never_beats_what_is_possible(page, course):
    """From nothing, 400 steps close more than half of the way to the least loss, and no more than all of it.

    The mean of the last 100 steps, of 256 points each, has a standard deviation of some 0.003; the seed is fixed.
    """
    losses = page.evaluate("""() => {
      const run = new Run(live.course.board, live.course.schedule, {seed: 1, steps: 400})
      return Array.from({length: 400}, () => run.step())
    }""")
    floor = page.evaluate("live.course.floor")
    share = (torch.linspace(0, 1, course.schedule.T + 1, dtype=torch.float64)**(1 / 3)).diff()
    assert floor == pytest.approx((share * loss_floor(course.data, course.schedule)[1:]).sum().item())
    late = sum(losses[-100:]) / 100
    assert floor - 0.012 < late < floor + 0.5 * (sum(losses[:5]) / 5 - floor)


def test_an_exact_walk_fills_the_board(page, course):
    """The page's own random numbers are fit for it: noise and walk made there, judged here."""
    found = page.evaluate("""() => {
      const random = new Random(5), x = random.normals(1000), {schedule, oracle} = live.course
      for (const _ of walk(oracle, schedule, x, {ts: schedule.spacing(30), eta: 1, normal: () => random.normal()}));
      return [...x]
    }""")
    assert inside(points(found).float(), course.data) > 0.97


def test_ddpm_is_ddim_with_all_its_noise_exchanged(course):
    """What the page takes for granted: one kind of step for both."""
    xT = noise(50)
    whole = last(ddim(course.model, course.schedule, xT, eta=1.0, seed=7))
    other = last(ddpm(course.model, course.schedule, xT, seed=7, variance=posterior_variance(course.schedule)))
    assert (whole - other).abs().max() < 1e-3
