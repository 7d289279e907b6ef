// Cells take the compiled code that is built into Node.js, as any Node.js process does: V8 refuses it where a flag that
// matters to it differs, and each cell would compile all of it again, in its boot and in the init of its function.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cachedDataVersionTag } from 'node:v8'
import { withEngine } from './engine-fixture.ts'

const LOADED = `exports.handler = async () => process.moduleLoadList.flatMap((name) => name.split('NativeModule ')[1] ?? [])`

const TAG = `exports.handler = async () => ({
  tag: require('v8').cachedDataVersionTag(),
  collector: typeof globalThis.gc,
  flags: process.execArgv.filter((flag) => !/^--max-(old-space|semi-space)-size=/.test(flag)),
})`

test('code that was compiled for Node.js is taken by cells that were ready and by cells that somebody waited for', async () => {
  for (const small of [1, 0])
    await withEngine({ ready: { node: { small } } }, async (fixture) => {
      const expected = { tag: cachedDataVersionTag(), collector: 'undefined', flags: [] }
      assert.deepEqual(await fixture.result(fixture.node(TAG)), expected)
    })
})

test('a cell that somebody waits for loads no part of Node.js that only others need', async () => {
  await withEngine({ ready: { node: { small: 0 } } }, async (fixture) => {
    const loaded = await fixture.result(fixture.node(LOADED))
    assert.ok(Array.isArray(loaded) && loaded.includes('net'))
    for (const name of ['dns', 'cluster', 'dgram', 'child_process', 'os', 'v8', 'vm', 'http', 'perf_hooks'])
      assert.ok(!loaded.includes(name), name)
  })
})
