import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeReceipt, encodeReceipt } from './receipt-handle.ts'

const UID = '0123456789abcdef'

test('a handle holds what it was made of, for its queue alone', () => {
  for (const receipt of [
    { sequence: 0, receives: 1 },
    { sequence: 2 ** 48 - 1, receives: 2 ** 32 - 1 },
  ]) {
    const handle = encodeReceipt(UID, receipt)
    assert.deepEqual(decodeReceipt(UID, handle), receipt)
    assert.equal(decodeReceipt('f'.repeat(16), handle), undefined)
  }
})

test('a changed handle is none', () => {
  const handle = encodeReceipt(UID, { sequence: 7, receives: 3 })
  const bytes = Buffer.from(handle, 'base64')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(decodeReceipt(UID, changed.toString('base64')), undefined, `byte ${at}`)
  }
  for (const text of ['', 'x', handle.slice(1), `${handle}AAAA`]) assert.equal(decodeReceipt(UID, text), undefined)
})
