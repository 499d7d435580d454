"""Train the judge of digits anew and write it: half a minute of one core.

    python tools/judge.py toydiff/checkpoints/judge.pt

What it learns from is noised a little: so it looks at strokes, not at the last grey of a pixel.
"""

import argparse
import sys
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from toydiff.judge import Judge  # noqa: E402
from toydiff.pictures import Digits  # noqa: E402
from toydiff.support import container  # noqa: E402
from toydiff.training import decayed_lr  # noqa: E402


def trained(data, steps=1500, batch_size=128, lr=3e-3, noise=0.2, seed=0):
    """Return a judge trained on `data`."""
    torch.manual_seed(seed)
    judge, source = Judge(), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.01)
    for step in range(1, steps + 1):
        optimizer.param_groups[0]["lr"] = decayed_lr(step, steps, lr)
        x0, label = data.sample_labelled(batch_size, source)
        x = x0 + noise * torch.randn(x0.shape, generator=source)
        value = cross_entropy(judge(x), label)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return judge


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="where to write it")
    path = parser.parse_args(argv).path
    torch.set_num_threads(1)
    data = Digits(labelled=True)
    judge = trained(data)
    container.write(path, {"judge": judge.state_dict()})
    right = (judge.sees(data.held_out)[0] == data.held_out_label).sum().item()
    print(f"Saved {path}: it is right in {right} of {len(data.held_out)} scans held out")


if __name__ == "__main__":
    main()
