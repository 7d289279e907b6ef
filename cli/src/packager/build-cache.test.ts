// A build is reused only when nothing that could change it has changed.
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { folderWith } from '../../test/support/command.ts'
import { packageWithCache } from './build-cache.ts'

const FILES = {
  'index.ts': "import { word } from './word'\nimport { deep } from './a/b'\nexport const handler = () => word + deep\n",
  'a/b/index.js': "export const deep = 'deep'\n",
  'word.js': "export const word = 'js'\n",
  'package.json': '{"name":"x"}',
}

test('rebuilt once, then cached, byte for byte', async (t) => {
  const folder = folderWith(t, FILES)
  const first = await packageWithCache(folder, {})
  const second = await packageWithCache(folder, {})
  assert.deepEqual([first.build, second.build], ['rebuilt', 'cached'])
  assert.deepEqual(second.packed, first.packed)
  assert.equal(readFileSync(join(folder, '.mayfly/.gitignore'), 'utf8'), '*\n')
})

const CHANGES: readonly [string, (folder: string) => void][] = [
  ['a source', (folder) => writeFileSync(join(folder, 'index.ts'), "export const handler = () => 'x'\n")],
  // Inlined whole by the bundler, so its own list of modules does not have it.
  ['a constant in another file', (folder) => writeFileSync(join(folder, 'word.js'), "export const word = 'other'\n")],
  [
    'a new file that an import now means',
    (folder) => writeFileSync(join(folder, 'word.ts'), "export const word = 'ts'\n"),
  ],
  [
    'a new file in a folder between',
    (folder) => writeFileSync(join(folder, 'a/b.ts'), "export const deep = 'nearer'\n"),
  ],
  ['a manifest', (folder) => writeFileSync(join(folder, 'package.json'), '{"name":"y"}')],
  ['a source that is gone', (folder) => rmSync(join(folder, 'package.json'))],
  ['half a zip', (folder) => writeFileSync(join(folder, '.mayfly/build/x.zip'), 'PK')],
  ['half a record', (folder) => writeFileSync(join(folder, '.mayfly/build/x.json'), '{"format":')],
]

for (const [what, change] of CHANGES)
  test(`${what}: rebuilt`, async (t) => {
    const folder = folderWith(t, FILES)
    await packageWithCache(folder, { name: 'x' })
    assert.equal((await packageWithCache(folder, { name: 'x' })).build, 'cached')
    change(folder)
    assert.equal((await packageWithCache(folder, { name: 'x' })).build, 'rebuilt')
  })

test('what lies deeper and is no source does not matter: a server may keep its data beside a file', async (t) => {
  const folder = folderWith(t, { ...FILES, 'data/one': '' })
  await packageWithCache(join(folder, 'index.ts'), {})
  writeFileSync(join(folder, 'data/two'), '')
  assert.equal((await packageWithCache(join(folder, 'index.ts'), {})).build, 'cached')
})

test('another option: rebuilt', async (t) => {
  const folder = folderWith(t, FILES)
  await packageWithCache(folder, {})
  assert.equal((await packageWithCache(folder, { runtime: 'nodejs22.x' })).build, 'rebuilt')
})
