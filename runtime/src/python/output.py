"""What a function prints, as log events: print() one event per line, logging as AWS formats it."""

import io
import json
import logging
import time
import traceback


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

    def __init__(self, sink, current_invocation, as_json):
        super().__init__()
        self._as_json = as_json
        self._sink = sink
        # Its request id, and its tenant.
        self._current_invocation = current_invocation

    def format(self, record):
        formatter = self.formatter
        if formatter is not None:
            return formatter.format(record)
        if self._as_json:
            return _json_line(record, *self._current_invocation())
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        request_id = self._current_invocation()[0] or ""
        return f"[{record.levelname}]\t{stamp}.{int(record.msecs):03d}Z\t{request_id}\t{text}"

    def emit(self, record):
        try:
            self._sink(self.format(record))
        except Exception:  # noqa: BLE001 -- logging's own rule: a record that cannot be written must not stop the caller
            self.handleError(record)


# What a record has of its own; the rest came with `extra` and is told beside it.
_OWN_FIELDS = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


def _json_line(record, request_id, tenant_id):
    """A record in the JSON form of AWS's runtime ("Using structured JSON logs with Python")."""
    whole = isinstance(record.msg, dict) and not record.args
    line = {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
        "level": record.levelname,
        "message": record.msg if whole else record.getMessage(),
        "logger": record.name,
    }
    if record.exc_info and record.exc_info[0] is not None:
        kind, error, trace = record.exc_info
        line["stackTrace"] = traceback.format_tb(trace)
        line["errorType"] = kind.__name__
        line["errorMessage"] = str(error)
        line["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
    if request_id:
        line["requestId"] = request_id
    if tenant_id:
        line["tenantId"] = tenant_id
    for name, value in record.__dict__.items():
        if name not in _OWN_FIELDS and name not in line:
            line[name] = value
    return json.dumps(line, ensure_ascii=False, default=str)
