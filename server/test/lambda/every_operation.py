"""Carries out steps of Lambda's API by boto3, or by awscli in this process. Arguments: client, endpoint; the steps on
standard input, their answers on standard output, as JSON. A step whose operation the client does not know answers null."""

import base64
import contextlib
import io
import json
import sys

CLIENT, ENDPOINT = sys.argv[1:]

# Debian's awscli must be loaded before botocore.
if CLIENT == "awscli":
    from awscli.clidriver import create_clidriver
else:
    import boto3

from botocore import xform_name  # noqa: E402


def boto():
    client = boto3.client("lambda", endpoint_url=ENDPOINT)

    def call(operation, given):
        name = xform_name(operation)
        if not hasattr(client, name):
            return None
        given = known_members(given, client.meta.service_model.operation_model(operation))
        for holder in (given, given.get("Code", {}), given.get("Content", {})):
            if "ZipFile" in holder:
                holder["ZipFile"] = base64.b64decode(holder["ZipFile"])
        answer = getattr(client, name)(**given)
        answer.pop("ResponseMetadata")
        return answer

    return call


def cli():
    driver = create_clidriver()
    model = driver.session.get_service_model("lambda")

    def call(operation, given):
        if operation not in model.operation_names:
            return None
        given = known_members(given, model.operation_model(operation))
        out = io.StringIO()
        line = ["--endpoint-url", ENDPOINT, "--output", "json", "lambda", xform_name(operation, "-")]
        with contextlib.redirect_stdout(out):
            status = driver.main([*line, "--cli-input-json", json.dumps(given)])
        if status != 0:
            raise RuntimeError(f"{operation}: exit status {status}")
        return json.loads(out.getvalue() or "{}")

    return call


def known_members(given, operation):
    """Debian's clients are older than some members."""
    return {name: value for name, value in given.items() if name in operation.input_shape.members}


def filled(value, saved):
    """The value with `$name` replaced by what was saved."""
    if isinstance(value, dict):
        return {key: filled(one, saved) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, saved) for one in value]
    return saved.get(value, value) if isinstance(value, str) else value


def main():
    call = boto() if CLIENT == "boto3" else cli()
    saved, answers = {}, []
    for step in json.load(sys.stdin):
        answer = call(step["operation"], filled(step["input"], saved))
        answers.append(answer)
        for name, path in step.get("save", {}).items():
            value = answer
            for key in path:
                value = value[key]
            saved["$" + name] = value
    print(json.dumps(answers, default=str))


main()
