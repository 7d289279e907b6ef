import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { Usage } from './capacity.ts'
import { BURST_SECONDS } from './limits.ts'
import type { Billing, IndexRecord, TableRecord } from './table-record.ts'
import { Throughput } from './throughput.ts'

function tableWith(billing: Billing, indexes: readonly IndexRecord[] = []): TableRecord {
  return {
    account: '000000000000',
    region: 'eu-west-1',
    name: 'metered',
    id: 'id',
    createdMs: 0,
    space: 'table',
    attributes: [{ name: 'id', type: 'S' }],
    key: { hash: 'id' },
    indexes,
    billing,
    tags: {},
    deletionProtected: false,
  }
}

function used(units: number, index?: string): Usage {
  const usage = new Usage('write')
  if (index === undefined) usage.addTable(units)
  else usage.addIndex(index, units)
  return usage
}

const EXCEEDED = { code: 'ProvisionedThroughputExceededException' }

test('five minutes of units are saved up; then each second brings its own', async () => {
  const clock = new ManualClock()
  const throughput = new Throughput(clock)
  const table = tableWith({ mode: 'PROVISIONED', units: { read: 1, write: 10 } })
  throughput.admit(table, 'write')
  throughput.spend(table, used(10 * BURST_SECONDS + 5))
  assert.throws(() => throughput.admit(table, 'write'), EXCEEDED)
  // Reads have units of their own.
  throughput.admit(table, 'read')
  await clock.advance(400)
  assert.throws(() => throughput.admit(table, 'write'), EXCEEDED)
  await clock.advance(200)
  throughput.admit(table, 'write')
})

test('a global index without units holds up the writes of its table', async () => {
  const clock = new ManualClock()
  const throughput = new Throughput(clock)
  const index: IndexRecord = {
    name: 'narrow',
    scope: 'global',
    space: 'index',
    key: { hash: 'id' },
    projection: { kind: 'ALL' },
    phase: 'active',
    units: { read: 1, write: 1 },
  }
  const table = tableWith({ mode: 'PROVISIONED', units: { read: 10, write: 1000 } }, [index])
  throughput.spend(table, used(BURST_SECONDS, 'narrow'))
  assert.throws(() => throughput.admit(table, 'write'), EXCEEDED)
  throughput.admit(table, 'read', index)
})

test('an on-demand table is throttled only at a ceiling of its own', () => {
  const throughput = new Throughput(new ManualClock())
  const free = tableWith({ mode: 'PAY_PER_REQUEST', sinceMs: 0, writeMax: -1 })
  throughput.spend(free, used(1_000_000))
  throughput.admit(free, 'write')
  const bounded = { ...tableWith({ mode: 'PAY_PER_REQUEST', sinceMs: 0, writeMax: 2 }), space: 'other' }
  throughput.spend(bounded, used(2 * BURST_SECONDS))
  assert.throws(() => throughput.admit(bounded, 'write'), { code: 'ThrottlingException' })
})
