"""A pseudo-terminal for a program of ours. Node can make none without native code.

    open-pty.py                  between this process's pipes and whoever opens it
    open-pty.py PROGRAM ARGS..   between PROGRAM's standard input and output and whoever opens it

The first line of standard output is the path. It ends when standard input does, and PROGRAM with it.
"""
import os
import pty
import select
import subprocess
import sys
import tty

master, slave = pty.openpty()
tty.setraw(master)
# The slave stays open here, so that the last user to close it does not hang the line up.
sys.stdout.write(os.ttyname(slave) + "\n")
sys.stdout.flush()


def put(target, data):
    while data:
        data = data[os.write(target, data):]


def relay(source, target, owner):
    """Between the pseudo-terminal and a pair of pipes, until `owner` is closed or the source ends."""
    while True:
        ready, _, _ = select.select({source, master, owner}, [], [])
        if owner in ready and owner != source and not os.read(owner, 65536):
            return
        if source in ready:
            data = os.read(source, 65536)
            if not data:
                return
            put(master, data)
        if master in ready:
            put(target, os.read(master, 65536))


if len(sys.argv) == 1:
    relay(0, 1, 0)
else:
    # Pipes, because some programs change the settings of a terminal that they are given.
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    try:
        relay(program.stdout.fileno(), program.stdin.fileno(), 0)
    finally:
        program.kill()
        program.wait()
