import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { clearSeats, seatServer } from './server-seat.ts'

// What happens where it works: server/test/engine/server-seat.test.ts.
test('where there can be no seat, everybody stays where they are, and a text says why', () => {
  for (const [unified, seatable] of [
    ['/proc/none', true],
    [import.meta.dirname, false],
  ] as const) {
    const said = seatServer({ layout: 'v2', unified, seatable }, { server: process.pid, launcher: [] })
    assert.match(typeof said === 'string' ? said : 'seated', /ENOENT|not seen/)
    assert.ok(!existsSync(join(unified, 'server')))
    clearSeats(unified)
  }
})
