"""The samplers by their names: which walk, and what is handed to it."""

from ..fewer_steps import ddim, dpm2m, spacing
from ..sampling import beta_variance, ddpm, optimal_variance, posterior_variance
from .options import count, share

WALKS = {"ddpm": ddpm, "ddim": ddim, "dpm2m": dpm2m}
DEFAULT = {"sampler": "ddpm"}                       # what a checkpoint that names none is sampled by
STEPS = 10                                          # of those that need not take all
VARIANCES = {
    "beta": lambda loaded, careful: beta_variance(loaded.schedule, careful),
    "optimal": lambda loaded, careful: optimal_variance(loaded.schedule, loaded.loss_per_t, careful),
    "posterior": lambda loaded, careful: posterior_variance(loaded.schedule),
}
OF_ONE_ALONE = {"variance": "ddpm", "eta": "ddim"}


def add_sampler_options(parser):
    """Add the options that say how a model is sampled."""
    parser.add_argument("--sampler", choices=WALKS, help="how to walk from noise to data (default: what the checkpoint "
                        f"names, else {DEFAULT['sampler']})")
    parser.add_argument("--steps", type=count, metavar="N",
                        help=f"how often the model is asked: by ddpm T times, by the others {STEPS} by default")
    parser.add_argument("--eta", type=share, help="of ddim: how much of the noise is fresh, 0 to 1 (default 0)")
    parser.add_argument("--variance", choices=VARIANCES,
                        help="of ddpm: that of the noise in each step back but the last tenth of them, which keep to the "
                             "posterior's (default beta)")


def find_walk(options, loaded):
    """Return the walk, and its options beside model, schedule, start and seed: for sampling.sample.

    What the command line does not say the checkpoint does, if the sampler is the one it names.
    """
    named = loaded.sampler or DEFAULT
    name = options.sampler or named["sampler"]
    if name not in WALKS:
        raise ValueError(f"{options.checkpoint} wants the sampler {name!r}, which this version does not know: "
                         f"give --sampler {' or '.join(WALKS)}")
    wanted = dict(named) if name == named["sampler"] else {}
    wanted |= {key: given for key in ("steps", "eta", "variance") if (given := getattr(options, key)) is not None}
    for key, owner in OF_ONE_ALONE.items():
        if key in wanted and name != owner:
            raise ValueError(f"--{key} is for --sampler {owner}, {name} has none")
    T = loaded.schedule.T
    if wanted.get("steps", T) > T:
        raise ValueError(f"--steps must be at most {T}, the timesteps of the checkpoint, got {wanted['steps']}")
    if name == "ddpm":
        if wanted.get("steps", T) < T:
            raise ValueError(f"ddpm takes all {T} steps, got --steps {wanted['steps']}: take --sampler dpm2m or ddim")
        return ddpm, {"variance": VARIANCES[wanted.get("variance", "beta")](loaded, T // 10)}
    ts = spacing(loaded.schedule, wanted.get("steps", min(STEPS, T)))
    return WALKS[name], {"ts": ts} | ({"eta": wanted.get("eta", 0.0)} if name == "ddim" else {})
