// The generated documents say what the code says.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { root } from './source-files.ts'

test('parity pages and the index of decisions are up to date', () => {
  const check = spawnSync(process.execPath, ['tools/gen-docs.ts', '--check'], { cwd: root, encoding: 'utf8' })
  assert.equal(check.status, 0, check.stderr)
})
