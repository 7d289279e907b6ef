import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeRecord, encodeRecord, OUTBOX_LOG, outboxAppend } from './outbox.ts'

const recordArbitrary = fc.record({
  envelope: fc.record(
    {
      id: fc.string(),
      source: fc.string(),
      type: fc.string(),
      subject: fc.string({ unit: 'grapheme' }),
      timeMs: fc.nat(),
      account: fc.string(),
      region: fc.string(),
      hops: fc.nat(16),
      data: fc.jsonValue({ noUnicodeString: false }).filter((value) => !Object.is(value, -0)),
      payload: fc.uint8Array({ maxLength: 300 }),
    },
    { requiredKeys: ['id', 'source', 'type', 'subject', 'timeMs', 'account', 'region', 'hops', 'data'] },
  ),
  destination: fc.record({ target: fc.string(), arn: fc.string() }),
})

test('decode after encode gives the record back, payload bytes untouched', () => {
  fc.assert(
    fc.property(recordArbitrary, (record) => {
      const back = decodeRecord(encodeRecord(record))
      assert.equal(
        JSON.stringify({ ...back.envelope, payload: undefined }),
        JSON.stringify({ ...record.envelope, payload: undefined }),
      )
      assert.deepEqual(back.destination.arn, record.destination.arn)
      if (record.envelope.payload === undefined) assert.equal(back.envelope.payload, undefined)
      else assert.deepEqual(Buffer.from(back.envelope.payload ?? []), Buffer.from(record.envelope.payload))
    }),
  )
})

test('an append goes to the outbox log, and bytes of another format are refused', () => {
  const envelope = {
    id: '1',
    source: 's',
    type: 't',
    subject: 'x',
    timeMs: 1,
    account: '000000000000',
    region: 'us-east-1',
    hops: 0,
    data: null,
  }
  const append = outboxAppend({ envelope, destination: { target: 'lambda', arn: 'arn' } })
  assert.deepEqual(append.log, OUTBOX_LOG)
  append.value[0] = 2
  assert.throws(() => decodeRecord(append.value), /format 2/)
})
