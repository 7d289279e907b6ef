import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from './clock.ts'
import { createJsonLog } from './json-log.ts'

test('one line per event, with context, causes and without secrets', () => {
  const lines: string[] = []
  const log = createJsonLog({ write: (line) => lines.push(line), clock: new ManualClock(0) }).with({ room: 'gateway' })
  log.debug('not written')
  log.info('ready', { port: 1, secretAccessKey: 'abc', sessionToken: 'def', big: 1n, bytes: Buffer.from('abc') })
  log.error('failed', { error: new Error('outer', { cause: new Error('inner') }) })
  assert.equal(lines.length, 2)
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    time: '1970-01-01T00:00:00.000Z',
    level: 'info',
    event: 'ready',
    room: 'gateway',
    port: 1,
    secretAccessKey: '••••',
    sessionToken: '••••',
    big: '1',
    bytes: '3 bytes',
  })
  const failed = JSON.parse(lines[1] ?? '')
  assert.equal(failed.error.message, 'outer')
  assert.equal(failed.error.cause.message, 'inner')
  assert.match(failed.error.stack, /json-log\.test/)
})
