"""Checkpoints: the same bits back, whole files or none, and one clear line for whatever is not a checkpoint."""

import hashlib
import io
import os
import pickle
import random
import subprocess
import sys

import pytest
import torch
from torch import nn

from toydiff import checkpoint, flow
from toydiff.checkpoint import BUNDLED, Checkpoint, CheckpointError, build_model, load, save
from toydiff.data import Checkerboard
from toydiff.forward_process import Schedule
from toydiff.pictures import Digits
from toydiff.sampling import sample
from toydiff.support.container import unfinished
from toydiff.support.files import write_whole
from toydiff.support.resuming import progress
from toydiff.training import train

RECIPE = {"steps": 7, "batch_size": 8, "lr": 0.004, "seed": 3}


def make(network="ReferenceMLP", T=7, cells=6, hidden=8):
    schedule = Schedule.cosine(T)
    losses = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    data = Digits() if network == "UNet" else Checkerboard(cells)
    return Checkpoint(build_model(network, schedule, hidden, seed=5), schedule, data, losses, dict(RECIPE))


def make_unfinished(step=2):
    made = make()
    for state in train(made.model, made.data, made.schedule, steps=3, batch_size=8):
        if state.step == step:
            return Checkpoint(state.ema, made.schedule, made.data, None, made.recipe, progress(state))


@pytest.fixture
def path(tmp_path):
    save(tmp_path / "board.pt", make())
    return tmp_path / "board.pt"


@pytest.fixture(params=["finished", "unfinished"])
def either(request, tmp_path):
    """A checkpoint of a model, or of a run under way: with optimizer and random state."""
    save(tmp_path / "board.pt", make() if request.param == "finished" else make_unfinished())
    return tmp_path / "board.pt"


def refusal(path, **options):
    """Load what must not load; return the message after checking that it is one line which names the file."""
    with pytest.raises(CheckpointError) as caught:
        load(path, **options)
    message = str(caught.value)
    assert str(path) in message and len(message.splitlines()) == 1
    return message


# --- round trip ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("network", checkpoint.NETWORKS)
def test_what_comes_back_samples_the_same_bits(tmp_path, network):
    first = make(network)
    save(tmp_path / "a.pt", first)
    again = load(tmp_path / "a.pt")
    how = {"walk": flow.euler, "us": flow.spread(7)} if first.objective == "flow" else {}
    assert torch.equal(sample(first.model, first.schedule, 50, seed=1, **how),
                       sample(again.model, again.schedule, 50, seed=1, **how))
    assert type(again.model) is type(first.model) and again.model.hidden == 8 and again.model.T == 7
    for table in ("beta", "alpha", "alpha_bar"):
        assert torch.equal(getattr(again.schedule, table), getattr(first.schedule, table))
    assert again.data.options() == first.data.options() and type(again.data) is type(first.data)
    assert torch.equal(again.loss_per_t, first.loss_per_t)
    assert again.recipe == RECIPE


def test_a_loaded_model_is_for_sampling_not_for_training(path):
    assert not any(p.requires_grad for p in load(path).model.parameters())


def test_saving_leaves_the_model_as_it_was(tmp_path):
    first = make()
    before = {name: value.clone() for name, value in first.model.state_dict().items()}
    save(tmp_path / "a.pt", first)
    assert all(torch.equal(before[name], value) for name, value in first.model.state_dict().items())
    assert all(p.requires_grad for p in first.model.parameters())


def test_the_same_content_gives_the_same_file(tmp_path):
    save(tmp_path / "a.pt", make())
    save(tmp_path / "b.pt", make())
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.pt").read_bytes()


def test_the_first_line_states_format_version_and_checksum(path):
    header, body = path.read_bytes().split(b"\n", 1)
    assert header.decode() == f"toydiff checkpoint 3 {hashlib.sha256(b'toydiff checkpoint 3 ' + body).hexdigest()}"


def test_folders_on_the_way_are_made(tmp_path):
    save(tmp_path / "new" / "folder" / "a.pt", make())
    assert load(tmp_path / "new" / "folder" / "a.pt").recipe == RECIPE


def test_a_name_with_spaces_and_letters_of_all_kinds(tmp_path):
    save(tmp_path / "mein Schachbrett ✓.pt", make())
    assert load(str(tmp_path / "mein Schachbrett ✓.pt")).recipe == RECIPE


# --- of a run under way ----------------------------------------------------------------------------------

def test_an_unfinished_run_comes_back_and_goes_on_with_the_same_bits(tmp_path):
    first = make_unfinished()
    save(tmp_path / "a.pt", first)
    again = load(tmp_path / "a.pt")
    assert again.loss_per_t is None and again.recipe == RECIPE and again.progress["step"] == 2
    assert torch.equal(sample(first.model, first.schedule, 50, seed=1), sample(again.model, again.schedule, 50, seed=1))
    model = again.model.requires_grad_()
    *_, end = train(model, again.data, again.schedule, steps=3, batch_size=8, resume=again.progress)
    whole = make()
    *_, wanted = train(whole.model, whole.data, whole.schedule, steps=3, batch_size=8)
    for here, there in ((end.model, wanted.model), (end.ema, wanted.ema)):
        assert all(torch.equal(a, b) for a, b in zip(here.parameters(), there.parameters(), strict=True))
    assert torch.equal(end.source.get_state(), wanted.source.get_state())


def test_a_finished_model_holds_nothing_of_its_run(tmp_path):
    save(tmp_path / "a.pt", make_unfinished())
    save(tmp_path / "b.pt", make())
    assert (tmp_path / "a.pt").stat().st_size > 2 * (tmp_path / "b.pt").stat().st_size


def test_the_checkpoint_of_the_course_is_of_version_1_and_is_read_for_good(tmp_path):
    """It was written before there were unfinished ones, labels or other data."""
    assert BUNDLED.read_bytes().startswith(b"toydiff checkpoint 1 ")
    bundled = load()
    assert bundled.progress is None and bundled.recipe == {"steps": 40000, "batch_size": 512, "lr": 0.008, "seed": 0}
    assert bundled.data == Checkerboard() and bundled.objective == "noise" and bundled.sampler == {}
    save(tmp_path / "again.pt", bundled)
    again = load(tmp_path / "again.pt")
    assert again.recipe == bundled.recipe and torch.equal(again.loss_per_t, bundled.loss_per_t)
    assert all(torch.equal(a, b) for a, b in zip(again.model.parameters(), bundled.model.parameters(), strict=True))


def test_where_only_an_unfinished_run_is_the_way_on_is_told(tmp_path):
    path = tmp_path / "board.pt"
    save(unfinished(path), make_unfinished())
    message = refusal(path)
    assert f"only {path}.unfinished" in message and f"`toydiff train --resume --checkpoint {path}` makes one" in message
    assert unfinished(str(path)) == tmp_path / "board.pt.unfinished"


# --- whole or not at all ---------------------------------------------------------------------------------

def test_a_writer_that_fails_half_way_leaves_the_old_file_and_nothing_else(path):
    old = path.read_bytes()

    def half(file):
        file.write(old[:100])
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_whole(path, half)
    assert path.read_bytes() == old
    assert os.listdir(path.parent) == ["board.pt"]


def test_a_full_disk_leaves_the_old_checkpoint_and_says_so(path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    old = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match="No space left on device") as caught:
        save(path, make(cells=2))
    assert str(path) in str(caught.value)
    assert path.read_bytes() == old
    assert os.listdir(path.parent) == ["board.pt"]


def test_the_file_is_on_the_disk_before_it_takes_the_name(path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda d: (order.append("fsync"), fsync(d)))
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append("replace"), replace(a, b)))
    save(path, make(cells=2))
    assert order == ["fsync", "replace"]
    assert load(path).data == Checkerboard(2)


@pytest.mark.parametrize("where", ["a_folder", "a_file/board.pt", "a_file/deeper/board.pt"])
def test_a_place_that_cannot_be_written(tmp_path, where):
    (tmp_path / "a_folder").mkdir()
    (tmp_path / "a_file").write_text("here")
    with pytest.raises(CheckpointError) as caught:
        save(tmp_path / where, make())
    assert str(tmp_path / where) in str(caught.value) and len(str(caught.value).splitlines()) == 1
    assert sorted(os.listdir(tmp_path)) == ["a_file", "a_folder"] and not os.listdir(tmp_path / "a_folder")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CheckpointError, match="[Pp]ermission"):
            save(tmp_path / "board.pt", make())
    finally:
        tmp_path.chmod(0o700)


def test_only_networks_that_can_be_rebuilt_are_saved(tmp_path):
    class ReferenceMLP(nn.Linear):    # the same name, another network
        pass

    for model in (nn.Linear(2, 2), ReferenceMLP(2, 2)):
        odd = make()
        odd.model = model
        with pytest.raises(CheckpointError, match="only .* can be saved"):
            save(tmp_path / "a.pt", odd)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("value", [torch.ones(2), torch.Generator(), object(), len])
def test_a_recipe_that_could_not_be_read_back_is_refused_at_once(tmp_path, value):
    odd = make()
    odd.recipe["seed"] = value
    with pytest.raises(CheckpointError, match=r"recipe\['seed'\] must be a plain number or text"):
        save(tmp_path / "a.pt", odd)
    assert os.listdir(tmp_path) == []


# --- what is not a checkpoint ----------------------------------------------------------------------------

def test_a_file_cut_short_at_fifty_places(either):
    path = either
    whole = path.read_bytes()
    for k in range(50):
        path.write_bytes(whole[:len(whole) * k // 50])
        refusal(path)
    path.write_bytes(whole[:-1])
    assert "cut short" in refusal(path)


def test_no_flipped_bit_goes_unnoticed(either):
    """Every bit of the header, 400 bits of the rest. (Without a checksum, torch.load let half of them through.)"""
    path, whole = either, either.read_bytes()
    header = 8 * (whole.index(b"\n") + 1)
    choose = random.Random(0)
    for bit in [*range(header), *choose.sample(range(header, 8 * len(whole)), 400)]:
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        path.write_bytes(broken)
        refusal(path)


def test_more_at_the_end_is_noticed(either):
    path = either
    path.write_bytes(path.read_bytes() + b"\0")
    assert "damaged" in refusal(path)


def other_torch_file():
    file = io.BytesIO()
    torch.save({"format": "another", "state_dict": nn.Linear(2, 2).state_dict()}, file)
    return file.getvalue()


@pytest.mark.parametrize("content, words", [
    (b"", "empty"),
    (b"x, y\n0.1, 0.2\n", "not written by"),
    (b"\n", "not written by"),
    (b"\x80\x02\xff\xfe" * 100, "not written by"),
    (other_torch_file(), "not written by"),
    (pickle.dumps({"format": "toydiff checkpoint"}), "not written by"),
    (b"toydiff checkpoint", "not written by"),
    (b"toydiff checkpoint \n", "damaged"),
    (b"toydiff checkpoint 1\n", "damaged"),
    (b"toydiff checkpoint one two\n", "damaged"),
], ids=["empty", "text", "newline", "binary", "other torch file", "pickle", "name alone", "no version", "no checksum",
        "no number"])
def test_other_files(tmp_path, content, words):
    path = tmp_path / "board.pt"
    path.write_bytes(content)
    assert words in refusal(path)


@pytest.mark.parametrize("version", [4, 12])
def test_a_future_version_asks_for_a_newer_program(either, version):
    words = either.read_bytes().split(b" ", 3)
    either.write_bytes(b" ".join([*words[:2], str(version).encode(), words[3]]))
    assert f"has format version {version}, this toydiff reads 3; install a newer toydiff" in refusal(either)


@pytest.mark.parametrize("version", [b"0", b"-1", b"1.0", b"01", "²".encode()])
def test_a_version_that_never_was_is_damage(either, version):
    words = either.read_bytes().split(b" ", 3)
    either.write_bytes(b" ".join([*words[:2], version, words[3]]))
    assert "damaged" in refusal(either)


def test_a_folder_and_a_missing_file(tmp_path):
    assert "is a folder, not a checkpoint" in refusal(tmp_path)
    assert "toydiff train" in refusal(tmp_path / "missing.pt")
    if hasattr(os, "mkfifo"):    # opened, it would be waited for
        os.mkfifo(tmp_path / "pipe")
        assert "is a device or a pipe, not a checkpoint" in refusal(tmp_path / "pipe")
    (tmp_path / "file").write_text("here")
    refusal(tmp_path / "file" / "board.pt")


def sealed(body):
    """Put a right header before any body: what someone would do who wants toydiff to read it."""
    start = b"toydiff checkpoint 3 "
    return start + hashlib.sha256(start + body).hexdigest().encode() + b"\n" + body


class Harm:
    """Its pickle makes a folder when it is read."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return os.mkdir, (self.place,)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("place", ["weights", "progress"])
@pytest.mark.parametrize("writer", [pickle.dumps, "torch"], ids=["pickle", "torch.save"])
def test_a_file_that_would_run_code_is_refused_and_does_not_run_it(tmp_path, writer, place):
    path, proof = tmp_path / "board.pt", tmp_path / "harm was done"
    harm = {place: Harm(str(proof))}
    if writer == "torch":
        file = io.BytesIO()
        torch.save(harm, file)
        body = file.getvalue()
    else:
        body = writer(harm)
    path.write_bytes(sealed(body))
    refusal(path)
    assert not proof.exists()
    torch.load(io.BytesIO(body), weights_only=False) if writer == "torch" else pickle.loads(body)
    assert proof.exists()    # so the file was indeed able to do it


def changed(path, **changes):
    header, body = path.read_bytes().split(b"\n", 1)
    content = torch.load(io.BytesIO(body), weights_only=True) | changes
    file = io.BytesIO()
    torch.save({name: value for name, value in content.items() if value is not None}, file)
    return sealed(file.getvalue())


@pytest.mark.parametrize("changes", [
    {"network": "AnotherMLP"}, {"options": {"hidden": 9}}, {"options": {"hidden": "wide"}},
    {"options": {"hidden": None}}, {"options": {"hidden": 2**30}},
    {"weights": {}}, {"weights": None}, {"data": {"cells_per_side": 5}}, {"data": {"labelled": "queens"}},
    {"kind": "sphere"},
    {"objective": "fame"}, {"sampler": {"name": [1]}}, {"beta": [[0.1] * 9] * 9},
    {"beta": torch.tensor([0.1, 2.0])}, {"beta": torch.full((9,), 0.1)},
    {"loss_per_t": torch.ones(3)}, {"recipe": None}, {"recipe": 3}, {"progress": [1]}, {"progress": {"moments": 1}},
    {"progress": {"step": 0}}, {"progress": {"step": "two"}}], ids=str)
def test_a_right_checksum_over_wrong_content(path, changes):
    path.write_bytes(changed(path, **changes))
    assert "does not hold a model" in refusal(path)


@pytest.mark.parametrize("changes, why", [
    ({"data": {"cells_per_side": 1000}}, "a board of 1000 cells a side, 32 at most are read"),
    ({"data": {"cells_per_side": 4, "labelled": "cells"}}, "a network of 0 labels for data of 8"),
    ({"kind": "digits", "data": {}}, r"a network of shape \(2,\) for data of \(1, 8, 8\)"),
    ({"beta": torch.full((4001,), 1e-3), "loss_per_t": torch.zeros(4002)}, "a schedule of 4001 steps, 4000 at most"),
    ({"beta": torch.tensor([1e-11] + [0.1] * 6)}, "its least possible loss would take hours"),
    ({"recipe": RECIPE | {"drop_label": 5.0}}, "drop_label must be between 0 and 1 or 0 or 1, got 5.0"),
    ({"recipe": RECIPE | {"drop_label": float("nan")}}, "drop_label"),
    ({"recipe": RECIPE | {"batch_size": 2**31}}, "batch_size must be at most"),
    ({"recipe": RECIPE | {"lr": float("inf")}}, "lr must be positive and finite"),
    ({"recipe": RECIPE | {"seed": 2**70}}, "seed must be at most"),
    ({"recipe": RECIPE | {"steps": "many"}}, "steps must be an integer"),
    ({"recipe": RECIPE | {"schedule": [1]}}, r"recipe\['schedule'\] must be a plain number or text"),
    ({"sampler": ["dpm2m"]}, "sampler must be plain values by name")], ids=lambda value: str(value)[:40])
def test_what_a_file_claims_is_judged_before_any_work(path, changes, why):
    path.write_bytes(changed(path, **changes))
    said = refusal(path)
    assert "does not hold a model" in said
    with pytest.raises(CheckpointError, match=why):
        load(path)


def test_a_file_of_holes_is_not_read_into_memory(path):
    """It takes no room on the disk, and 4 TB of memory."""
    with open(path, "r+b") as file:
        file.truncate(2**42)
    with pytest.raises(ValueError, match=r"too little memory for .*board.pt: it takes 13,194.1 GB at least, "):
        load(path)


def test_what_would_not_be_read_is_not_written(tmp_path):
    for wrong, why in ((make(cells=34), "a board of 34 cells a side"), (make(), "drop_label must be")):
        wrong.recipe["drop_label"] = 2 if "drop" in why else 1
        with pytest.raises(CheckpointError, match=f"cannot write .*{why}"):
            save(tmp_path / "new.pt", wrong)
    assert not any(tmp_path.iterdir())


def test_a_content_that_is_no_dictionary(path):
    file = io.BytesIO()
    torch.save([1, 2], file)
    path.write_bytes(sealed(file.getvalue()))
    refusal(path)


def test_a_device_that_is_not_there_is_not_blamed_on_the_file(path):
    with pytest.raises(ValueError, match=r"device must be one of this machine's \(.*\), got 'nonsense'") as caught:
        load(path, device="nonsense")
    assert not isinstance(caught.value, CheckpointError)


@pytest.mark.parametrize("network", checkpoint.NETWORKS)
def test_build_model_starts_from_its_seed_and_leaves_the_global_state_alone(network):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    a, b, c = (build_model(network, Schedule.linear(5), 8, seed) for seed in (0, 0, 1))
    assert torch.equal(before, torch.get_rng_state())
    start = [torch.cat([p.flatten() for p in model.parameters()]) for model in (a, b, c)]
    assert torch.equal(start[0], start[1]) and not torch.equal(start[0], start[2])


def test_build_model_names_an_unknown_network():
    known = "'ReferenceMLP', 'FeatureMLP', 'FlowMLP', 'UNet'"
    with pytest.raises(ValueError, match=f"network must be one of {known}, got 'other'"):
        build_model("other", Schedule.linear(5))


def laughs(depth=60):
    """Lists in lists, each of which holds the next one twice."""
    inner = [1]
    for _ in range(depth):
        inner = [inner, inner]
    return inner


@pytest.mark.parametrize("changes", [
    {"beta": torch.full((1,), 1e-9, dtype=torch.float64).expand(10**9)},
    {"kind": "points", "data": {"points": torch.arange(20.0).as_strided((2**27, 2), (0, 1))}},
    {"options": {"hidden": laughs()}}, {"data": laughs()}, {"loss_per_t": torch.ones(8).to_sparse()},
    {"loss_per_t": torch.empty(8, device="meta")}, {"loss_per_t": torch.ones(8, dtype=torch.long)},
    {"loss_per_t": torch.full((8,), float("nan"))}, {"loss_per_t": [1.0] * 8}],
    ids=["a long beta", "many points", "nested options", "nested data", "sparse", "meta", "whole", "NaN", "a list"])
def test_a_claim_of_more_than_is_there_costs_no_memory_and_ends(path, changes):
    path.write_bytes(changed(path, **changes))
    assert "does not hold a model" in refusal(path)


def test_weights_that_repeat_one_number_are_not_made_room_for(path):
    wide, schedule = 2**14, Schedule.cosine(7)    # as large as such a network really is: 2 GB
    names = build_model("ReferenceMLP", schedule, 2).state_dict()
    weights = {name: torch.zeros(1).expand([wide if side == 2 else side for side in value.shape])
               for name, value in names.items()}
    path.write_bytes(changed(path, options={"hidden": wide}, weights=weights))
    assert "more room than the file has" in refusal(path)


def test_loading_leaves_torchs_compiler_where_it_is():
    """To load it takes a second, more than all the rest; arithmetic on the device meta would."""
    code = ("import sys, toydiff\nfrom toydiff import checkpoint\n"
            "for path in (checkpoint.BUNDLED, checkpoint.FLOW, checkpoint.BOARD_LABELS, checkpoint.DIGITS):\n"
            "    toydiff.load(path)\n"
            "print('torch._dynamo' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
