import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { type DiskRecord, surviveInto } from './disk-log.ts'

function recordOf(kind: DiskRecord['kind'], path: string, offset = 0, text = ''): DiskRecord {
  return { kind, path, other: '', offset, data: Buffer.from(text) }
}

/** What is in the file /log when the power goes after these changes and whatever was not synced is lost. */
function leftOf(t: { after(work: () => void): void }, changes: readonly DiskRecord[]): string {
  const target = mkdtempSync(join(tmpdir(), 'mayfly-disk-log-'))
  t.after(() => rmSync(target, { recursive: true }))
  const made = [recordOf('created', '/log'), recordOf('syncBegun', '', 1), recordOf('syncEnded', '', 1)]
  const records = [...made, ...changes]
  surviveInto(target, records, records.length, 'lost', seededRandom(1))
  return readFileSync(join(target, 'log'), 'utf8')
}

test('what was written before a sync began is there, what was written while it ran is not', (t) => {
  const synced = [recordOf('wrote', '/log', 0, 'a'), recordOf('syncBegun', '/log', 2)]
  assert.equal(leftOf(t, [...synced, recordOf('wrote', '/log', 1, 'b'), recordOf('syncEnded', '/log', 2)]), 'a')
})

test('a sync that ends after a later one takes nothing back', (t) => {
  const changes = [
    recordOf('wrote', '/log', 0, 'a'),
    recordOf('syncBegun', '/log', 2),
    recordOf('wrote', '/log', 1, 'b'),
    recordOf('syncBegun', '/log', 3),
    recordOf('syncEnded', '/log', 3),
    recordOf('syncEnded', '/log', 2),
  ]
  assert.equal(leftOf(t, changes), 'ab')
})
