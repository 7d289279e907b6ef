import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONTROL_LINE_BYTES_MAX, LineReader, parseCommand } from './commands.ts'

const cell = '0123456789abcdef0123456789abcdef'
const boot = {
  op: 'boot',
  cell,
  token: cell,
  runtime: 'node',
  memoryClass: 'small',
  probe: false,
  ephemeralMb: 512,
  background: false,
}

test('commands of the language pass as they are', () => {
  for (const command of [
    boot,
    { ...boot, runtime: 'python' },
    { ...boot, image: cell + cell },
    { op: 'assign', cell, memoryMb: 128, version: cell },
    { op: 'kill', cell },
    { op: 'hurry', cell },
    { op: 'ration', cell },
    { op: 'demote', cell },
    { op: 'discard', cell },
    { ...boot, uplink: [] },
    { ...boot, uplink: [{ address: '10.0.0.7', bits: 32, port: 5432 }] },
  ])
    assert.deepEqual(parseCommand(JSON.stringify(command)), command)
})

test('nothing else passes: no path, no argument, no number out of bounds', () => {
  for (const command of [
    null,
    { op: 'run', cell },
    { op: 'kill' },
    { op: 'kill', cell: '../../etc' },
    { op: 'kill', cell: `${cell}/..` },
    { ...boot, runtime: '/bin/sh' },
    { ...boot, memoryClass: 'small --cap-add ALL' },
    { ...boot, token: 'short' },
    { ...boot, image: '../../etc' },
    { ...boot, image: cell },
    { ...boot, runtime: 'python', image: cell + cell },
    { ...boot, ephemeralMb: 1e9 },
    { ...boot, uplink: 'all' },
    { ...boot, uplink: [{ address: '10.0.0.0/8; accept', bits: 8 }] },
    { ...boot, uplink: [{ address: '10.0.0.7', bits: 33 }] },
    { ...boot, uplink: [{ address: '10.0.0.7', bits: 32, port: '5432 accept' }] },
    { ...boot, uplink: Array.from({ length: 201 }, () => ({ address: '10.0.0.7', bits: 32 })) },
    { ...boot, ephemeralMb: '512' },
    { op: 'assign', cell, memoryMb: -1, version: cell },
    { op: 'assign', cell, memoryMb: 1.5, version: cell },
    { op: 'assign', cell, memoryMb: 'max', version: cell },
    { op: 'assign', cell, memoryMb: 128 },
    { op: 'assign', cell, memoryMb: 128, version: 'function:1' },
  ])
    assert.throws(() => parseCommand(JSON.stringify(command)), Error, JSON.stringify(command))
  assert.deepEqual(
    Object.keys(parseCommand(JSON.stringify({ ...boot, path: '/bin/sh' }))).sort(),
    Object.keys(boot).sort(),
  )
})

test('lines come whole, whatever the pieces; a line without end is refused', () => {
  const lines: string[] = []
  const reader = new LineReader((line) => lines.push(line))
  for (const piece of ['a', 'b\nc\n', '', 'd', '\n']) reader.push(piece)
  assert.deepEqual(lines, ['ab', 'c', 'd'])
  assert.throws(() => reader.push('x'.repeat(CONTROL_LINE_BYTES_MAX + 1)))
})
