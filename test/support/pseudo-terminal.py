"""Runs a command in a pseudo-terminal. Standard input: JSON lines {"keys": text} or {"size": [columns, rows]}."""
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


columns, rows, *command = sys.argv[1:]
pid, master = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
size(master, int(columns), int(rows))
pending = b""
inputs = [sys.stdin.fileno(), master]
while True:
    ready, _, _ = select.select(inputs, [], [])
    if master in ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            data = b""
        if not data:
            break
        os.write(sys.stdout.fileno(), data)
    if sys.stdin.fileno() in ready:
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            inputs.remove(sys.stdin.fileno())
            continue
        pending += data
        *lines, pending = pending.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "keys" in message:
                os.write(master, message["keys"].encode())
            else:
                size(master, *message["size"])
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
