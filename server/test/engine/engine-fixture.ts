// A real engine in a fresh folder, functions from inline source, and a check that nothing of it is left afterwards.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { silentLog } from '#base/log.ts'
import type { Log, LogFields } from '#base/log.ts'
import { createEngine } from '#engine/create-engine.ts'
import type { EngineOptions } from '#engine/engine-options.ts'
import type { CodePackage, Engine, FunctionVersion, InvocationOutcome, OutputLine, Quota } from '#engine/engine.ts'

export type Files = Readonly<Record<string, string>>

export interface Recorded {
  readonly outcome: InvocationOutcome
  /** Log lines of the invocation. */
  readonly lines: string[]
}

export class EngineFixture {
  readonly engine: Engine
  readonly folder: string
  /** Lines outside any invocation, of all versions. */
  readonly background: string[] = []
  readonly warnings: { event: string; fields?: LogFields }[] = []
  #next = 0

  private constructor(
    engine: Engine,
    folder: string,
    shared: { background: string[]; warnings: EngineFixture['warnings'] },
  ) {
    this.engine = engine
    this.folder = folder
    this.background = shared.background
    this.warnings = shared.warnings
  }

  static async open(options: Partial<EngineOptions> = {}): Promise<EngineFixture> {
    const folder = mkdtempSync(join(tmpdir(), `mayfly-engine-of-${process.pid}-`))
    const shared = { background: [], warnings: [] as EngineFixture['warnings'] }
    const log: Log = {
      ...silentLog,
      warn: (event, fields) => shared.warnings.push({ event, ...(fields && { fields }) }),
    }
    const acceptSocket = (socket: Duplex): void => void socket.destroy()
    const engine = await createEngine({
      folder,
      log,
      acceptSocket,
      ready: { node: { small: 2 }, python: { small: 1 } },
      // On a busy machine any init is slow.
      standbyFromInitMs: Number.POSITIVE_INFINITY,
      ...options,
    })
    return new EngineFixture(engine, folder, shared)
  }

  /** A version with defaults that suit tests. */
  version(files: Files, overrides: Partial<FunctionVersion> = {}): FunctionVersion {
    return {
      id: `version-${this.#next++}`,
      account: '000000000000',
      runtime: 'node',
      handler: 'index.handler',
      code: codePackage(files),
      environment: { COLOUR: 'green' },
      memoryMb: 128,
      timeoutMs: 5_000,
      ephemeralMb: 512,
      quota: quotaOf(10),
      credentials: () => ({ accessKeyId: 'ASIATEST', secretAccessKey: 'secret', sessionToken: 'token' }),
      output: (_instance, line) => void this.background.push(line.text.toString()),
      ...overrides,
    }
  }

  node(source: string, overrides: Partial<FunctionVersion> = {}): FunctionVersion {
    return this.version({ 'index.js': source }, overrides)
  }

  python(source: string, overrides: Partial<FunctionVersion> = {}): FunctionVersion {
    return this.version({ 'index.py': source }, { runtime: 'python', ...overrides })
  }

  async invoke(
    version: FunctionVersion,
    event: unknown = {},
    context: Readonly<Record<string, string>> = {},
  ): Promise<Recorded> {
    const lines: string[] = []
    const outcome = await this.engine.invoke(version, {
      id: `request-${this.#next++}`,
      payload: Buffer.from(JSON.stringify(event)),
      context,
      output: (_instance: string, line: OutputLine) => void lines.push(line.text.toString()),
    })
    return { outcome, lines }
  }

  /** Invokes and returns the parsed result; throws for any other outcome. */
  async result(version: FunctionVersion, event: unknown = {}): Promise<unknown> {
    const { outcome, lines } = await this.invoke(version, event)
    if (outcome.kind === 'result') return JSON.parse(Buffer.from(outcome.payload).toString())
    throw new Error(`${describeOutcome(outcome)}\n${lines.join('\n')}`)
  }

  /** Ends the engine; returns what it left behind, which should be nothing. */
  async close(): Promise<string[]> {
    await this.engine.close(1_000)
    const left = [...readdirSync(join(this.folder, 'cells')), ...cgroupsOf(this.folder)]
    rmSync(this.folder, { recursive: true, force: true })
    return left
  }
}

/** Runs `work` with an engine that is closed whatever happens; leaving something behind is a failure. */
export async function withEngine(
  options: Partial<EngineOptions>,
  work: (fixture: EngineFixture) => Promise<void>,
): Promise<void> {
  const fixture = await EngineFixture.open(options)
  let left: string[] = []
  try {
    await work(fixture)
  } finally {
    left = await fixture.close()
  }
  assert.deepEqual(left, [], 'left behind')
}

/** A package of inline files. */
export function codePackage(files: Files): CodePackage {
  return {
    id: createHash('sha256').update(JSON.stringify(files)).digest('hex'),
    size: Object.values(files).reduce((sum, text) => sum + text.length, 0),
    async unpack(folder) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), text)
      }
    },
  }
}

/** An outcome in one line, for messages. */
export function describeOutcome(outcome: InvocationOutcome): string {
  return 'payload' in outcome ? `${outcome.kind}: ${Buffer.from(outcome.payload).toString()}` : JSON.stringify(outcome)
}

/** The document of an outcome that has one. */
export function documentOf(outcome: InvocationOutcome): Readonly<Record<string, unknown>> {
  if (!('payload' in outcome)) throw new Error(`no document in ${describeOutcome(outcome)}`)
  return JSON.parse(Buffer.from(outcome.payload).toString()) as Readonly<Record<string, unknown>>
}

/** Control groups that carry the name of the engine in `folder`. */
export function cgroupsOf(folder: string): string[] {
  const file = join(folder, 'control-groups')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((path) => path !== '' && existsSync(path))
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const endMs = Date.now() + withinMs
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`not within ${withinMs} ms: ${String(condition)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** How long it takes at this moment until a plain process, killed, is known to have ended, ms. */
export async function killFloorMs(): Promise<number> {
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const startMs = performance.now()
  child.kill('SIGKILL')
  await once(child, 'exit')
  return performance.now() - startMs
}

/** A quota of the version's own. */
export function quotaOf(instancesMax: number): () => Quota {
  const quota = { id: randomUUID(), instancesMax }
  return () => quota
}
