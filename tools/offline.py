"""Run a command where there is no network, only the machine itself.

    python tools/offline.py COMMAND [ARGUMENT ...]

The command gets a network namespace of its own whose one interface is the loopback, through which Jupyter talks to
its kernels. Linux only, as root or where users may make namespaces; elsewhere this says so and ends with 77.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

NOT_POSSIBLE = 77
UNSHARE = ["unshare", "--net"] + ([] if os.getuid() == 0 else ["--map-root-user"])


def possible():
    """Can a network namespace be made here?"""
    return bool(shutil.which("unshare")) and subprocess.run([*UNSHARE, "true"], capture_output=True).returncode == 0


def loopback_up():
    """What `ip link set lo up` does, where there is no ip."""
    set_flags, up_and_running = 0x8914, 0x1 | 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", up_and_running))


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments[0] == "--inside":
        loopback_up()
        os.execvp(arguments[1], arguments[1:])
    if not possible():
        print("No network namespace can be made here: nothing was run.", file=sys.stderr)
        return NOT_POSSIBLE
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, __file__, "--inside", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
