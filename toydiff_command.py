"""The command `toydiff`. It stands beside the package, whose import loads torch, so that Ctrl-C ends that too."""

import signal


def main():
    """Load toydiff and run one command; return its exit code. A Ctrl-C while it is loaded ends the process at once."""
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from toydiff.cli import main

    signal.signal(signal.SIGINT, heard)
    return main()
