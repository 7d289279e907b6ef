"""The engine's frame format (see frames.ts): what a Python cell needs of it."""

import struct

ASSIGN, INVOKE, BODY = 1, 2, 3
READY, ASSIGNED, RESULT, ERROR, LOG = 16, 17, 18, 19, 20
KNOCK = 23

FLAG_MORE = 1
FLAG_LAST = 2

DOOR_API, DOOR_EGRESS = 1, 2

ERROR_HANDLER, ERROR_INIT, ERROR_TOO_LARGE = 1, 2, 3

FRAME_BODY_BYTES_MAX = 512 * 1024

_PREFIX = struct.Struct("<IIBBHI")
_HEAD_BYTES = 12


class Channel:
    """The private connection: blocking, one thread reads, any thread may log."""

    def __init__(self, sock, lock):
        self._sock = sock
        self._lock = lock

    def receive(self):
        """The next (id, type, flags, meta, body); None at the end."""
        prefix = self._exactly(_PREFIX.size)
        if prefix is None:
            return None
        length, frame_id, kind, flags, _aux, meta_length = _PREFIX.unpack(prefix)
        rest = self._exactly(length - _HEAD_BYTES)
        if rest is None:
            return None
        return frame_id, kind, flags, rest[:meta_length], rest[meta_length:]

    def send(self, kind, frame_id, meta=b"", body=b"", flags=0, aux=0):
        """Writes a payload of any size, in parts where it is large."""
        part = body[:FRAME_BODY_BYTES_MAX]
        more = len(body) > len(part)
        chunks = [self._frame(kind, frame_id, meta, part, flags | (FLAG_MORE if more else 0), aux)]
        offset = len(part)
        while more:
            part = body[offset : offset + FRAME_BODY_BYTES_MAX]
            offset += len(part)
            more = offset < len(body)
            chunks.append(self._frame(BODY, frame_id, b"", part, FLAG_MORE if more else 0, 0))
        with self._lock:
            self._sock.sendall(chunks[0] if len(chunks) == 1 else b"".join(chunks))

    @staticmethod
    def _frame(kind, frame_id, meta, body, flags, aux):
        length = _HEAD_BYTES + len(meta) + len(body)
        return _PREFIX.pack(length, frame_id, kind, flags, aux, len(meta)) + meta + body

    def _exactly(self, count):
        data = self._sock.recv(count) if count else b""
        if len(data) == count:
            return data
        parts = bytearray(data)
        while len(parts) < count:
            more = self._sock.recv(count - len(parts))
            if not more:
                return None
            parts += more
        return bytes(parts)
