// Services find each other by the service that an ARN names.

/** `sqs` of `arn:aws:sqs:us-east-1:000000000000:jobs`; empty for what is not an ARN. */
export function serviceOfArn(arn: string): string {
  return /^arn:[^:]*:([^:]*):/.exec(arn)?.[1] ?? ''
}
