"""The bootstrap of a Python cell. Booted before anyone needs it, it says READY and waits; ASSIGN makes it one function
version for the rest of its life. After that it serves one invocation at a time.

Where extensions or a wrapper script have a say, the cell's process becomes a carrier (carrier.ts), which starts this file
once more in a process beside it.

Arguments: task folder, temporary folder, API socket, API port on loopback, "probe" | "serve" | "carried" behind a carrier,
egress socket or nothing.
"""

import sys

# Isolated mode leaves the script's own folder out. It comes last again below: the function's modules win.
_OWN_FOLDER = sys.argv[0].rpartition("/")[0]
sys.path.insert(0, _OWN_FOLDER)

import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import platform  # noqa: E402
import socket  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

import frames  # noqa: E402
import sdk_endpoint  # noqa: E402
from egress import PROXY_PORT, proxy_variables  # noqa: E402
from handler import Context, RuntimeFault, error_document, error_log, json_error_log, load_handler  # noqa: E402
from output import EventHandler, LineWriter  # noqa: E402
from probe import probe_surroundings  # noqa: E402
from socket_forward import Door, forward_sockets  # noqa: E402

# Their names are common: a function may have modules of the same name.
for _name in ("frames", "sdk_endpoint", "egress", "socket_forward", "handler", "output", "probe"):
    del sys.modules[_name]
sys.path.remove(_OWN_FOLDER)

_CHANNEL_FD = 3
# Where a sandbox has the task; without one it lies somewhere else.
_SANDBOXED_TASK = "/var/task"
_NO_SANDBOX = (
    "Extensions and wrapper scripts need a sandbox, and this server has none (tier C): "
    "`mayfly doctor` says what is missing"
)
# Where every sandbox has it.
_NODE = "/run/mayfly/bin/node"
_LOG_BYTES_MAX = 256 * 1024
_PACKAGES = ("/usr/local/lib/python3/dist-packages", "/usr/lib/python3/dist-packages")


def _layers_folder(task):
    """`/opt`; without a sandbox the folder beside the task's."""
    return "/opt" if task == _SANDBOXED_TASK else os.path.join(os.path.dirname(task), "opt")


def _layer_folders(task):
    """Where AWS's runtimes look in layers (developer guide, "Layer paths for each Lambda runtime")."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    root = os.path.join(_layers_folder(task), "python")
    return [path for path in (f"{root}/lib/{version}/site-packages", root) if os.path.isdir(path)]


class Cell:
    """The state of the process: what it is assigned to and what it is doing."""

    def __init__(self, task, temporary, api_socket, api_port, egress_socket, carried):
        sock = socket.socket(fileno=_CHANNEL_FD)
        sock.setblocking(True)
        os.set_inheritable(_CHANNEL_FD, False)
        self.channel = frames.Channel(sock, threading.Lock())
        self.task = task
        self.temporary = temporary
        # What the arguments say, for a carrier.
        self.places = (api_socket, str(api_port), egress_socket)
        self.carried = carried
        doors = [(Door(api_socket, lambda: self.knock(frames.DOOR_API)), api_port)]
        if egress_socket:
            doors.append((Door(egress_socket, lambda: self.knock(frames.DOOR_EGRESS)), PROXY_PORT))
        # The carrier listens in its place.
        self.api_port = 0 if carried else forward_sockets(doors)[0]
        self.proxy_variables = proxy_variables(PROXY_PORT) if egress_socket else {}
        self.current_id = 0
        self.request_id = None
        self.tenant_id = None
        # What an INVOKE leaves out is as it was in the one before.
        self.facts = {}
        self.result_bytes_max = 0
        self.json = False
        self.streams = [LineWriter(self.log, 1), LineWriter(self.log, 2)]

    def knock(self, door):
        self.channel.send(frames.KNOCK, 0, aux=door)

    def log(self, line):
        body = line.encode("utf-8", "replace")[:_LOG_BYTES_MAX]
        self.channel.send(frames.LOG, self.current_id, body=body)

    def serve(self, facts):
        if not self.carried:
            version = {"version": platform.python_version()}
            self.channel.send(frames.READY, 0, json.dumps({**version, **facts}).encode())
        handler = None
        while True:
            frame = self.channel.receive()
            if frame is None:
                os._exit(0)
            frame_id, kind, flags, meta, body = frame
            if kind == frames.ASSIGN:
                handler = self.assign(json.loads(meta))
            elif kind == frames.INVOKE:
                self.facts = {**self.facts, **json.loads(meta)}
                self.invoke(handler, frame_id, self.facts, self.rest_of(body, flags))
            else:
                raise ValueError(f"unknown frame {kind}")

    def rest_of(self, body, flags):
        """The whole payload, whose first part has come."""
        parts = [body]
        while flags & frames.FLAG_MORE:
            frame = self.channel.receive()
            if frame is None:
                os._exit(0)
            _id, _kind, flags, _meta, body = frame
            parts.append(body)
        return b"".join(parts)

    def assign(self, given):
        self.result_bytes_max = given["resultBytesMax"]
        if not self.carried:
            if self.needs_carrier(given):
                if self.task != _SANDBOXED_TASK:
                    self.fail_init(RuntimeFault("Runtime.SandboxMissing", _NO_SANDBOX))
                self.become_carrier(given)
            self.set_environment(given)
        os.chdir(self.task)
        sys.path[:] = [self.task, *_layer_folders(self.task), *sys.path, *_PACKAGES]
        sys.argv[:] = [""]
        sys.stdout, sys.stderr = self.streams
        root = logging.getLogger()
        self.json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
        root.addHandler(EventHandler(self.log, lambda: (self.request_id, self.tenant_id), self.json))
        if self.json:
            # Python has no level below DEBUG.
            level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper().replace("TRACE", "DEBUG")
            if level in ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"):
                root.setLevel(level)
        sdk_endpoint.install()
        try:
            # A wrapper script may put a handler of its own before the function's.
            handler = load_handler(os.environ.get("_HANDLER", "") if self.carried else given["handler"])
        except BaseException as error:  # noqa: BLE001 -- also sys.exit() at the top level of a module
            self.fail_init(error)
        self.flush()
        self.channel.send(frames.ASSIGNED, 0)
        return handler

    def needs_carrier(self, given):
        """Whether something beside the handler has its say. Only layers bring extensions."""
        if given["environment"].get("AWS_LAMBDA_EXEC_WRAPPER"):
            return True
        return os.path.isdir(os.path.join(_layers_folder(self.task), "extensions"))

    def become_carrier(self, given):
        """The same process goes on as another program, with the same connection."""
        bootstrap = {"file": sys.executable, "args": ["-I", "-S", sys.argv[0]]}
        os.environ["MAYFLY_ASSIGNMENT"] = json.dumps({**given, "bootstrap": bootstrap})
        os.set_inheritable(_CHANNEL_FD, True)
        # Beside this file's folder, as the launcher has laid them out.
        carrier = os.path.join(os.path.dirname(_OWN_FOLDER), "node", "main.cjs")
        api_socket, api_port, egress_socket = self.places
        os.execv(_NODE, [_NODE, carrier, self.task, self.temporary, api_socket, api_port, "carry", egress_socket])

    def fail_init(self, error):
        if isinstance(error, SystemExit):
            self.flush()
            os._exit(_exit_code(error))
        document = error_document(error, None, _OWN_FOLDER)
        self.log(json_error_log(document, self.tenant_id) if self.json else error_log(error, document))
        self.flush()
        body = json.dumps(document).encode()
        self.channel.send(frames.ERROR, 0, body=self.bounded(document, body), flags=frames.FLAG_LAST, aux=frames.ERROR_INIT)
        os._exit(1)

    def set_environment(self, given):
        credentials = given["credentials"]
        layers = _layers_folder(self.task)
        path = os.environ.get("PATH", "")
        wanted = {
            "PATH": f"{path}:{layers}/bin" if os.path.isdir(layers) else path,
            "HOME": self.temporary,
            "LANG": os.environ.get("LANG", ""),
            "TZ": os.environ.get("TZ", ""),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.api_port}",
            **self.proxy_variables,
            **given["environment"],
            "LAMBDA_TASK_ROOT": self.task,
            "LAMBDA_RUNTIME_DIR": os.path.dirname(os.path.abspath(__file__)),
            "AWS_ACCESS_KEY_ID": credentials["accessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["secretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["sessionToken"],
        }
        zone = os.environ.get("TZ")
        os.environ.clear()
        os.environ.update(wanted)
        if wanted["TZ"] != zone:
            time.tzset()

    def invoke(self, handler, frame_id, facts, payload):
        self.current_id = frame_id
        self.request_id = facts["requestId"]
        started = time.monotonic()
        fields = facts["context"]
        self.tenant_id = fields.get("tenantId")
        if "traceId" in fields:
            os.environ["_X_AMZN_TRACE_ID"] = fields["traceId"]
        try:
            event = _parse_event(payload)
            context = Context(self.request_id, facts["timeoutMs"], fields, time.monotonic)
            result = _to_json(handler(event, context))
        except SystemExit as error:
            self.flush()
            os._exit(_exit_code(error))
        except BaseException as error:  # noqa: BLE001 -- whatever the handler raises is its answer
            self.answer_error(frame_id, error)
        else:
            tenths = min(0xFFFF, round((time.monotonic() - started) * 10_000))
            self.answer(frame_id, result, tenths)

    def answer(self, frame_id, result, tenths):
        self.flush()
        self.finish()
        if len(result) <= self.result_bytes_max:
            self.channel.send(frames.RESULT, frame_id, body=result, aux=tenths)
        else:
            meta = json.dumps({"bytes": len(result)}).encode()
            self.channel.send(frames.ERROR, frame_id, meta, aux=frames.ERROR_TOO_LARGE)

    def answer_error(self, frame_id, error):
        document = error_document(error, self.request_id, _OWN_FOLDER)
        self.log(json_error_log(document, self.tenant_id) if self.json else error_log(error, document))
        self.flush()
        self.finish()
        body = self.bounded(document, json.dumps(document).encode())
        self.channel.send(frames.ERROR, frame_id, body=body, aux=frames.ERROR_HANDLER)

    def finish(self):
        self.current_id = 0
        self.request_id = None
        self.tenant_id = None

    def bounded(self, document, body):
        """An error may carry a message of any length."""
        if len(body) <= self.result_bytes_max:
            return body
        short = {**document, "errorMessage": document["errorMessage"][:1024], "stackTrace": []}
        return json.dumps(short).encode()

    def flush(self):
        for stream in self.streams:
            stream.finish()


def _parse_event(payload):
    try:
        return json.loads(payload)
    except ValueError as error:
        raise RuntimeFault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def _to_json(value):
    try:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except Exception as error:  # noqa: BLE001 -- __iter__ and the like of the user's types may raise anything
        raise RuntimeFault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def _exit_code(error):
    """As the interpreter itself would end."""
    if error.code is None:
        return 0
    return error.code & 0xFF if isinstance(error.code, int) else 1


def main():
    task, temporary, api_socket, api_port, mode, egress_socket = sys.argv[1:7]
    cell = Cell(task, temporary, api_socket, int(api_port), egress_socket, mode == "carried")
    cell.serve(probe_surroundings() if mode == "probe" else {})


main()
