"""What examiner and worker say to each other: framed bytes, pickled one way, plain values and tensors the other.

The examiner never unpickles what a worker sends: torch.load(weights_only=True) builds no other objects.
"""

import builtins
import copyreg
import io
import pickle
import struct

import torch

MOST_BYTES, MOST_ENTRIES = 64 << 20, 10_000_000    # of one reply; of one tensor in it


def read_frame(file):
    """Return the next frame as bytes, None at the end. Raises ValueError for one larger than MOST_BYTES."""
    head = file.read(8)
    if len(head) < 8:
        return None
    size, = struct.unpack("<Q", head)
    if size > MOST_BYTES:
        raise ValueError(f"a message of {size} bytes")
    body = file.read(size)
    return body if len(body) == size else None


def write_frame(file, body):
    """Write bytes as one frame."""
    file.write(struct.pack("<Q", len(body)) + body)
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


def reply(content):
    """Return a reply, a dict of plain values and tensors, as bytes."""
    body = io.BytesIO()
    torch.save(content, body)
    return body.getvalue()


def read_reply(body):
    """Return the dict that a reply holds. Raises ValueError for anything else, whoever sent it."""
    try:
        content = torch.load(io.BytesIO(body), weights_only=True)
    except Exception as error:
        raise ValueError("a message that cannot be read") from error
    if not isinstance(content, dict):
        raise ValueError(f"a {type(content).__name__} for a reply")
    return content


def plain(value, depth=0):
    """Return any value in a form that can be sent: (kind, content). Of strange objects only the type arrives."""
    if isinstance(value, torch.Tensor):
        kind = "tensor with gradient" if value.requires_grad else "tensor"
        return kind, value.detach().as_subclass(torch.Tensor).contiguous()
    if value is None or isinstance(value, (bool, int, float)):
        return "plain", value
    if isinstance(value, str):
        return "plain", value[:10_000]
    if value is ...:
        return "ellipsis", ""
    if type(value) in (list, tuple) and depth < 4 and len(value) < 10_000:
        return type(value).__name__, [plain(item, depth + 1) for item in value]
    if type(value) is dict and depth < 4 and len(value) < 10_000 and all(type(key) in (str, int) for key in value):
        return "dict", {key: plain(item, depth + 1) for key, item in value.items()}
    return "object", type(value).__name__


def value_of(sent):
    """Return the value that `plain` made `sent` of; an object arrives as one of an empty class of the same name.

    Raises ValueError for what `plain` does not make.
    """
    try:
        kind, content = sent
        if kind in ("tensor", "tensor with gradient") and content.numel() <= MOST_ENTRIES:
            return content.requires_grad_(kind != "tensor")
        if kind == "plain" and (content is None or isinstance(content, (bool, int, float, str))):
            return content
        if kind == "ellipsis":
            return ...
        if kind in ("list", "tuple"):
            return getattr(builtins, kind)(value_of(item) for item in content)
        if kind == "dict":
            return {key: value_of(item) for key, item in content.items()}
        if kind == "object":
            return type(str(content)[:60], (), {})()
    except (TypeError, AttributeError, ValueError, RuntimeError) as error:
        raise ValueError("an answer that cannot be read") from error
    raise ValueError("an answer that cannot be read")


def error_of(sent):
    """Return the error that (type, description) tells of, of the same built-in type where it is one; None for None."""
    if sent is None:
        return None
    kind, text = (str(part)[:400] for part in sent)
    text = text.removeprefix(kind).removeprefix(": ").removesuffix(".")
    base = getattr(builtins, kind, None)
    if isinstance(base, type) and issubclass(base, Exception):
        try:
            return base(text)
        except TypeError:    # UnicodeError and its like want more than a text
            pass
    return type(kind, (Exception,), {})(text)
