"""How the launcher starts the command: `python -I -S launch.py ARGUMENTS`.

`-S` leaves out Python's scan of site-packages, half the cost of starting it. So this file does by hand the little of it we need:
the sources beside it and the environment's packages go on `sys.path`, then the command runs. Nothing else is imported here.

The first thing it does is to make ^C quiet (`cli.quiet_interrupt` says why that is right): the imports below take milliseconds. Only
an interrupt while the interpreter itself starts is still answered by Python, before any code of ours can run.
"""

import sys


def _quiet_interrupt() -> None:
    import _signal
    import posix

    if _signal.getsignal(_signal.SIGINT) == _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, lambda *_: posix._exit(0))


def _paths() -> None:
    here = __file__
    if not here.startswith("/"):
        import os

        here = os.path.abspath(here)
    source = here.rsplit("/", 2)[0]
    prefix = sys.executable.rsplit("/", 2)[0]
    packages = f"{prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    sys.path.insert(0, source)
    sys.path.append(packages)


if __name__ == "__main__":
    _quiet_interrupt()
    _paths()
    from pydtrace.cli import script

    script()
