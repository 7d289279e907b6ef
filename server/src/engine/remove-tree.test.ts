import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeTree } from './remove-tree.ts'

test('a tree goes with everything in it; what links lead to stays; what is not there is fine', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-remove-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'outside'))
  writeFileSync(join(folder, 'outside/kept'), '')
  mkdirSync(join(folder, 'tree/a/b'), { recursive: true })
  for (const path of ['tree/one', 'tree/a/two', 'tree/a/b/three', 'file']) writeFileSync(join(folder, path), '')
  symlinkSync('../outside', join(folder, 'tree/way'))
  symlinkSync('outside', join(folder, 'link'))
  for (const name of ['tree', 'file', 'link', 'missing']) {
    await removeTree(join(folder, name))
    assert.equal(existsSync(join(folder, name)), false, name)
  }
  assert.deepEqual(readdirSync(join(folder, 'outside')), ['kept'])
})
