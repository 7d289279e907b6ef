// Where a resource policy hangs: on a table or on a stream of it.
import type { TablePlace } from './arn.ts'
import { tableOfArn } from './arn.ts'
import { invalid, notFound } from './errors.ts'
import type { StoredPolicy } from './resource-policy.ts'
import type { TableRecord } from './table-record.ts'

export interface PolicyResource {
  readonly arn: string
  readonly place: TablePlace
  /** Of the stream; undefined for the table itself. */
  readonly label: string | undefined
}

/** Throws ValidationException for what is no ARN of a table or stream. */
export function policyResource(arn: string | undefined): PolicyResource {
  const place = tableOfArn(arn ?? '')
  const [, kind, label] = /:table\/[^/]+(?:\/([^/]+)\/(.+))?$/.exec(arn ?? '') ?? []
  if (arn === undefined || place === undefined || (kind !== undefined && kind !== 'stream'))
    throw invalid(`Invalid ResourceArn: ${arn}`)
  return { arn, place, label }
}

export function policyOf(record: TableRecord, label: string | undefined): StoredPolicy | undefined {
  return label === undefined ? record.policy : record.streamPolicies?.[label]
}

/** The record with a policy put in place, or taken away. */
export function withPolicy(
  record: TableRecord,
  label: string | undefined,
  policy: StoredPolicy | undefined,
): TableRecord {
  if (label === undefined) {
    const { policy: _, ...rest } = record
    return policy === undefined ? rest : { ...rest, policy }
  }
  const { [label]: _, ...others } = record.streamPolicies ?? {}
  return { ...record, streamPolicies: policy === undefined ? others : { ...others, [label]: policy } }
}

export function noPolicy(arn: string): Error {
  return notFound('PolicyNotFoundException', `Resource-based policy not found for the provided ResourceArn: ${arn}`)
}

export function noPolicyResource(arn: string): Error {
  return notFound('ResourceNotFoundException', `Requested resource not found: ${arn}`)
}
