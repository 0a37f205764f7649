"""How the launcher starts the command: `python -I -S launch.py ARGUMENTS`.

`-S` leaves out Python's scan of site-packages, half the cost of starting it. So this file does by hand the little of it we need:
the sources beside it and the environment's packages go on `sys.path`, then the command runs. Nothing else is imported here.
"""

import sys


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
    _paths()
    from pydtrace.cli import script

    script()
