import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { Cell, type CellHost } from './cell.ts'
import type { LauncherClient } from './launcher-client.ts'
import { Lull } from './lull.ts'
import { createPrints } from './print-pace.ts'
import { PrivateSocket } from './private-socket.ts'

/** A host in a folder of the test's own, which boots nothing. */
async function hostOf(t: TestContext, overrides: Partial<CellHost> = {}): Promise<CellHost> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-cell-'))
  const privateSocket = await PrivateSocket.open(join(folder, 'private'))
  t.after(() => {
    privateSocket.close()
    rmSync(folder, { recursive: true })
  })
  const cellsFolder = join(folder, 'cells')
  mkdirSync(cellsFolder)
  return {
    clock: new ManualClock(0),
    launcher: () => ({ send() {} }) as unknown as LauncherClient,
    privateSocket,
    cellsFolder,
    socketPath: (path) => path,
    holdImage: () => undefined,
    removeFolder: (path) => rmSync(path, { recursive: true, force: true }),
    acceptSocket() {},
    egress: {} as CellHost['egress'],
    prints: createPrints(new ManualClock(0), new Lull(new ManualClock(0))),
    rationsCpu: false,
    blocked() {},
    ...overrides,
  }
}

const KIND = { runtime: 'node', memoryClass: 'small', ephemeralMb: 512 } as const

/** A cell that never is ready. */
function boot(host: CellHost, onFailed: (reason: string) => void): Cell {
  return Cell.boot(host, KIND, 'stock', () => assert.fail('it never was ready'), onFailed)
}

test('a cell that has gone with its control group before it is heard of is not measured', async (t) => {
  const host = await hostOf(t)
  const failures: string[] = []
  const cell = boot(host, (reason) => failures.push(reason))
  const gone = join(host.cellsFolder, 'no-such-group')
  cell.heard({
    event: 'spawned',
    cell: cell.id,
    pid: 1,
    meters: { memory: join(gone, 'memory'), cpu: { path: join(gone, 'cpu'), format: 'nanoseconds' } },
  })
  assert.equal(cell.metered, false)
  assert.equal(cell.cpuMs(), undefined)
  cell.heard({ event: 'exit', cell: cell.id, code: null, signal: 'SIGKILL', memoryKills: 0 })
  assert.equal(cell.ended, true)
  assert.equal(failures.length, 1)
})

test('a cell that ends while its folder is being made leaves none', async (t) => {
  const removals: Promise<void>[] = []
  const host = await hostOf(t, {
    removeFolder: (path, made) => void removals.push(made.then(() => rmSync(path, { recursive: true, force: true }))),
  })
  const reason = await new Promise<string>((resolve) => boot(host, resolve).launcherLost())
  assert.match(reason, /the launcher ended/)
  await Promise.all(removals)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(readdirSync(host.cellsFolder), [])
})

test('a launcher that knows a cell removes its folder; the server does so for others only', async (t) => {
  const removed: string[] = []
  const ordered = Promise.withResolvers<void>()
  const hostWith = (send: (command: { op: string }) => boolean): Promise<CellHost> =>
    hostOf(t, {
      launcher: () => ({ send }) as unknown as LauncherClient,
      removeFolder: (path) => void removed.push(basename(path)),
    })
  const known = boot(
    await hostWith(({ op }) => {
      if (op === 'boot') ordered.resolve()
      return true
    }),
    () => {},
  )
  await ordered.promise
  known.heard({ event: 'exit', cell: known.id, code: 1, signal: null, memoryKills: 0 })
  assert.equal(known.ended, true)
  assert.deepEqual(removed, [])
  const failed = Promise.withResolvers<string>()
  const unknown = boot(await hostWith(() => false), failed.resolve)
  assert.match(await failed.promise, /there is no launcher/)
  assert.deepEqual(removed, [unknown.id])
})
