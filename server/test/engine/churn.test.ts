// Hundreds of instances that come and go in every way: nothing may pile up, neither descriptors nor processes, groups,
// folders or sockets.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cgroupsOf, until, withEngine } from './engine-fixture.ts'
import type { EngineFixture } from './engine-fixture.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 40)

/** A cell's group; beside them are those of the server and its launcher. */
const CELL = /^[0-9a-f]{32}$/

const ENDINGS = [
  'exports.handler = async () => 1',
  'exports.handler = async () => { process.exit(1) }',
  'exports.handler = async () => { throw new Error("x") }',
  'exports.handler = async () => { Promise.reject(new Error("x")); await new Promise((r) => setTimeout(r, 100)) }',
  'exports.handler = () => { for (;;); }',
  'throw new Error("at init")',
  'exports.handler = async () => { require("node:fs").closeSync(3) }',
]

interface Holdings {
  readonly server: number
  readonly launcher: number
  readonly children: number
  readonly groups: number
  readonly folders: number
}

test(`${ROUNDS} rounds of every ending leave nothing behind`, { timeout: 600_000 }, () =>
  withEngine({ ready: { node: { small: 3 } } }, async (fixture) => {
    let before: Holdings | undefined
    for (let round = 0; round < ROUNDS; round++) {
      const versions = ENDINGS.map((source) => fixture.node(source, { timeoutMs: 100 }))
      await Promise.all(versions.map((version) => fixture.invoke(version)))
      for (const version of versions) fixture.engine.retire(version.id)
      await until(() => fixture.engine.status().instances === 0 && fixture.engine.status().readyCells === 3, 20_000)
      await until(() => holdings(fixture).folders === 3 && holdings(fixture).groups % 3 === 0, 5_000)
      // The first rounds open what stays open.
      if (round === 2) before = holdings(fixture)
    }
    const now = holdings(fixture)
    assert.ok(before)
    // A report, or a timer, may be on its way: a leak of one in each round is far more.
    for (const [name, count] of Object.entries(now))
      assert.ok(count <= before[name as keyof Holdings] + 4, `${name}: ${JSON.stringify({ before, now })}`)
  }),
)

function holdings(fixture: EngineFixture): Holdings {
  const launcher = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && read(pid, 'cmdline').includes(`${fixture.folder}/runtime/launcher`),
  )
  const pid = launcher.find((candidate) => read(candidate, 'comm').trim() !== 'sh') ?? ''
  return {
    server: readdirSync('/proc/self/fd').length,
    launcher: readdirSync(`/proc/${pid}/fd`).length,
    children: read(pid, `task/${pid}/children`).split(' ').filter(Boolean).length,
    groups: cgroupsOf(fixture.folder).flatMap((base) => readdirSync(base).filter((name) => CELL.test(name))).length,
    folders: readdirSync(join(fixture.folder, 'cells')).length,
  }
}

function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}
