import os
import sys


def handler(event, context):
    if not event.get("Name"):
        raise ValueError("nobody to greet")
    return {"greeting": f"hello {event['Name']}", "id": context["Lambda-Runtime-Aws-Request-Id"]}


def surroundings(event, context):
    names = ["_HANDLER", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "TZ", "PATH", "LD_LIBRARY_PATH"]
    return {
        "executable": sys.executable,
        "prefix": sys.prefix,
        "folder": os.getcwd(),
        "variables": {name: os.environ.get(name) for name in names},
    }
