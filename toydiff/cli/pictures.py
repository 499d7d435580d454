"""What `evaluate` and `visualize` say and draw where the data are pictures."""

import torch

from ..judge import copies, evaluate_digits, recognised
from ..pictures import Digits, Pictures

RECIPE = {"steps": 4000, "batch_size": 128, "lr": 2e-3}    # of training, where that of points is another
EVALUATED, SHOWN = 500, 100    # how many by default; figures are compared at one number alone
NAME = "diffusion_pictures.png"


def are(data):
    """Are the data pictures?"""
    return isinstance(data, Pictures)


def loss_points(data):
    """Return how many data the loss at each t is measured with: a U-Net takes a hundred times as long as an MLP."""
    return 512 if are(data) else 4096


def spread_labels(n, data):
    """Return labels for n pictures, as many of each as can be, in order; None where there are none."""
    return torch.arange(n) * data.labels // n if data.labels else None


def words_about(x, data, label):
    """Return what is to be said of pictures just sampled, "" if nothing."""
    if label is None:
        return ""
    return f"; the judge sees {recognised(x.clamp(-1, 1), label):.1%} as {data.label_names[label]}"


def evaluated(x, data, label, seed):
    """Return what is found about pictures x, as plain numbers and in words."""
    if isinstance(data, Digits):
        report = evaluate_digits(x, data, label, seed)
        return report.to_dict(), f"{report}\n\nA distance is compared at the same number of pictures alone."
    finite = x.isfinite().flatten(1).all(1)
    share = copies(x[finite], data.pictures) if finite.any() else float("nan")
    numbers = {"pictures": len(x), "non_finite": (~finite).sum().item(), "copies": share if share == share else None}
    words = (f"{len(x):,} pictures, {share:.1%} of them copies of one of the {len(data.pictures):,} trained on\n\n"
             "For pictures of your own there is no judge: neither a classifier nor a half held out.")
    return numbers, words


def drawn(data, real, path, label):
    """Return the sheet, data beside samples, as a figure, and the view of noise becoming pictures. path: {t: x_t}."""
    from ..notebook import plots

    columns = max(round(len(real) ** 0.5), 1)
    asked = "samples from the model" if label is None else "samples, each row asked for a digit"
    sheet = plots.sheet(("data", real, plots.DATA), (asked, path[min(path)], plots.MODEL), columns=columns,
                        paper=data.paper, size=4.5)
    return sheet, plots.forming(path, plots.MODEL, columns, data.paper)
