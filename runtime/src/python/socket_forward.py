"""Carries connections to 127.0.0.1 to Unix sockets of the engine: one leads to Mayfly's API, one to the egress proxy. The
cell has no other network. The engine makes a socket when the first connection needs it: most functions never do."""

import os
import select
import socket
import threading
from time import sleep

_CONNECTIONS_MAX = 128
_CHUNK_BYTES = 64 * 1024
# How often a socket that is asked for is looked for, and how many times.
_LOOK_EVERY_S = 0.001
_LOOKS_MAX = 10_000


class Door:
    """The engine's end of a way out of the cell: where its socket is when it is open, and what asks for it."""

    def __init__(self, path, knock):
        self._path = path
        self._knock = knock
        self._lock = threading.Lock()
        self._open = False

    def connect(self):
        """A connection. The first one asks for the door and waits for it; the others wait with it."""
        with self._lock:
            if not self._open:
                self._wait()
        far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        far.connect(self._path)
        return far

    def _wait(self):
        if not os.path.exists(self._path):
            self._knock()
            for _look in range(_LOOKS_MAX):
                sleep(_LOOK_EVERY_S)
                if os.path.exists(self._path):
                    break
        # Or it was not opened in time: who connects hears of it.
        self._open = True


def forward_sockets(doors):
    """Listens for pairs of a door and a port; returns the ports. Everything runs in daemon threads: one that accepts, and
    two for each connection."""
    listeners = {_listen(port): door for door, port in doors}
    threading.Thread(target=_accept, args=(listeners,), daemon=True).start()
    return [listener.getsockname()[1] for listener in listeners]


def _listen(port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(_CONNECTIONS_MAX)
    return listener


def _accept(listeners):
    while True:
        for listener in select.select(list(listeners), [], [])[0]:
            _take(listener, listeners[listener])


def _take(listener, door):
    try:
        near, _address = listener.accept()
        threading.Thread(target=_forward, args=(near, door), daemon=True).start()
    except (OSError, RuntimeError):
        # Out of descriptors, or of threads: this connection fails, the next may not.
        return


def _forward(near, door):
    try:
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        far = door.connect()
        threading.Thread(target=_carry, args=(far, near), daemon=True).start()
    except (OSError, RuntimeError):
        # The other end is full, or there are too many threads.
        near.close()
        return
    _carry(near, far)


def _carry(source, target):
    try:
        while True:
            data = source.recv(_CHUNK_BYTES)
            if not data:
                break
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # Either side went away: so does the other, which is what a broken connection looks like.
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
