"""A view of whole ways: where points come from and where they go, one line each."""

from matplotlib.patheffects import withStroke

from .drawing import in_style, named_dots, numpy, square
from .views import heading


def ways(*families, limit=1.15, title="t = {t}"):
    """A view of ways in the plane, all of each at once; each family is (ways_at, colour).

    ways_at[t] (or ways_at(t)) has shape (points on the way, ways, 2); colour: one for all, or NAMED_COLOURS where they
    are the ways of the five named points, whose initials then stand at their ends (else a dot). Ways of few points show
    them.
    """
    def setup(ax):
        write = heading(square(ax, limit), title)
        drawn = []

        @in_style
        def update(t):
            while drawn:
                drawn.pop().remove()
            for ways_at, colour in families:
                x = numpy(getattr(ways_at, "__getitem__", ways_at)(t)).swapaxes(0, 1)    # (ways, points, 2)
                named = not isinstance(colour, str)
                outline = [withStroke(linewidth=1.8, foreground="black")] if named else None    # one of them is white
                for way, its in zip(x, colour if named else [colour] * len(x), strict=True):
                    drawn.extend(ax.plot(*way.T, color=its, lw=1.2, path_effects=outline, ms=6,
                                         marker="." if len(way) < 25 else ""))
                drawn.extend(named_dots(ax, x[:, -1]) if named else ax.plot(*x[:, -1].T, "o", color=colour, ms=6))
            return [write(t), *drawn]
        return update
    return setup
