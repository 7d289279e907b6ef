"""What a cell sees of its surroundings; the engine finds the machine's isolation by it."""

import os
import re
import socket


def probe_surroundings():
    status = _read("/proc/self/status")

    def field(name):
        match = re.search(rf"^{name}:\s*(.*)$", status, re.M)
        return match.group(1) if match else ""

    return {
        "pid": os.getpid(),
        "uid": os.getuid(),
        "processes": len([name for name in os.listdir("/proc") if name.isdigit()]) if os.path.isdir("/proc") else 0,
        "capabilities": field("CapEff"),
        "noNewPrivileges": field("NoNewPrivs") == "1",
        "filtered": field("Seccomp") == "2",
        "interfaces": [name for _index, name in socket.if_nameindex()],
        "shadowReadable": _read("/etc/shadow") != "",
    }


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""
