"""How a table is looked up at the t of each point, and what is said where it is done wrong."""

NO_ROW = ("Each factor meets a coordinate, not a point. A table looked up at t has shape (batch,): "
          "`[:, None]` makes it (batch, 1).")
T_MINUS_1 = "ᾱ_{t−1} stands where ᾱ_t should; `schedule.alpha_bar[t]` is ᾱ_t, for the table begins at t = 0."
CUT_OFF = "The guess of x_0 is cut off at ±1; the formula leaves it as it is."
ONE_T = "It comes out as if all points had the t of the first one, but each point has its own."


def row(table, t):
    """Return table[t] as a column, shape (batch, 1)."""
    return table[t][:, None]


def noised_at_t_minus_1(x0, t, eps, schedule):
    """Return x_{t−1} where x_t is wanted."""
    a = row(schedule.alpha_bar, t - 1)
    return (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)
