import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CellMeters } from './cell-meters.ts'

test('a kernel that keeps no peak of memory: the most that was seen counts', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-meters-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [memory, path] = [join(folder, 'memory.current'), join(folder, 'cpu.stat')]
  writeFileSync(memory, `${30 * 1024 * 1024}\n`)
  writeFileSync(path, 'usage_usec 1500\nuser_usec 1000\n')
  const meters = CellMeters.open({ memory, cpu: { path, format: 'cpu.stat' } })
  assert.ok(meters)
  assert.deepEqual([meters.peakMemoryMb(), meters.cpuMs()], [30, 1.5])
  writeFileSync(memory, `${10 * 1024 * 1024}\n`)
  assert.equal(meters.peakMemoryMb(), 30)
  meters.close()
})

test('files that are gone are no meters', () => {
  assert.equal(CellMeters.open({ memory: '/proc/none', cpu: { path: '/proc/none', format: 'nanoseconds' } }), undefined)
})
