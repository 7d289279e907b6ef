// Kills a writing process at random moments and looks at what is there afterwards:
//   - every acknowledged write is there, whole (and every acknowledged delete has happened)
//   - nothing is there that was not sent: of each writer at most the one step after its last acknowledged one
//   - a commit happened whole or not at all
//   - the log has the sequences 1, 2, 3, ... without a gap, in agreement with what was acknowledged
//   - every blob that the store refers to is there, byte for byte
//   - SQLite finds its file in order
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom, type Random } from '#base/ids.ts'
import type { Blobs } from '#storage/blobs.ts'
import { openFileBlobs } from '#storage/files/file-blobs.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import type { Entry, Key, Store } from '#storage/store.ts'
import { nameOf, noise, stepAt, valueOf, WRITERS } from './crash-work.ts'

/** The kill comes after a random number of acknowledgements (so that a slow machine tests as much) and a random pause. */
const ACKNOWLEDGED_MAX = 300
const PAUSE_MS_MAX = 10
/** A start that is killed before its first write gets at most this long. */
const EARLY_MS_MAX = 200
/** One in so many kills comes while the process starts and recovers, before its first write. */
const EARLY_KILL_EVERY = 6
/** After most kills the state is looked at; after the others the next process recovers what two crashes left. */
const LOOK_RATE = 0.7

/** What was acknowledged in one round: by writer, the sequence (0: none) of each step in order. */
type RoundLedger = number[][]

export interface CrashReport {
  readonly kills: number
  readonly acknowledged: number
  readonly seed: number
}

/** Runs the test; throws what does not hold. */
export async function runCrashes(kills: number, seed: number): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-crash-'))
  const random = seededRandom(seed)
  const ledger: RoundLedger[] = []
  try {
    for (let round = 0; round < kills; round++) {
      ledger.push(await writeUntilKilled(folder, round, random))
      if (random() < LOOK_RATE || round === kills - 1) await look(folder, ledger)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  const acknowledged = ledger.flat().reduce((sum, steps) => sum + steps.length, 0)
  return { kills, acknowledged, seed }
}

async function writeUntilKilled(folder: string, round: number, random: Random): Promise<RoundLedger> {
  const ledger: RoundLedger = Array.from({ length: WRITERS }, () => [])
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'crash-writer.ts'), folder, String(round)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaint = ''
  writer.stderr.on('data', (chunk) => (complaint += chunk))
  const ended = once(writer, 'exit')
  const isEarly = Math.trunc(random() * EARLY_KILL_EVERY) === 0
  const reached = Promise.withResolvers<void>()
  const enough = 1 + Math.trunc(random() * ACKNOWLEDGED_MAX)
  let acknowledged = 0
  const lines = createInterface({ input: writer.stdout })
  lines.on('line', (line) => {
    const [name = '', sequence] = line.split(' ')
    if (name === 'ready') return
    const [, index, step] = name.split('/').map(Number)
    const steps = ledger[index ?? -1]
    assert.equal(step, steps?.length, 'acknowledgements of a writer come in order')
    steps?.push(Number(sequence))
    if (++acknowledged === enough) reached.resolve()
  })
  const read = once(lines, 'close')
  if (isEarly) await sleep(random() * EARLY_MS_MAX)
  else {
    await Promise.race([reached.promise, ended])
    await sleep(random() * PAUSE_MS_MAX)
  }
  writer.kill('SIGKILL')
  const [, signal] = await ended
  assert.equal(signal, 'SIGKILL', `the writer ended by itself: ${complaint}`)
  await read
  return ledger
}

async function look(folder: string, ledger: readonly RoundLedger[]): Promise<void> {
  const path = join(folder, 'store.sqlite')
  const onFatal = (error: Error): void => {
    throw error
  }
  const store = await openSqliteStore({ path, onFatal })
  const blobs = await openFileBlobs({ folder: join(folder, 'blobs') })
  const found = {
    a: await everything(store, ['a']),
    b: await everything(store, ['b']),
    blobs: await everything(store, ['blob']),
    log: await everything(store, ['log']),
  }
  await checkCounters(store, ledger)
  await store.close()
  checkLog(found.log, ledger)
  checkItems(found.a, found.b, new Set(found.log.map(textOf)), ledger)
  await checkBlobs(blobs, found.blobs, ledger)
  await blobs.close()
  checkFile(path)
}

async function everything(store: Store, prefix: Key): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let last: Key | undefined; ;) {
    const page = await store.list({ prefix, ...(last && { after: last }) })
    entries.push(...page)
    last = page.at(-1)?.key
    if (!last) return entries
  }
}

function checkLog(log: readonly Entry[], ledger: readonly RoundLedger[]): void {
  const names = log.map(textOf)
  for (const [index, { key }] of log.entries()) assert.equal(key[1], index + 1, 'the log has a gap')
  assert.equal(new Set(names).size, names.length, 'the log has an entry twice')
  for (const { name, sequence } of acknowledgedSteps(ledger))
    if (sequence > 0) assert.equal(names[sequence - 1], name, `log entry ${sequence} of ${name} is lost`)
  for (const name of names) {
    const [round = -1, writer = -1, step = -1] = name.split('/').map(Number)
    const done = ledger[round]?.[writer]?.length ?? -1
    assert.ok(step <= done, `${name} was never sent`)
  }
}

function checkItems(
  a: readonly Entry[],
  b: readonly Entry[],
  logged: ReadonlySet<string>,
  ledger: readonly RoundLedger[],
): void {
  const values = new Map(a.map((entry) => [String(entry.key[1]), entry]))
  const twins = new Map(b.map((entry) => [String(entry.key[1]), entry]))
  const expected = new Set<string>()
  const deleted = new Set<string>()
  for (const [round, writers] of ledger.entries())
    for (const [writer, steps] of writers.entries())
      // One step more than was acknowledged may have happened: then the log, written with it, has it.
      for (let step = 0; step <= steps.length; step++) {
        const name = nameOf({ round, writer, step })
        const work = stepAt({ round, writer, step })
        if (!logged.has(name) || (work.kind !== 'item' && work.kind !== 'replace')) continue
        expected.add(name)
        if (work.kind === 'replace') deleted.add(nameOf({ round, writer, step: work.deletes }))
      }
  for (const name of deleted) expected.delete(name)
  for (const name of expected)
    for (const entry of [values.get(name), twins.get(name)]) {
      assert.ok(entry, `item ${name} is lost, or half of it`)
      assert.ok(valueOf(name).equals(entry.value), `item ${name} is torn`)
    }
  assert.equal(values.size, expected.size, 'there are items that nobody committed')
  assert.equal(twins.size, expected.size, 'there are halves of items that nobody committed')
}

async function checkBlobs(blobs: Blobs, references: readonly Entry[], ledger: readonly RoundLedger[]): Promise<void> {
  const referred = new Set(references.map(({ key }) => String(key[1])))
  for (const { name, place } of acknowledgedSteps(ledger))
    if (stepAt(place).kind === 'blob') assert.ok(referred.has(name), `the reference of blob ${name} is lost`)
  // Older rounds were looked at before, most of them; the last few matter most.
  const newest = references.filter(({ key }) => Number(String(key[1]).split('/')[0]) >= ledger.length - 3)
  for (const entry of newest) {
    const name = String(entry.key[1])
    const [round = -1, writer = -1, step = -1] = name.split('/').map(Number)
    const work = stepAt({ round, writer, step })
    assert.equal(work.kind, 'blob')
    const bytes = Buffer.concat(await Array.fromAsync(blobs.get(textOf(entry))))
    assert.ok(work.kind === 'blob' && bytes.equals(noise(name, work.bytes)), `blob ${name} is torn`)
  }
}

async function checkCounters(store: Store, ledger: readonly RoundLedger[]): Promise<void> {
  for (const [round, writers] of ledger.entries()) {
    let counted = 0
    for (const [writer, steps] of writers.entries())
      for (const step of steps.keys()) if (stepAt({ round, writer, step }).kind === 'count') counted++
    const entry = await store.get(['count', round])
    const count = entry ? Buffer.from(entry.value).readUInt32LE() : 0
    assert.ok(count >= counted && count <= counted + WRITERS, `counter of round ${round}: ${count}, not ${counted}`)
  }
}

function checkFile(path: string): void {
  const database = new DatabaseSync(path)
  assert.deepEqual(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {}), ['ok'])
  database.close()
}

function* acknowledgedSteps(
  ledger: readonly RoundLedger[],
): Generator<{ name: string; sequence: number; place: Parameters<typeof stepAt>[0] }> {
  for (const [round, writers] of ledger.entries())
    for (const [writer, steps] of writers.entries())
      for (const [step, sequence] of steps.entries()) {
        const place = { round, writer, step }
        yield { name: nameOf(place), sequence, place }
      }
}

function textOf(entry: Entry): string {
  return Buffer.from(entry.value).toString()
}
