"""What the examiner reads of a worker: all of what is honest, and of what is not no more than its own length."""

import io
import json
import pickle
import sys
import time
from pathlib import Path

import pytest
import torch

from toydiff.grading import limits, message


def sent(value):
    """The value, after its way from worker to examiner."""
    return message.read_reply(*message.reply({}, value))["value"]


@pytest.mark.parametrize("value", [None, ..., True, 3, 2.5, "text", "\ud800", [1, (2, {"a": None, 3: 4})], {}, (),
                                   2**70, float("inf"), 1e-300], ids=repr)
def test_a_plain_value_arrives_as_it_is(value):
    assert sent(value) == value and type(sent(value)) is type(value)


@pytest.mark.parametrize("value", [
    torch.arange(6).reshape(2, 3), torch.tensor(1.5, dtype=torch.float64), torch.ones(3, requires_grad=True) * 2,
    torch.zeros(0, 2), torch.tensor([True]), torch.ones(2, 3).T, torch.tensor([1 + 2j]).conj(),
    torch.tensor(1).expand(4), *(torch.ones(3).to(dtype) for dtype in message.DTYPES.values())],
    ids=lambda value: f"{value.dtype}{[*value.shape]}")
def test_a_tensor_arrives_as_it_is(value):
    got = sent([value, value])[1]
    assert torch.equal(got, value) and got.dtype == value.dtype and got.requires_grad == value.requires_grad


def test_a_tensor_without_numbers_arrives_as_one():
    got = sent(torch.empty(10**6, 10**6, device="meta"))
    assert got.is_meta and got.shape == (10**6, 10**6)


class Mine(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise RuntimeError("leave me alone")


@pytest.mark.parametrize("value, name", [
    ({1, 2}, "set"), (10**5000, "int"), (torch.eye(2).to_sparse(), "Tensor"), ([[[[[1]]]]], "list"),
    (list(range(20_000)), "list")], ids=["set", "int", "sparse", "deep", "long"])
def test_of_an_object_only_its_type_arrives(value, name):
    got = sent(value)
    while isinstance(got, list):
        got = got[0]
    assert type(got).__name__ == name and not isinstance(got, (set, int, torch.Tensor))


def test_a_subclass_arrives_as_an_ordinary_tensor():
    assert type(sent(torch.ones(2).as_subclass(Mine))) is torch.Tensor


def test_an_answer_that_is_too_large_is_called_so():
    with pytest.raises(message.TooLarge, match=r"too large to be looked at: a tensor of shape \(4000, 4000\), 128 MB"):
        sent(torch.empty(4000, 4000, dtype=torch.float64))
    with pytest.raises(message.TooLarge):
        sent([torch.empty(900_000, dtype=torch.float64)] * 3)
    with pytest.raises(ValueError, match="too long"):
        message.reply({"error": "x" * limits.TEXT})


class Bomb:
    def __reduce__(self):
        return Path.touch, (Path("bomb"),)


def forged(value, tensors=b"", **more):
    """A reply as whoever writes it himself may make it."""
    return json.dumps({"value": value, **more}).encode(), tensors


FORGED = [
    (pickle.dumps({"value": Bomb()}), b""), (b"", b""), (b"x" * 100, b""), (b"[1]", b""), (b"\xff", b""), (b"{", b""),
    (b"[" * 900_000, b""), (b'{"value":' + b'["list",[' * 100_000, b""), (b"1" * 900_000, b""),
    *map(forged, [None, 3, [], ["tensor", 3], ["plain", []], ["list", 3], ["dict", [1]], ["x", 1], ["plain"],
                  ["tensor", "float32", [10**9], False], ["tensor", "float32", [-1], False],
                  ["dict", [[[], ["plain", 1]]]],
                  ["tensor", "float32", [10**18, 10**18], False], ["tensor", "float32", ["3"], False],
                  ["tensor", "float32", [3] * 200_000, False], ["tensor", "no", [1], False],
                  ["meta", "bool", [1 << 41]], ["list", [["tensor", "float32", [1], False]] * 9], ["large", "abc", 1],
                  ["large", [1], "x"], {"a": 1}]),
    forged(["list", [["tensor", "float32", [2], False]] * 2], b"x" * 15),
    forged(["tensor", "int64", [1], True], b"x" * 8)]


@pytest.mark.parametrize("frame", FORGED, ids=lambda frame: str(frame)[:60])
def test_what_a_worker_does_not_send_is_refused(frame, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="a (message|list)"):
        message.read_reply(*frame)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is measured otherwise elsewhere")
@pytest.mark.parametrize("frame", [
    (json.dumps({"value": ["list", []], "x": [[]] * 240_000}).encode(), b""),
    forged(["list", [["tensor", "float32", [4_000_000], False]] * 20_000], bytes(16_000_000)),
    forged(["list", [["meta", "float32", [1 << 39]]] * 20_000]), forged(["plain", "x" * 990_000])],
    ids=["lists", "tensors", "meta", "text"])
def test_to_read_a_reply_takes_little_memory_and_time(frame):
    """At most 200 MB and five seconds of computing, for a reply as long as one may be."""
    import resource

    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.thread_time()
    try:
        message.read_reply(*frame)
    except ValueError:
        pass
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    assert time.thread_time() - start < 5


def test_a_frame_is_read_whole_or_not_at_all():
    body = io.BytesIO()
    message.write_frame(body, b"abc", b"de")
    assert message.read_frame(io.BytesIO(body.getvalue())) == (b"abc", b"de")
    assert message.read_frame(io.BytesIO(body.getvalue()[:-1])) is None and message.read_frame(io.BytesIO()) is None
    for head in (message.HEAD.pack(limits.TEXT + 1, 0), message.HEAD.pack(0, limits.BLOB + 1), b"x" * 16):
        with pytest.raises(ValueError, match="bytes"):
            message.read_frame(io.BytesIO(head))


def test_an_error_arrives_as_one_of_its_kind():
    got = message.error_of(["IndexError", "IndexError: too far, in the line `a[9]`"])
    assert type(got) is IndexError and str(got) == "too far, in the line `a[9]`"
    assert type(message.error_of(["Mine", "Mine: x."])).__name__ == "Mine" and message.error_of(None) is None
    assert isinstance(message.error_of(["UnicodeDecodeError", "x"]), Exception)
    for kind in ("\0", "", " ", "\x1b[2J", "x" * 10**6, None, [], "KeyboardInterrupt"):
        got = message.error_of([kind, kind])
        assert isinstance(got, Exception) and 0 < len(type(got).__name__) <= 60
        assert not {"\0", "\x1b"} & set(type(got).__name__ + str(got))


@pytest.mark.parametrize("seconds, taken", [(1.5, 1.5), (-3.0, 0), (float("nan"), 0), (float("inf"), 1e6), ("1", 0),
                                            (None, 0)])
def test_seconds_that_are_none_count_nothing(seconds, taken):
    assert message.seconds_of({"seconds": seconds}) == taken and message.seconds_of({}) == 0


def test_a_request_carries_generators_and_networks():
    source = torch.Generator().manual_seed(3)
    kind, args = pickle.loads(message.request("call", {"source": source, "model": torch.nn.Linear(2, 2)}))
    assert kind == "call" and torch.equal(torch.rand(3, generator=args["source"]), torch.rand(3, generator=source))
    assert args["model"](torch.ones(1, 2)).requires_grad
