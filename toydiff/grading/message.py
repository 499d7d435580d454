"""What examiner and worker say to each other: framed bytes, pickled one way, words and numbers the other.

The examiner never unpickles what a worker sends. A reply is JSON, and behind it the bytes of the tensors in it, one
after the other: whoever forges one cannot make it mean more than its own length.
"""

import builtins
import copyreg
import io
import json
import math
import pickle
import struct

import torch

from . import limits
from .texts import tame

HEAD = struct.Struct("<QQ")    # bytes of text, bytes of tensors
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.bool, torch.complex64, torch.complex128)}


class TooLarge(ValueError):
    """An answer that is not looked at; the message says how large it is."""


def read_frame(file):
    """Return the next frame as (text, tensors), both bytes; None at the end. Raises ValueError if it is too large."""
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    sizes = HEAD.unpack(head)
    if sizes[0] > limits.TEXT or sizes[1] > limits.BLOB:
        raise ValueError(f"a message of {sum(sizes)} bytes")
    parts = tuple(file.read(size) for size in sizes)
    return parts if tuple(map(len, parts)) == sizes else None


def write_frame(file, text, tensors=b""):
    """Write bytes as one frame."""
    file.write(HEAD.pack(len(text), len(tensors)) + text + tensors)
    file.flush()


def request(kind, *args):
    """Return a request as bytes. The tensors, models and generators in it arrive as copies."""
    body = io.BytesIO()
    pickler = pickle.Pickler(body)
    pickler.dispatch_table = copyreg.dispatch_table.copy()
    pickler.dispatch_table[torch.Generator] = lambda source: (_generator, (str(source.device), source.get_state()))
    pickler.dump((kind, *args))
    return body.getvalue()


def _generator(device, state):
    return torch.Generator(device).set_state(state)


# --- in the worker ------------------------------------------------------------------------------------------

def reply(content, *value):
    """Return a reply as (text, tensors): a dict ready for JSON, and perhaps any one value. Raises ValueError."""
    packing = _Packing()
    if value:
        content = content | {"value": packing.plain(value[0])}
    text = json.dumps(content).encode()
    if len(text) > limits.TEXT:
        raise ValueError("a message that is too long")
    return text, bytes(packing.tensors)


class _Packing:
    """Values on their way into a reply: what JSON has no form for is taken apart; of objects the type is left."""

    def __init__(self):
        self.tensors, self.count = bytearray(), 0

    def plain(self, value, depth=0):
        """Return a list [kind, …] of what JSON can write."""
        self.count += 1
        kind = type(value)
        if isinstance(value, torch.Tensor):
            with torch._C.DisableTorchFunctionSubclass():
                return self._tensor(value)
        if value is None or isinstance(value, float) or isinstance(value, int) and abs(value) < 1 << 10_000:
            return ["plain", value]
        if isinstance(value, str):
            return ["plain", value[:10_000]]
        if value is ...:
            return ["ellipsis"]
        if kind in (list, tuple) and self._has_room(value, depth):
            return [kind.__name__, [self.plain(item, depth + 1) for item in value]]
        if kind is dict and self._has_room(value, depth) and all(type(key) in (str, int) for key in value):
            return ["dict", [[key, self.plain(item, depth + 1)] for key, item in value.items()]]
        return ["object", kind.__name__]

    def _has_room(self, value, depth):
        return depth < limits.DEPTH and self.count + len(value) < limits.VALUES

    def _tensor(self, value):
        dtype, shape = str(value.dtype).removeprefix("torch."), list(value.shape)
        if value.layout != torch.strided or dtype not in DTYPES:
            return ["object", type(value).__name__]
        if value.device.type == "meta":
            return ["meta", dtype, shape]
        size = value.numel() * value.element_size()
        if value.numel() > limits.NUMBERS or len(self.tensors) + size > limits.BLOB:
            return ["large", shape, size]
        flat = value.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
        self.tensors += flat.view(torch.uint8).numpy().tobytes()
        return ["tensor", dtype, shape, value.requires_grad]


# --- in the examiner ----------------------------------------------------------------------------------------

def read_reply(text, tensors=b""):
    """Return the dict that a reply holds, its value as `value_of` reads it. Raises ValueError, whoever sent it."""
    try:
        content = json.loads(text)
        if "value" in content:
            content["value"] = _Unpacking(tensors).value_of(content["value"])
    except TooLarge:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RuntimeError,
            RecursionError) as error:
        raise ValueError("a message that cannot be read") from error
    if not isinstance(content, dict):
        raise ValueError(f"a {type(content).__name__} for a reply")
    return content


class _Unpacking:
    """Values on their way out of a reply; the tensors are taken off its bytes in order, each byte once."""

    def __init__(self, tensors):
        self.tensors, self.at = bytearray(tensors), 0

    def value_of(self, sent):
        """Return the value; an object arrives as one of an empty class of the same name."""
        kind, *content = sent
        if kind in ("tensor", "meta"):
            return self._tensor(kind, *content)
        if kind == "plain" and (content[0] is None or isinstance(content[0], (bool, int, float, str))):
            return content[0]
        if kind == "ellipsis":
            return ...
        if kind in ("list", "tuple"):
            return getattr(builtins, kind)(self.value_of(item) for item in content[0])
        if kind == "dict":
            return {key: self.value_of(item) for key, item in content[0]}
        if kind == "object":
            return type(named(content[0]), (), {})()
        if kind == "large":
            shape = ", ".join(str(int(size)) for size in content[0][:8])
            raise TooLarge(f"the answer is too large to be looked at: a tensor of shape ({shape}), "
                           f"{int(content[1]) / 1e6:.0f} MB.")
        raise ValueError(kind)

    def _tensor(self, kind, dtype, shape, gradient=False):
        if len(shape) > 64 or not all(type(size) is int and 0 <= size < 1 << 40 for size in shape):
            raise ValueError("no shape")
        dtype, count = DTYPES[dtype], math.prod(shape)
        if kind == "meta":
            return torch.empty(shape, dtype=dtype, device="meta")
        size = count * dtype.itemsize
        if size > len(self.tensors) - self.at:
            raise ValueError("more than was sent")
        if count:
            value = torch.frombuffer(self.tensors, dtype=dtype, count=count, offset=self.at).clone().reshape(shape)
        else:
            value = torch.empty(shape, dtype=dtype)
        self.at += size
        return value.requires_grad_(gradient is True)


def named(name):
    """Return a name that came from a worker as one that a class can have."""
    return tame(name, 60).strip() or "object"


def error_of(sent):
    """Return the error that [type, description] tells of, of the same built-in type where it is one; None for None."""
    if sent is None:
        return None
    kind, text = sent
    kind, text = named(kind), tame(text, 400)
    text = text.removeprefix(kind).removeprefix(": ").removesuffix(".")
    base = getattr(builtins, kind, None)
    if isinstance(base, type) and issubclass(base, Exception):
        try:
            return base(text)
        except TypeError:    # UnicodeError and its like want more than a text
            pass
    return type(kind, (Exception,), {})(text)


def waited_in(sent):
    """Return what a reply that came too late tells of it: seconds of computing and by the clock, or ()."""
    waited = sent.get("waited")
    right = isinstance(waited, list) and len(waited) == 2 and all(
        isinstance(value, float) and 0 <= value < 1e6 for value in waited)
    return tuple(waited) if right else ()


def seconds_of(sent):
    """Return the seconds of computing that a reply tells of, 0 where it tells none."""
    seconds = sent.get("seconds")
    return max(0.0, min(seconds, 1e6)) if isinstance(seconds, float) and seconds == seconds else 0.0
