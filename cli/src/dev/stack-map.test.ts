import assert from 'node:assert/strict'
import { test } from 'node:test'
import { folderWith } from '../../test/support/command.ts'
import { bundle } from '../packager/bundle.ts'
import { findEntry } from '../packager/entry.ts'
import { packageFunction } from '../packager/package-function.ts'
import { StackMap } from './stack-map.ts'

test('a place in the bundle becomes the place in the sources; others stay', async (t) => {
  const folder = folderWith(t, {
    'src/index.ts': "import { fail } from './fail.ts'\nexport const handler = (n: number) => fail(n)\n",
    'src/fail.ts': '\n\n\nexport function fail(n: number): never {\n  throw new Error(String(n))\n}\n',
  })
  const { maps, code } = await bundled(folder)
  const map = new StackMap(maps)
  const line = code.split('\n').findIndex((text) => text.includes('new Error')) + 1
  const column = (code.split('\n')[line - 1]?.indexOf('new Error') ?? 0) + 1
  const frame = `    at fail (file:///var/task/index.mjs:${line}:${column})`
  assert.equal(map.translate(`Error: 1\n${frame}`), 'Error: 1\n    at fail (src/fail.ts:5:9)')
  for (const other of [
    'at run (file:///run/mayfly/runtime/node/main.mjs:1:1)',
    'at x (/var/task/other.mjs:1:1)',
    'plain',
  ])
    assert.equal(map.translate(other), other)
})

async function bundled(folder: string) {
  const { sourceMaps: maps } = await packageFunction(folder)
  const { entries } = await bundle(findEntry(folder))
  return { maps, code: entries.find(({ path }) => path === 'index.mjs')?.content.toString('utf8') ?? '' }
}
