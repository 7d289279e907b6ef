import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { createWorld } from '../../../test/dynamodb/kit.ts'
import { decodeChange, streamLog } from './stream-record.ts'
import { sweepTable } from './ttl-sweep.ts'

const TableName = 'sessions'

test('items go when their time is over, marked as the service deleted them, and not before', async () => {
  const clock = new ManualClock()
  const nowSeconds = clock.nowMs() / 1000
  const world = createWorld({ clock })
  const { deps } = world.service
  await world.run('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'OLD_IMAGE' },
  })
  const put = async (id: string, expires: object): Promise<void> => {
    await world.run('PutItem', { TableName, Item: { id: { S: id }, ...expires } })
  }
  // Some were there before time to live was switched on.
  await put('before', { expires: { N: String(nowSeconds - 10) } })
  await put('ancient', { expires: { N: '1000' } })
  await world.run('UpdateTimeToLive', {
    TableName,
    TimeToLiveSpecification: { Enabled: true, AttributeName: 'expires' },
  })
  deps.jobs.wake()
  for (let turn = 0; turn < 20; turn++) await clock.advance(10)
  await deps.jobs.idle()
  await put('over', { expires: { N: String(nowSeconds - 1) } })
  await put('extended', { expires: { N: String(nowSeconds - 1) } })
  await put('extended', { expires: { N: String(nowSeconds + 1000) } })
  await put('later', { expires: { N: String(nowSeconds + 1000.5) } })
  await put('text', { expires: { S: '1' } })
  await put('never', {})
  const table = await deps.tables.find({ account: '000000000000', region: 'eu-west-1', name: TableName })
  assert.ok(table?.record.stream)
  const signal = new AbortController().signal
  await sweepTable(deps, table.record, signal)
  const ids = async (): Promise<unknown[]> =>
    ((await world.run('Scan', { TableName })).Items ?? []).map((item) => (item['id'] as { S: string }).S).toSorted()
  assert.deepEqual(await ids(), ['ancient', 'extended', 'later', 'never', 'text'])
  await clock.advance(1_000_200)
  await sweepTable(deps, table.record, signal)
  assert.deepEqual(await ids(), ['ancient', 'later', 'never', 'text'])
  const log = await world.store.list({ prefix: streamLog(table.record.stream.space, 0) })
  const expired = log.map(({ value }) => decodeChange(value)).filter((change) => change.byTimeToLive)
  assert.deepEqual(expired.map(({ kind, keys }) => [kind, keys]).slice(2), [['REMOVE', { id: { S: 'extended' } }]])
  assert.ok(expired.length === 3 && expired.every(({ keys, oldImage }) => oldImage?.['expires'] && keys['id']))
  await world.service.close()
})
