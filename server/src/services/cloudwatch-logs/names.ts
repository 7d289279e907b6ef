// Names and ARNs of groups and streams.
import type { LogGroupRef, LogStreamRef } from '#telemetry/logs.ts'
import { invalidParameter, noSuchGroup, noSuchResource } from './errors.ts'

/** Where a request acts. */
export interface Place {
  readonly account: string
  readonly region: string
}

const GROUP_ARN = /^arn:[a-z-]+:logs:([a-z0-9-]*):(\d{12}):log-group:([^:*]+)(:\*)?$/

export function groupRef({ account, region }: Place, group: string): LogGroupRef {
  return { account, region, group }
}

export function streamRef({ account, region }: Place, group: string, stream: string): LogStreamRef {
  return { account, region, group, stream }
}

function serviceArn({ account, region }: Place): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return `arn:${partition}:logs:${region}:${account}`
}

/** Without the trailing :*. */
export function groupArn(place: Place, group: string): string {
  return `${serviceArn(place)}:log-group:${group}`
}

export function streamArn(place: Place, group: string, stream: string): string {
  return `${groupArn(place, group)}:log-stream:${stream}`
}

/** Any other resource of the service: `destination:x`, `delivery:x`, ... */
export function resourceArn(place: Place, resource: string): string {
  return `${serviceArn(place)}:${resource}`
}

/** The name of a group that is given as its name or its ARN, with or without :*. */
export function groupOfIdentifier(place: Place, identifier: string): string {
  if (!identifier.startsWith('arn:')) return identifier
  return groupOfArn(place, identifier)
}

/** Groups of other accounts and regions are not visible from here. */
export function groupOfArn(place: Place, arn: string): string {
  const [, region, account, group] = GROUP_ARN.exec(arn) ?? []
  if (group === undefined) throw invalidParameter(`Invalid log group ARN: ${arn}`)
  if (region !== place.region || account !== place.account) throw noSuchGroup()
  return group
}

/** The group whose tags a tagging operation means. Groups are the only taggable resource that is built. */
export function groupOfTaggedArn(place: Place, arn: string): string {
  if (!arn.startsWith('arn:')) throw invalidParameter('The specified resourceArn is invalid.')
  if (!GROUP_ARN.test(arn)) throw noSuchResource()
  return groupOfArn(place, arn)
}

interface NamesGroup {
  readonly logGroupName: string | undefined
  readonly logGroupIdentifier: string | undefined
}

/** For operations that take a group by name or by identifier, but not by both. */
export function groupOfEither(place: Place, { logGroupName, logGroupIdentifier }: NamesGroup): string {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined)
    throw invalidParameter('LogGroupName and LogGroupIdentifier are mutually exclusive parameters.')
  if (logGroupName !== undefined) return logGroupName
  if (logGroupIdentifier === undefined)
    throw invalidParameter('Either LogGroupName or LogGroupIdentifier must be specified.')
  return groupOfIdentifier(place, logGroupIdentifier)
}
