"""Carries connections to 127.0.0.1 to Unix sockets: one leads to Mayfly's API, one to the egress proxy. The cell has no
other network."""

import select
import socket
import threading

_CONNECTIONS_MAX = 128
_CHUNK_BYTES = 64 * 1024


def forward_sockets(routes):
    """Listens for pairs of a socket's path and a port; returns the ports. Everything runs in daemon threads: one that
    accepts, and two for each connection."""
    listeners = {_listen(port): path for path, port in routes}
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


def _take(listener, socket_path):
    try:
        near, _address = listener.accept()
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        far.connect(socket_path)
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=_carry, args=(source, target), daemon=True).start()
    except OSError:
        # Out of descriptors, or the other end is full: this connection fails, the next may not.
        return


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
