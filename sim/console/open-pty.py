"""A pseudo-terminal between this process's pipes and whoever opens it. Node can make none without native code.

The first line of standard output is the path; after it, bytes only. It ends when standard input does.
"""
import os
import pty
import select
import sys
import tty

master, slave = pty.openpty()
tty.setraw(master)
# The slave stays open here, so that the last user to close it does not hang the line up.
sys.stdout.write(os.ttyname(slave) + "\n")
sys.stdout.flush()
while True:
    ready, _, _ = select.select([0, master], [], [])
    if 0 in ready:
        data = os.read(0, 65536)
        if not data:
            break
        while data:
            data = data[os.write(master, data):]
    if master in ready:
        data = os.read(master, 65536)
        while data:
            data = data[os.write(1, data):]
