"""Makes a pseudo-terminal: prints its path, then passes what comes from it to stdout, and stdin to it."""

import os
import pty
import select
import sys
import tty

master, slave = pty.openpty()
# Kept open, so that the other side may come and go.
tty.setraw(slave)
print(os.ttyname(slave), flush=True)
while True:
    ready, _, _ = select.select([master, 0], [], [])
    if master in ready:
        os.write(1, os.read(master, 4096))
    if 0 in ready:
        data = os.read(0, 4096)
        if not data:
            sys.exit()
        while data:
            data = data[os.write(master, data) :]
