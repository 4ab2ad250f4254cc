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


def relay():
    while True:
        ready, _, _ = select.select([0, master], [], [])
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                return
            while data:
                data = data[os.write(master, data):]
        if master in ready:
            data = os.read(master, 65536)
            while data:
                data = data[os.write(1, data):]


if len(sys.argv) == 1:
    relay()
else:
    program = subprocess.Popen(sys.argv[1:], stdin=master, stdout=master)
    while os.read(0, 1):
        pass
    program.kill()
    program.wait()
