"""How much data and how much noise is in x_t."""


def a_and_s(schedule, t):
    """Return √ᾱ_t and √(1 − ᾱ_t)."""
    return schedule.alpha_bar[t].sqrt(), (1 - schedule.alpha_bar[t]).sqrt()
