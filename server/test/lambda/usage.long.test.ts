// Usage against an independent ledger, over a million invocations and many kills under load. What the callers were told is
// counted once each; of those that were under way at a kill, whose callers were told nothing, any may have run and count.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { type FunctionUsage, KilledServer } from './killed-server.ts'
import { deploy } from './server-fixture.ts'

const INVOCATIONS = 1_000_000
const KILLS = 20
const CALLERS = 16
const FUNCTIONS = ['one', 'two', 'three']
const SOURCE =
  'export const handler = async ({ n, fill }) => { if (n % 97 === 0) throw new Error("unlucky"); return { n, fill } }'

/** What `mayfly dev` asks of a caller. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=0'

type Count = Omit<FunctionUsage, 'billedMs'>
interface Ledger {
  /** Answered. */
  readonly sure: Map<string, Count>
  /** Sent, and cut off by a kill. */
  readonly cut: Map<string, Count>
}

function add(ledger: Map<string, Count>, name: string, more: Count): void {
  const before = ledger.get(name) ?? { invocations: 0, errors: 0, bytesIn: 0, bytesOut: 0 }
  ledger.set(name, {
    invocations: before.invocations + more.invocations,
    errors: before.errors + more.errors,
    bytesIn: before.bytesIn + more.bytesIn,
    bytesOut: before.bytesOut + more.bytesOut,
  })
}

/** Undefined when no whole answer came. */
function invoke(endpoint: string, agent: Agent, name: string, payload: string): Promise<Count | undefined> {
  return new Promise((resolve) => {
    const url = `${endpoint}/2015-03-31/functions/${name}/invocations`
    const headers = { authorization: AUTHORIZATION, 'content-length': payload.length }
    const sent = request(url, { agent, method: 'POST', headers }, (answer) => {
      let bytesOut = 0
      answer.on('data', (chunk: Buffer) => (bytesOut += chunk.length))
      answer.on('error', () => resolve(undefined))
      answer.on('end', () => {
        assert.equal(answer.statusCode, 200)
        const errors = answer.headers['x-amz-function-error'] === undefined ? 0 : 1
        resolve({ invocations: 1, errors, bytesIn: payload.length, bytesOut })
      })
    })
    sent.on('error', () => resolve(undefined))
    sent.end(payload)
  })
}

test(`usage of ${INVOCATIONS} invocations is exact over ${KILLS} kills under load`, async (t) => {
  const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-million-'))
  let server = await KilledServer.start(dataFolder)
  t.after(async () => {
    await server.kill()
    await rm(dataFolder, { recursive: true, force: true })
  })
  for (const name of FUNCTIONS) await deploy(server.lambda, name, SOURCE, { MemorySize: 128 })
  const ledger: Ledger = { sure: new Map(), cut: new Map() }
  let [sent, answered] = [0, 0]

  for (let life = 1; life <= KILLS + 1; life++) {
    const untilAnswered = Math.floor((INVOCATIONS * life) / (KILLS + 1))
    const agent = new Agent({ keepAlive: true, maxSockets: CALLERS })
    const { endpoint } = server
    let isOver = false
    const killed = Promise.withResolvers<void>()
    const call = async (): Promise<void> => {
      while (!isOver) {
        const name = FUNCTIONS[Math.floor(random() * FUNCTIONS.length)] ?? ''
        const payload = JSON.stringify({ n: sent++, fill: 'x'.repeat(Math.floor(random() * 200)) })
        const counted = await invoke(endpoint, agent, name, payload)
        if (counted === undefined)
          add(ledger.cut, name, {
            invocations: 1,
            errors: 1,
            bytesIn: payload.length,
            bytesOut: payload.length + 1_000,
          })
        else {
          add(ledger.sure, name, counted)
          answered++
        }
        if (answered < untilAnswered || isOver) continue
        isOver = true
        // The others are in the middle of theirs; in the last life they may come to their end.
        if (life <= KILLS) void server.kill().then(killed.resolve)
        else killed.resolve()
      }
    }
    await Promise.all(Array.from({ length: CALLERS }, call))
    await killed.promise
    agent.destroy()
    if (life <= KILLS) server = await KilledServer.start(dataFolder)
    for (const name of FUNCTIONS) check(name, await server.usageOf(name), ledger, `life ${life}, seed ${seed}`)
  }
  const cuts = [...ledger.cut.values()].reduce((all, { invocations }) => all + invocations, 0)
  t.diagnostic(`${answered} answered, ${cuts} cut off by ${KILLS} kills`)
  assert.ok(answered >= INVOCATIONS && cuts <= KILLS * CALLERS)
})

function check(name: string, found: FunctionUsage, { sure, cut }: Ledger, where: string): void {
  for (const figure of ['invocations', 'errors', 'bytesIn', 'bytesOut'] as const) {
    const least = sure.get(name)?.[figure] ?? 0
    const most = least + (cut.get(name)?.[figure] ?? 0)
    const value = found[figure]
    assert.ok(value >= least && value <= most, `${where}: ${name} ${figure} ${value}, not ${least} to ${most}`)
  }
}
