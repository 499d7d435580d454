"""Files of points: what is in them, or one line; what they only claim takes no memory."""

import struct

import numpy as np
import pytest

from toydiff.support import arrays


def claims(path, descr, shape):
    """Write the header of a .npy file, and 64 bytes of numbers."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(64))
    return path


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", np.longdouble, ">i4", "u1"], ids=str)
def test_numbers_of_any_kind_and_order_of_bytes(tmp_path, dtype):
    wanted = np.arange(24.0).reshape(12, 2)
    np.save(tmp_path / "a.npy", np.asfortranarray(wanted.astype(dtype)))
    read = arrays.read_npy(tmp_path / "a.npy")
    assert read.dtype == np.float64 and (read == wanted).all()
    (tmp_path / "a.csv").write_text("\ufeffx,y\n" + "".join(f"{x},{y}\n" for x, y in wanted), encoding="utf-8")
    assert (arrays.read_csv(tmp_path / "a.csv") == wanted).all()


@pytest.mark.parametrize("descr, shape", [
    ("'<f4'", (10**12, 2)), ("'<f4'", (4 * 10**9, 2)), ("'<f8'", (2**62, 2)), ("'<f8'", (-5, 2)), ("'|O'", (4, 2)),
    ("'<c16'", (2, 2)), ("'<M8[s]'", (4, 2)), ("[('x', '<f4'), ('y', '<f4')]", (4,)), ("'|V8'", (4, 2)),
    ("__import__('os').abort()", (2, 2)), ("'<U4'", (2, 2))], ids=str)
def test_a_header_that_claims_too_much_or_no_numbers(tmp_path, descr, shape):
    with pytest.raises(ValueError, match="is no array that NumPy can read|must hold one array of numbers"):
        arrays.read_npy(claims(tmp_path / "a.npy", descr, shape))


@pytest.mark.parametrize("read", [arrays.read_npy, arrays.read_csv])
def test_a_file_of_holes_takes_no_memory(tmp_path, read):
    path = claims(tmp_path / "a", "'<f8'", (2**38, 2))
    with open(path, "r+b") as file:
        file.truncate(2**42 + 4096)
    with pytest.raises(ValueError, match="too little memory for .*: it takes [0-9,.]+ GB at least"):
        read(path)
