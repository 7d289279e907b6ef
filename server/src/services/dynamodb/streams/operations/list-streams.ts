import type { Key } from '#storage/store.ts'
import { tablePlace } from '../../arn.ts'
import { Constraints } from '../../constraints.ts'
import { invalid } from '../../language/invalid.ts'
import { streamCodec, streamKey, STREAMS_PREFIX } from '../../stream-record.ts'
import type { StreamsOperation } from '../deps.ts'
import { arnOfStream, streamOfArn } from '../find-stream.ts'
import { STREAMS_PAGE_MAX } from '../limits.ts'

export const listStreams: StreamsOperation<'ListStreams'> = async ({ store }, input, context) => {
  const { TableName, ExclusiveStartStreamArn, Limit = STREAMS_PAGE_MAX } = input
  new Constraints()
    .tableName('tableName', TableName)
    .atLeast('limit', Limit, 1)
    .atMost('limit', Limit, STREAMS_PAGE_MAX)
    .check()
  const { account, region } = context
  const prefix: Key =
    TableName === undefined
      ? [STREAMS_PREFIX, account, region]
      : streamKey(tablePlace(TableName, context), '').slice(0, 4)
  const after = ExclusiveStartStreamArn === undefined ? undefined : keyOfArn(ExclusiveStartStreamArn)
  const entries = await store.list({ prefix, ...(after && { after }) }, { limit: Limit + 1 })
  const streams = entries.slice(0, Limit).map(({ value }) => streamCodec.decode(value))
  const last = entries.length > Limit ? streams.at(-1) : undefined
  return {
    Streams: streams.map((stream) => ({
      StreamArn: arnOfStream(stream),
      TableName: stream.name,
      StreamLabel: stream.label,
    })),
    ...(last && { LastEvaluatedStreamArn: arnOfStream(last) }),
  }
}

function keyOfArn(arn: string): Key {
  const place = streamOfArn(arn)
  if (place === undefined) throw invalid(`Invalid StreamArn: ${arn}`)
  return streamKey(place.table, place.label)
}
