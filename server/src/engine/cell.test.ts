import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { Cell, type CellHost } from './cell.ts'
import type { LauncherClient } from './launcher-client.ts'
import type { Command } from './launcher/commands.ts'
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
    launcher: () => ({ send() {}, sendUnhurried() {} }) as unknown as LauncherClient,
    privateSocket,
    cellsFolder,
    socketPath: (path) => path,
    holdImage: () => undefined,
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

test('the folder of an ended cell is discarded when whoever used it has taken what it keeps', async (t) => {
  const steps: string[] = []
  const send = ({ op }: Command): boolean => steps.push(op) > 0
  const launcher = { send, sendUnhurried: send }
  const host = await hostOf(t, { launcher: () => launcher as unknown as LauncherClient })
  const cell = boot(host, () => steps.push('taken'))
  cell.heard({ event: 'exit', cell: cell.id, code: 1, signal: null, memoryKills: 0 })
  assert.deepEqual(steps, ['boot', 'taken', 'discard'])
})
