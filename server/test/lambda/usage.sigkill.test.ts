// Kills a server again and again and compares what it says that functions used with what their callers were told: the
// billed time in the log that came with each answer is a ledger of this test's own. Then with many invocations under way:
// what was queued runs after the restart, and no process of a function survives.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { KilledServer } from './killed-server.ts'
import { deploy, eventually } from './server-fixture.ts'

let dataFolder = ''
let node: KilledServer
before(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-usage-'))
  node = await KilledServer.start(dataFolder)
})
after(async () => {
  await node.kill()
  await rm(dataFolder, { recursive: true, force: true })
})

const KILLS = 4

test(`usage is exact over ${KILLS} kills: each answered invocation once, with its billed time`, async () => {
  const source = `export const handler = async (event) => { if (event.n % 7 === 0) throw new Error('seventh'); return event.n }`
  await deploy(node.lambda, 'counted', source)
  const own = { invocations: 0, billedMs: 0, errors: 0 }
  for (let kill = 0; kill < KILLS; kill++) {
    for (let n = 0; n < 5 + Math.floor(Math.random() * 25); n++) {
      const { LogResult = '', FunctionError } = await node.lambda.send(
        new InvokeCommand({ FunctionName: 'counted', Payload: JSON.stringify({ n }), LogType: 'Tail' }),
      )
      const log = Buffer.from(LogResult, 'base64').toString()
      own.invocations++
      own.billedMs += Number(/\tBilled Duration: (\d+) ms\t/.exec(log)?.[1])
      if (FunctionError !== undefined) own.errors++
    }
    await node.kill()
    node = await KilledServer.start(dataFolder)
    const { invocations, billedMs, errors } = await node.usageOf('counted')
    assert.deepEqual({ invocations, billedMs, errors }, own)
  }
})

test('a budget is never exceeded, by many callers at once and over a kill, and the error names it', async () => {
  await deploy(node.lambda, 'capped', 'export const handler = async () => 1')
  const budget = { region: 'us-east-1', function: 'capped', period: 'month', invocationsMax: 12 }
  const set = await fetch(`${node.endpoint}/_mayfly/budgets`, { method: 'PUT', body: JSON.stringify(budget) })
  assert.equal(set.status, 200, await set.text())
  const call = () =>
    node.lambda.send(new InvokeCommand({ FunctionName: 'capped' })).then(
      () => 'ran',
      (error: Error) => `${error.name}: ${error.message}`,
    )
  const first = await Promise.all(Array.from({ length: 8 }, call))
  assert.deepEqual(new Set(first), new Set(['ran']))
  await node.kill()
  node = await KilledServer.start(dataFolder)
  const second = await Promise.all(Array.from({ length: 12 }, call))
  assert.equal(second.filter((answer) => answer === 'ran').length, 4)
  assert.match(
    second.find((answer) => answer !== 'ran') ?? '',
    /^TooManyRequestsException: The monthly budget of 12 invocations of function capped is used up\. It begins anew at /,
  )
  assert.equal((await node.usageOf('capped')).invocations, 12)
})

/** Processes of cells that this server started; other servers of this machine have cells of their own. */
function cellsOf(serverPid: number): string[] {
  const parents = new Map<string, string>()
  const cells: string[] = []
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      parents.set(pid, /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '')
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (line.includes(`${dataFolder}/engine`) || line.includes('/run/mayfly/bin/node')) cells.push(pid)
    } catch {
      // It ended meanwhile.
    }
  const isOurs = (pid: string | undefined): boolean =>
    pid !== undefined && (pid === String(serverPid) || isOurs(parents.get(pid)))
  return cells.filter(isOurs)
}

test('killed with 100 invocations under way: the queued ones run, and no cell survives', async () => {
  await deploy(
    node.lambda,
    'slow',
    `export const handler = async (event) => { await new Promise((resolve) => setTimeout(resolve, event.ms)); return 1 }`,
    { Timeout: 300 },
  )
  const waiting = Array.from({ length: 30 }, () =>
    node.lambda.send(new InvokeCommand({ FunctionName: 'slow', Payload: JSON.stringify({ ms: 200_000 }) })).then(
      () => 'answered',
      () => 'cut',
    ),
  )
  await Promise.all(
    Array.from({ length: 70 }, () =>
      node.lambda.send(
        new InvokeCommand({ FunctionName: 'slow', InvocationType: 'Event', Payload: JSON.stringify({ ms: 300 }) }),
      ),
    ),
  )
  const mine = cellsOf(node.pid)
  assert.ok(mine.length > 0)
  const done = (await node.usageOf('slow')).invocations
  await node.kill()
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['cut']))
  await eventually(
    'no cell of the former life',
    async () => (mine.every((pid) => !isAlive(pid)) ? true : undefined),
    30_000,
  )
  node = await KilledServer.start(dataFolder)
  // At least once: what ran and was not yet marked as delivered runs again.
  await eventually(
    'the queued invocations have run',
    async () => ((await node.usageOf('slow')).invocations >= Math.max(70, done) ? true : undefined),
    60_000,
  )
})

function isAlive(pid: string): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
