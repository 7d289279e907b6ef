"""Finding and loading a handler, and errors, as AWS's Python runtime does it."""

import importlib
import json
import os
import time
import traceback


class RuntimeFault(Exception):
    """A failure found by the runtime; `kind` becomes the errorType."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


def load_handler(name):
    """The function that `module.function` names; slashes in the module are folders."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError:
        raise RuntimeFault("Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)") from None
    try:
        if not module_name:
            raise ImportError("Empty module name")
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise RuntimeFault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        place = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise RuntimeFault(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", place
        ) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise RuntimeFault(
            "Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'"
        ) from None


def error_document(error, request_id, own_folder):
    """What a caller sees: AWS's field names and order."""
    if isinstance(error, RuntimeFault):
        document = {"errorMessage": str(error), "errorType": error.kind}
        frames = error.trace
    else:
        try:
            message = str(error)
        except Exception:  # noqa: BLE001 -- the user's __str__ may raise anything
            message = ""
        document = {"errorMessage": message, "errorType": type(error).__name__}
        frames = _format(error.__traceback__, own_folder)
    document["requestId"] = request_id or ""
    document["stackTrace"] = frames
    return document


def error_log(error, document):
    """The log event of an error: one event, several lines."""
    lines = [f"[ERROR] {document['errorType']}: {document['errorMessage']}"]
    if document["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines += [line.rstrip("\n") for line in document["stackTrace"]]
    return "\n".join(lines)


def json_error_log(document, tenant_id):
    """The same for functions whose log format is JSON."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    tenant = {"tenantId": tenant_id} if tenant_id else {}
    return json.dumps({"timestamp": stamp, "level": "ERROR", **document, **tenant}, ensure_ascii=False)


def _format(trace, own_folder):
    """The stack without the runtime's own frames at its top."""
    frames = traceback.extract_tb(trace)
    while frames and frames[0].filename.startswith(own_folder):
        del frames[0]
    return traceback.format_list(frames)


class Context:
    """The second argument of a handler."""

    def __init__(self, request_id, timeout_ms, fields, monotonic):
        self._monotonic = monotonic
        self._end = monotonic() + timeout_ms / 1000
        environment = os.environ
        self.aws_request_id = request_id
        self.function_name = fields.get("functionName", environment.get("AWS_LAMBDA_FUNCTION_NAME"))
        self.function_version = fields.get("functionVersion", environment.get("AWS_LAMBDA_FUNCTION_VERSION"))
        self.memory_limit_in_mb = fields.get("memoryLimitInMB", environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
        self.log_group_name = fields.get("logGroupName", environment.get("AWS_LAMBDA_LOG_GROUP_NAME"))
        self.log_stream_name = fields.get("logStreamName", environment.get("AWS_LAMBDA_LOG_STREAM_NAME"))
        self.invoked_function_arn = fields.get("invokedFunctionArn")
        self.tenant_id = fields.get("tenantId")
        self.client_context = _make_client_context(fields.get("clientContext"))
        self.identity = CognitoIdentity(fields.get("identity"))

    def get_remaining_time_in_millis(self):
        return max(0, int((self._end - self._monotonic()) * 1000))

    def log(self, message):
        import sys

        sys.stdout.write(str(message))

    def __repr__(self):
        return f"LambdaContext([aws_request_id={self.aws_request_id},function_name={self.function_name}])"


class CognitoIdentity:
    """Who called, where the caller came through a mobile SDK."""

    def __init__(self, text):
        value = _parse(text)
        self.cognito_identity_id = value.get("cognitoIdentityId")
        self.cognito_identity_pool_id = value.get("cognitoIdentityPoolId")


class _Fields:
    def __init__(self, value, names):
        for name in names:
            setattr(self, name, value.get(name))


def _make_client_context(text):
    if text is None:
        return None
    value = _parse(text)
    context = _Fields(value, ("custom", "env"))
    names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
    context.client = _Fields(value["client"], names) if isinstance(value.get("client"), dict) else None
    return context


def _parse(text):
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        value = {}
    return value if isinstance(value, dict) else {}
