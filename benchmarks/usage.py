"""Run a command -> its CPU seconds and peak memory.

A program of its own, `python -I -S usage.py COMMAND …`, which prints them as JSON: the kernel counts the
memory of whoever starts a process as the process' own, and this is small.
"""

from __future__ import annotations

import json
import os
import sys


def main(command: list[str]) -> None:
    """Run `command` with its output thrown away; exits with its status."""
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0o600)]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=nowhere)
    _, status, usage = os.wait4(process, 0)
    kilobyte = 1 if sys.platform == "darwin" else 1024
    print(json.dumps({"cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * kilobyte}))
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1:])
