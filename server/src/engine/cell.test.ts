import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { Cell, type CellHost } from './cell.ts'
import type { LauncherClient } from './launcher-client.ts'
import { PrivateSocket } from './private-socket.ts'

test('a cell that has gone with its control group before it is heard of is not measured', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-cell-'))
  const privateSocket = await PrivateSocket.open(join(folder, 'private'))
  t.after(() => {
    privateSocket.close()
    rmSync(folder, { recursive: true })
  })
  const host: CellHost = {
    clock: new ManualClock(0),
    launcher: () => ({ send() {} }) as unknown as LauncherClient,
    privateSocket,
    cellsFolder: folder,
    socketPath: (path) => path,
    holdImage: () => undefined,
    removeFolder: (path) => rmSync(path, { recursive: true, force: true }),
    acceptSocket() {},
    egress: {} as CellHost['egress'],
    rationsCpu: false,
    blocked() {},
  }
  const failures: string[] = []
  const cell = Cell.boot(
    host,
    { runtime: 'node', memoryClass: 'small', ephemeralMb: 512 },
    'stock',
    () => assert.fail('it never was ready'),
    (reason) => failures.push(reason),
  )
  const gone = join(folder, 'no-such-group')
  cell.heard({
    event: 'spawned',
    cell: cell.id,
    pid: 1,
    meters: { memoryPeak: join(gone, 'memory'), cpu: { path: join(gone, 'cpu'), format: 'nanoseconds' } },
  })
  assert.equal(cell.metered, false)
  assert.equal(cell.cpuMs(), undefined)
  cell.heard({ event: 'exit', cell: cell.id, code: null, signal: 'SIGKILL', memoryKills: 0 })
  assert.equal(cell.ended, true)
  assert.equal(failures.length, 1)
})

test('a cell that ends while its folder is being made leaves none', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-cell-'))
  const privateSocket = await PrivateSocket.open(join(folder, 'private'))
  t.after(() => {
    privateSocket.close()
    rmSync(folder, { recursive: true })
  })
  const cellsFolder = join(folder, 'cells')
  mkdirSync(cellsFolder)
  const removals: Promise<void>[] = []
  const host: CellHost = {
    clock: new ManualClock(0),
    launcher: () => ({ send() {} }) as unknown as LauncherClient,
    privateSocket,
    cellsFolder,
    socketPath: (path) => path,
    removeFolder: (path, made) => void removals.push(made.then(() => rmSync(path, { recursive: true, force: true }))),
    holdImage: () => undefined,
    acceptSocket() {},
    egress: {} as CellHost['egress'],
    rationsCpu: false,
    blocked() {},
  }
  const kind = { runtime: 'node', memoryClass: 'small', ephemeralMb: 512 } as const
  const failed = new Promise<string>((resolve) => {
    const cell = Cell.boot(host, kind, 'stock', () => assert.fail('it never was ready'), resolve)
    cell.launcherLost()
  })
  assert.match(await failed, /the launcher ended/)
  await Promise.all(removals)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(readdirSync(cellsFolder), [])
})
