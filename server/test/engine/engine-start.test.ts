// The engine starts beside the rest of the server: at once where the port is known, else when the server listens; and it
// ends with a server that never came to that.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { Deadline } from '../../src/deadline.ts'
import { EngineStart } from '../../src/engine-start.ts'
import { startServer } from '../../src/main.ts'

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-engine-start-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function begin(folder: string, port: number): Promise<EngineStart> {
  const start = new EngineStart({
    folder,
    port,
    clock: systemClock,
    log: silentLog,
    ready: {},
    cpu: 'shared',
    allowPrivateEgress: false,
  })
  await start.launched
  return start
}

const none = (): Deadline => new Deadline(systemClock, 0)

test('with a port that is known the launcher is started at once; a server that ends then ends the engine, too', () =>
  withFolder(async (folder) => {
    const start = await begin(folder, 4566)
    assert.ok(existsSync(join(folder, 'runtime/launcher/main.cjs')))
    const closed = start.close(none())
    await assert.rejects(start.engine, /the server is closing/)
    await closed
    await start.close(none())
    assert.deepEqual(readdirSync(join(folder, 'cells')), [])
  }))

test('where any free port is taken the engine waits for it', () =>
  withFolder(async (folder) => {
    const start = await begin(folder, 0)
    assert.deepEqual(readdirSync(folder), [])
    start.listening(40_404, (socket) => void socket.destroy())
    const engine = await start.engine
    assert.equal(engine.status().instances, 0)
    await start.close(none())
  }))

test('a server that never listened has no engine', () =>
  withFolder(async (folder) => {
    const start = await begin(folder, 0)
    await start.close(none())
    await assert.rejects(start.engine, /the server is closing/)
    assert.deepEqual(readdirSync(folder), [])
  }))

test('packages of the SDK are looked for by the first start, and remembered, also for another folder of data', () =>
  withFolder(async (folder) => {
    const cache = join(folder, 'cache')
    const main = JSON.stringify(import.meta.resolve('../../src/main.ts'))
    const script = `import { startServer } from ${main}
      const server = await startServer({ mode: 'dev', port: 0, dataFolder: process.argv[1], readyCells: {} })
      await server.close(0)`
    const start = (data: string): string => {
      const args = ['--input-type=module', '-e', script, join(folder, data)]
      const run = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        env: { ...process.env, NODE_COMPILE_CACHE: cache },
      })
      assert.equal(run.status, 0, run.stderr)
      const list = readdirSync(cache, { encoding: 'utf8', recursive: true }).find((name) =>
        name.includes('sdk-packages-'),
      )
      return join(cache, list ?? 'no list')
    }
    utimesSync(start('first'), 1, 1)
    assert.equal(statSync(start('second')).mtimeMs, 1_000)
  }))

test('storage that cannot be opened ends the start, and nothing of it is left, whenever it is told', () =>
  withFolder(async (folder) => {
    const start = (dataFolder: string, port: number): Promise<unknown> =>
      startServer({ mode: 'dev', port, dataFolder, readyCells: {} })
    for (const port of [0, 40_405]) {
      const blobs = mkdtempSync(join(folder, 'blobs-'))
      writeFileSync(join(blobs, 'blobs'), 'in the way')
      await assert.rejects(start(blobs, port), { code: 'ENOTDIR' })
      const store = mkdtempSync(join(folder, 'store-'))
      writeFileSync(join(store, 'mayfly.sqlite'), 'this is no database at all, but a text that somebody put here')
      await assert.rejects(start(store, port))
      for (const place of [blobs, store]) assert.ok(!existsSync(join(place, 'mayfly.pid')))
    }
  }))

test('a port that is taken ends the start, and nothing of it is left', () =>
  withFolder(async (folder) => {
    const taken = await listening()
    const { port } = taken.address() as AddressInfo
    try {
      await assert.rejects(startServer({ mode: 'dev', port, dataFolder: folder, readyCells: {} }), /in use|EADDRINUSE/)
    } finally {
      taken.close()
    }
    assert.ok(!existsSync(join(folder, 'mayfly.pid')))
    assert.deepEqual(readdirSync(join(folder, 'engine/cells')), [])
  }))

function listening(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
  })
}
