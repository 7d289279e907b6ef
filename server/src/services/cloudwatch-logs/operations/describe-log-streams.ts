import type { NamedStream, StreamCursor } from '#telemetry/log-groups.ts'
import { Constraints } from '../constraints.ts'
import { invalidParameter, noSuchGroup } from '../errors.ts'
import { DESCRIBE_MAX } from '../limits.ts'
import type { LogsOperation } from '../model.ts'
import { groupOfEither, groupRef, type Place, streamArn } from '../names.ts'
import { decodePageToken, encodePageToken } from '../page-token.ts'

const ORDERS = ['LogStreamName', 'LastEventTime'] as const

export const describeLogStreams: LogsOperation<'DescribeLogStreams'> = async ({ logs }, input, context) => {
  const { logGroupName, logGroupIdentifier, logStreamNamePrefix, orderBy, descending, limit, nextToken } = input
  new Constraints()
    .groupName('logGroupName', logGroupName)
    .groupIdentifier('logGroupIdentifier', logGroupIdentifier)
    .streamName('logStreamNamePrefix', logStreamNamePrefix)
    .oneOf('orderBy', orderBy, ORDERS)
    .range('limit', limit, { min: 1, max: DESCRIBE_MAX })
    .check()
  const name = groupOfEither(context, { logGroupName, logGroupIdentifier })
  if (orderBy === 'LastEventTime' && logStreamNamePrefix !== undefined)
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
  const scope = `streams ${name} ${orderBy ?? ''} ${String(descending ?? false)} ${logStreamNamePrefix ?? ''}`
  const after = cursorOf(decodePageToken(scope, nextToken))
  await logs.flush()
  const group = await logs.getGroup(groupRef(context, name))
  if (!group) throw noSuchGroup()
  const count = limit ?? DESCRIBE_MAX
  const byName = orderBy !== 'LastEventTime'
  const page = await logs.listStreams(group.id, {
    orderBy: byName ? 'name' : 'last-event',
    descending: descending ?? false,
    limit: count + 1,
    ...(logStreamNamePrefix !== undefined && { prefix: logStreamNamePrefix }),
    ...(after && { after }),
  })
  const shown = page.slice(0, count)
  const last = shown.at(-1)
  const logStreams = shown.map((stream) => described(context, name, stream))
  if (page.length <= count || !last) return { logStreams }
  const position = [last.name, byName ? null : (last.stream.lastEventMs ?? null)]
  return { logStreams, nextToken: encodePageToken(scope, position) }
}

function cursorOf(position: unknown): StreamCursor | undefined {
  if (!Array.isArray(position)) return undefined
  const [name, lastEventMs] = position as unknown[]
  return { name: String(name), lastEventMs: typeof lastEventMs === 'number' ? lastEventMs : undefined }
}

function described(place: Place, group: string, { name, stream }: NamedStream) {
  return {
    logStreamName: name,
    creationTime: stream.createdMs,
    ...(stream.firstEventMs !== undefined && { firstEventTimestamp: stream.firstEventMs }),
    ...(stream.lastEventMs !== undefined && { lastEventTimestamp: stream.lastEventMs }),
    ...(stream.lastIngestionMs !== undefined && { lastIngestionTime: stream.lastIngestionMs }),
    uploadSequenceToken: String(stream.nextChunk).padStart(56, '0'),
    arn: streamArn(place, group, name),
    // Since June 2019 AWS reports zero for every stream.
    storedBytes: 0,
  }
}
