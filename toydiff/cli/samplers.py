"""The samplers by their names: which walk, and what is handed to it."""

from .. import flow
from ..fewer_steps import ddim, dpm2m, spacing
from ..sampling import beta_variance, ddpm, optimal_variance, posterior_variance
from ..support.validation import choice, integer, number
from .options import count, share

WALKS = {"ddpm": ddpm, "ddim": ddim, "dpm2m": dpm2m}
DEFAULT = "dpm2m"    # by which a checkpoint that names none is sampled
STEPS = 20           # of those that need not take all
MOST_STEPS = 1000    # that a checkpoint may name: nobody has asked for what never ends
POWER = 0.65         # of spacing: longer steps at much noise
OF_FLOWS, STEPS_OF_A_FLOW = {"heun": flow.heun, "euler": flow.euler}, 20
VARIANCES = {
    "beta": lambda loaded, careful: beta_variance(loaded.schedule, careful),
    "optimal": lambda loaded, careful: optimal_variance(loaded.schedule, loaded.loss_per_t, careful),
    "posterior": lambda loaded, careful: posterior_variance(loaded.schedule),
}
ONLY_FOR = {"variance": ("ddpm",), "eta": ("ddim", "dpm2m")}


def add_sampler_options(parser):
    """Add the options that say how a model is sampled."""
    parser.add_argument("--sampler", choices=[*WALKS, *OF_FLOWS],
                        help="how to walk from noise to data; euler and heun are for flows (default: what the "
                             f"checkpoint names, else {DEFAULT}, for a flow heun)")
    parser.add_argument("--steps", type=count, metavar="N",
                        help=f"how often the model is asked: by ddpm T times, by the others {STEPS} by default "
                             "(heun: an even number of times)")
    parser.add_argument("--eta", type=share,
                        help="of ddim and dpm2m: how much of the noise is fresh, 0 to 1; dpm2m adds it in the first "
                             f"half alone (default 0, of dpm2m with {STEPS} steps or more 1)")
    parser.add_argument("--variance", choices=VARIANCES,
                        help="of ddpm: that of the noise in each step back but the last tenth of them, which keep to "
                             "the posterior's (default beta)")


def find_walk(options, loaded):
    """Return the walk, and its options beside model, schedule, start and seed: for sampling.sample.

    What the command line does not say the checkpoint does, if the sampler is the one it names. --variance alone
    asks for ddpm.
    """
    if loaded.objective == "flow":
        return _find_walk_of_a_flow(options, loaded)
    named, T = loaded.sampler or {"sampler": DEFAULT}, loaded.schedule.T
    name = options.sampler or ("ddpm" if options.variance else named.get("sampler"))
    if name in OF_FLOWS:
        raise ValueError(f"{options.checkpoint} holds a model of the noise, {name} is for flows: give --sampler "
                         f"{' or '.join(WALKS)}")
    if name not in WALKS:
        raise ValueError(f"{options.checkpoint} wants the sampler {name!r}, which this version does not know: "
                         f"give --sampler {' or '.join(WALKS)}")
    asked = {key: given for key in ("steps", "eta", "variance") if (given := getattr(options, key)) is not None}
    wanted = (named if name == named.get("sampler") else {}) | asked
    for key, owners in ONLY_FOR.items():
        if key in wanted and name not in owners:
            raise ValueError(f"--{key} is for {' and '.join(owners)}, the sampler {name} has none")
    try:
        steps = integer(wanted.get("steps", T if name == "ddpm" else STEPS), "steps", low=1)
        eta = number(wanted.get("eta", float(name == "dpm2m" and steps >= STEPS)), "eta", 0, 1, True, True)
        variance = VARIANCES[choice(wanted.get("variance", "beta"), VARIANCES, "variance")]
    except (TypeError, ValueError) as error:    # the command line's own were looked at
        raise ValueError(f"{options.checkpoint} names a sampler with a strange value: {error}") from error
    if options.steps and steps > T:
        raise ValueError(f"--steps must be at most {T}, the timesteps of the checkpoint, got {steps}")
    if name == "ddpm":
        if steps < T:
            raise ValueError(f"ddpm takes all {T} steps, got --steps {steps}: take --sampler dpm2m or ddim")
        return ddpm, {"variance": variance(loaded, T // 10)}
    ts = spacing(loaded.schedule, min(steps, T), power=POWER)
    return WALKS[name], {"ts": ts, "eta": eta, "careful": T // 2 if name == "dpm2m" else 0}


def _find_walk_of_a_flow(options, loaded):
    name = options.sampler or loaded.sampler.get("sampler", "heun")
    if name not in OF_FLOWS:
        raise ValueError(f"{options.checkpoint} holds a flow, which the sampler {name} cannot walk with: give "
                         f"--sampler {' or '.join(OF_FLOWS)}")
    for key, owners in ONLY_FOR.items():
        if getattr(options, key) is not None:
            raise ValueError(f"--{key} is for {' and '.join(owners)}, the sampler {name} has none")
    try:
        steps = options.steps or integer(loaded.sampler.get("steps", STEPS_OF_A_FLOW), "steps", 1, MOST_STEPS)
    except (TypeError, ValueError) as error:    # the command line's own were looked at
        raise ValueError(f"{options.checkpoint} names a sampler with a strange value: {error}") from error
    return OF_FLOWS[name], {"us": flow.spread(steps // 2 + 1 if name == "heun" else steps)}
