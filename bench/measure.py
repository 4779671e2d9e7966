"""Runs one command and prints what it cost as JSON: wall seconds, user+system CPU seconds, peak memory, exit status.

Python, because wait4(2) gives one child's own resource usage and Node has no door to it.
Usage: measure.py OUTPUT-FILE COMMAND [ARG...]   (the command's output goes to OUTPUT-FILE)
"""
import json
import os
import sys
import time

output, command = sys.argv[1], sys.argv[2:]
descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
actions = [
    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
    (os.POSIX_SPAWN_DUP2, descriptor, 1),
    (os.POSIX_SPAWN_DUP2, descriptor, 2),
]
started = time.monotonic()
child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
_, status, usage = os.wait4(child, 0)
print(json.dumps({
    "wall": time.monotonic() - started,
    "cpu": usage.ru_utime + usage.ru_stime,
    "memoryMb": usage.ru_maxrss / 1024,
    "status": os.waitstatus_to_exitcode(status),
}))
