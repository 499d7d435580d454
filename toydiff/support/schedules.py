"""What is asked of the numbers of a schedule, and of levels between its steps."""

import torch

from .validation import shown

LEVELS = (1e-12, 1 - 1e-7)    # float32 knows no 1 − 1e-9; nor may √ᾱ ever be 0


def betas(beta):
    """Return β_1 … β_T as a float64 tensor of shape (T,); raise TypeError or ValueError where they are none."""
    try:
        if torch.as_tensor(beta).is_complex():
            raise TypeError
        beta = torch.as_tensor(beta, dtype=torch.float64)
        values = beta.tolist()
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"beta must be numbers of shape (T,), got {shown(beta)}") from None
    if beta.ndim != 1 or len(beta) == 0:
        raise ValueError(f"beta must have shape (T,) with T >= 1, got {tuple(beta.shape)}")
    for t, value in enumerate(values, start=1):
        if not 1e-12 < value < 1:    # a smaller one is lost in 1 − β
            small = " (1e-12 or less)" if 0 < value < 1 else ""
            raise ValueError(f"every beta must lie strictly between 0 and 1, but beta_{t} is {value:g}{small}")
    return beta


def levels(alpha_bar):
    """Return the table ᾱ_0 … ᾱ_T; raise ValueError where nothing of the data is left at its end."""
    if alpha_bar[-1] < 1e-75:
        raise ValueError(f"beta must leave something of the data, but alpha_bar_T is {alpha_bar[-1]:.1g} "
                         f"(T = {len(alpha_bar) - 1}); take fewer steps or a smaller beta")
    return alpha_bar


def t_of(alpha_bar, table):
    """Return the t, a fraction, at which the SNR is that of the level ᾱ: between the steps its log is a straight line.

    table: ᾱ_0 … ᾱ_T. Shape and device of alpha_bar; what lies beyond the table counts as its end.
    """
    alpha_bar = torch.as_tensor(alpha_bar, device=table.device).double().clamp(*LEVELS)
    log_snr = table.double().clamp(*LEVELS).logit()                         # (T + 1,) falling
    above = torch.searchsorted(-log_snr, -alpha_bar.logit(), right=True).clamp(1, len(table) - 1)
    left, right = log_snr[above - 1], log_snr[above]
    return (above - 1 + (left - alpha_bar.logit()) / (left - right)).clamp(0, len(table) - 1)
