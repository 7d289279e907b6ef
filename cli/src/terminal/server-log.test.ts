import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineOf } from './server-log.ts'

test('a denial is one line that says how to learn more', () => {
  const denial = {
    room: 'identity',
    requestId: 'r-1',
    who: 'anonymous',
    action: 'lambda:InvokeFunction',
    message: 'User: anonymous is not authorized',
    remedy: { attachTo: 'x', statement: '{}' },
    encoded: 'long',
  }
  assert.equal(
    lineOf('would be denied by mayfly start', denial),
    'would be denied by mayfly start: User: anonymous is not authorized (mayfly explain r-1)',
  )
})

test('errors show their message, other fields their values, long ones cut', () => {
  assert.equal(
    lineOf('storage failed', { error: new Error('disk full'), tries: 3 }),
    'storage failed: disk full tries=3',
  )
  assert.equal(lineOf('odd', { text: 'x'.repeat(500), none: undefined }), `odd text=${'x'.repeat(200)}…`)
})
