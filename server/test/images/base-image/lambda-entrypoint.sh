#!/bin/sh
# Takes the place of the entry point of AWS's base images: one argument, the handler; outside of Lambda the emulator.
[ $# -eq 1 ] || { echo "the handler must be the first and only argument" >&2; exit 142; }
export _HANDLER="$1"
bootstrap=/var/runtime/bootstrap
[ -n "$AWS_LAMBDA_RUNTIME_API" ] || exec /usr/local/bin/aws-lambda-rie "$bootstrap"
exec "$bootstrap"
