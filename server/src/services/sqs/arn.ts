// The two names of a queue: its ARN, and the URL that clients are given. The URL begins with the address under which the
// client reached Mayfly; of what comes back only the path counts, so that it works from inside a function too.
import type { RequestContext } from '#protocol/operation.ts'
import { schemeOf } from '#protocol/origin.ts'
import { invalidAddress } from './errors.ts'

/** Which queue: the key of its record. */
export interface QueueName {
  readonly account: string
  readonly region: string
  readonly name: string
}

const ARN = /^arn:aws[a-z-]*:sqs:([^:]*):(\d{12}):([^:/]+)$/
const PATH = /\/(\d{12})\/([^/?#]+)\/?$/

export function queueArn({ account, region, name }: QueueName): string {
  return `arn:aws:sqs:${region}:${account}:${name}`
}

/** Undefined for what is no ARN of a queue. */
export function parseQueueArn(arn: string): QueueName | undefined {
  const [, region, account, name] = ARN.exec(arn) ?? []
  return region === undefined || account === undefined || name === undefined ? undefined : { account, region, name }
}

export function queueUrl({ account, name }: QueueName, context: RequestContext): string {
  return `${schemeOf(context.http)}://${context.http.headers['host'] ?? 'localhost'}/${account}/${name}`
}

/** The queue that a URL names, in the region of the request. Throws InvalidAddress. */
export function parseQueueUrl(url: string, context: Pick<RequestContext, 'region'>): QueueName {
  const [, account, name] = PATH.exec(url) ?? []
  if (account === undefined || name === undefined) throw invalidAddress(url)
  return { account, region: context.region, name: decodeURIComponent(name) }
}

/** For the operation table, which must not throw: `*` where the URL names no queue. */
export function resourceOfUrl(url: string, context: Pick<RequestContext, 'region'>): string {
  const [, account, name] = PATH.exec(url) ?? []
  return account === undefined || name === undefined ? '*' : queueArn({ account, region: context.region, name })
}
