import type { LogGroup, LogGroupRef } from '#telemetry/logs.ts'
import { Constraints } from '../constraints.ts'
import { invalidParameter } from '../errors.ts'
import { DESCRIBE_MAX } from '../limits.ts'
import type { LogsDeps, LogsOperation } from '../model.ts'
import { groupArn, groupOfIdentifier, groupRef, type Place } from '../names.ts'
import { decodePageToken, encodePageToken } from '../page-token.ts'

/** Groups that one page looks at; a page may be short, or empty, and still have a token. */
const SCANNED_MAX = 5000

export const describeLogGroups: LogsOperation<'DescribeLogGroups'> = async (deps, input, context) => {
  const { logGroupNamePrefix, logGroupNamePattern, logGroupIdentifiers, logGroupClass, limit, nextToken } = input
  new Constraints()
    .groupName('logGroupNamePrefix', logGroupNamePrefix)
    .length('logGroupNamePattern', logGroupNamePattern, { min: 0, max: 512 })
    .range('limit', limit, { min: 1, max: DESCRIBE_MAX })
    .count('logGroupIdentifiers', logGroupIdentifiers, { min: 1, max: 50 })
    .check()
  if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined)
    throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.')
  await deps.logs.flush()
  if (logGroupIdentifiers !== undefined) return { logGroups: await identified(deps, context, logGroupIdentifiers) }
  const scope = `groups ${logGroupNamePrefix ?? ''} ${logGroupNamePattern ?? ''}`
  const after = decodePageToken(scope, nextToken)
  const found: { readonly ref: LogGroupRef; readonly group: LogGroup }[] = []
  let scanned = 0
  let lastName = ''
  const groups = deps.logs.listGroups(
    context.account,
    context.region,
    logGroupNamePrefix,
    typeof after === 'string' ? after : undefined,
  )
  for await (const named of groups) {
    if (found.length === (limit ?? DESCRIBE_MAX) || scanned === SCANNED_MAX)
      return { logGroups: found.map(described), nextToken: encodePageToken(scope, lastName) }
    scanned++
    lastName = named.ref.group
    const isWanted = logGroupClass === undefined || named.group.groupClass === logGroupClass
    if (isWanted && lastName.includes(logGroupNamePattern ?? '')) found.push(named)
  }
  return { logGroups: found.map(described) }
}

async function identified({ logs }: LogsDeps, place: Place, identifiers: readonly string[]) {
  const names = new Set(identifiers.map((identifier) => groupOfIdentifier(place, identifier)))
  const found = []
  for (const name of [...names].sort()) {
    const ref = groupRef(place, name)
    const group = await logs.getGroup(ref)
    if (group) found.push(described({ ref, group }))
  }
  return found
}

function described({ ref, group }: { readonly ref: LogGroupRef; readonly group: LogGroup }) {
  const arn = groupArn(ref, ref.group)
  return {
    logGroupName: ref.group,
    creationTime: group.createdMs,
    ...(group.retentionDays !== undefined && { retentionInDays: group.retentionDays }),
    metricFilterCount: 0,
    arn: `${arn}:*`,
    storedBytes: group.storedBytes,
    logGroupClass: group.groupClass,
    logGroupArn: arn,
    deletionProtectionEnabled: group.deletionProtected,
  }
}
