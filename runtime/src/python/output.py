"""What a function prints, as log events: print() one event per line, logging as AWS formats it."""

import io
import logging
import time


class LineWriter(io.TextIOBase):
    """stdout and stderr: cut into lines, each one event."""

    def __init__(self, sink, fd):
        self._sink = sink
        self._fd = fd
        self._rest = ""

    encoding = "utf-8"
    errors = "replace"

    def writable(self):
        return True

    def fileno(self):
        return self._fd

    @property
    def buffer(self):
        return _Bytes(self)

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        lines = (self._rest + text).split("\n")
        self._rest = lines.pop()
        for line in lines:
            self._sink(line)
        return len(text)

    def finish(self):
        """Passes on a last line without its newline."""
        if self._rest:
            rest, self._rest = self._rest, ""
            self._sink(rest)


class _Bytes(io.RawIOBase):
    def __init__(self, writer):
        self._writer = writer

    def writable(self):
        return True

    def write(self, data):
        self._writer.write(bytes(data).decode("utf-8", "replace"))
        return len(data)


class EventHandler(logging.Handler):
    """logging's root handler: one event per record, many lines or not, in AWS's format."""

    def __init__(self, sink, current_request_id):
        super().__init__()
        self._sink = sink
        self._current_request_id = current_request_id

    def format(self, record):
        formatter = self.formatter
        if formatter is not None:
            return formatter.format(record)
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        request_id = self._current_request_id() or ""
        return f"[{record.levelname}]\t{stamp}.{int(record.msecs):03d}Z\t{request_id}\t{text}"

    def emit(self, record):
        try:
            self._sink(self.format(record))
        except Exception:  # noqa: BLE001 -- logging's own rule: a record that cannot be written must not stop the caller
            self.handleError(record)
