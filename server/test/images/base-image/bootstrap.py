"""A runtime in the shape of those in AWS's base images: asks the Runtime API, calls the handler that _HANDLER names."""

import http.client
import importlib
import json
import os
import sys

INVOCATION = "/2018-06-01/runtime/invocation/"


def main():
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    module, name = os.environ["_HANDLER"].rsplit(".", 1)
    handler = getattr(importlib.import_module(module), name)
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", INVOCATION + "next")
        given = api.getresponse()
        event = json.loads(given.read())
        where = INVOCATION + given.headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            send(api, where + "/response", handler(event, given.headers))
        except Exception as error:
            send(api, where + "/error", {"errorType": type(error).__name__, "errorMessage": str(error)})


def send(api, path, document):
    api.request("POST", path, json.dumps(document))
    api.getresponse().read()


main()
