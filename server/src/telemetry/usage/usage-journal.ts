// What was used since the last commit, on its way to the store. An invocation is written here before its answer leaves,
// without a sync: so a server that is killed forgets nothing of what it answered, and no invocation waits for a disk. (A
// machine that loses power may forget the last second.) Lines of all invocations that end in one turn of the event loop
// are one write.
//
// A line is `=["account","region","function",hour]`, which names the next row, or the number of a row and the figures of
// one invocation. A last line without its end was never answered and does not count.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { randomHex } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { FigureLines } from './figure-lines.ts'
import { FIGURES, NO_USAGE, sum, type Usage, type UsageSubject } from './usage-record.ts'

export interface UsageRow {
  readonly subject: UsageSubject
  /** Hours since 1970. */
  readonly hour: number
  usage: Usage
}

const SUFFIX = '.journal'

export class UsageJournal {
  readonly id = randomHex(16)
  readonly #path: string
  readonly #file: number
  readonly #log: Log
  readonly #lines = new FigureLines()
  #rows = 0

  private constructor(folder: string, log: Log) {
    this.#path = join(folder, this.id + SUFFIX)
    this.#file = openSync(this.#path, 'a', 0o600)
    this.#log = log
  }

  static begin(folder: string, log: Log): UsageJournal {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return new UsageJournal(folder, log)
  }

  /** Names a row; answers its number. */
  row({ account, region, function: name }: UsageSubject, hour: number): number {
    this.flush()
    this.#write(Buffer.from(`=${JSON.stringify([account, region, name, hour])}\n`))
    return this.#rows++
  }

  /** Adds figures to a row. They are written before anything that waits for a promise goes on. */
  add(row: number, usage: Usage): void {
    if (!this.#lines.hasRoom) this.flush()
    if (this.#lines.empty) queueMicrotask(() => this.flush())
    this.#lines.add(row, usage)
  }

  flush(): void {
    if (!this.#lines.empty) this.#write(this.#lines.take())
  }

  #write(bytes: Buffer): void {
    try {
      writeSync(this.#file, bytes)
    } catch (error) {
      // The figures are in memory as well and reach the store with the next commit, unless the server dies before.
      this.#log.error('usage-journal-not-written', { error })
    }
  }

  end(): void {
    this.flush()
    closeSync(this.#file)
  }

  /** Its rows are in the store. */
  remove(): void {
    rmSync(this.#path, { force: true })
  }
}

/** A journal that a former life left. */
export interface LeftJournal {
  readonly id: string
  readonly rows: readonly UsageRow[]
  remove(): void
}

export function* leftJournals(folder: string): Generator<LeftJournal> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith(SUFFIX))) {
    const path = join(folder, name)
    const rows = readRows(readFileSync(path, 'utf8'))
    yield { id: name.slice(0, -SUFFIX.length), rows, remove: () => rmSync(path, { force: true }) }
  }
}

/** Up to the first line that is not whole. */
export function readRows(text: string): UsageRow[] {
  const rows: UsageRow[] = []
  for (let start = 0; ;) {
    const end = text.indexOf('\n', start)
    if (end < 0) return rows
    const line = text.slice(start, end)
    start = end + 1
    if (line.startsWith('=')) {
      const named = readName(line.slice(1))
      if (named === undefined) return rows
      rows.push(named)
      continue
    }
    const [index = Number.NaN, ...figures] = line.split(',').map(Number)
    const row = rows[index]
    if (!row || figures.length !== FIGURES.length || figures.some((figure) => !Number.isFinite(figure))) return rows
    row.usage = sum(
      row.usage,
      Object.fromEntries(FIGURES.map((name, at) => [name, figures[at] ?? 0])) as unknown as Usage,
    )
  }
}

function readName(text: string): UsageRow | undefined {
  try {
    // Written by `row` above; a line that lost its bytes with the power fails here.
    const [account, region, name, hour] = JSON.parse(text) as [string, string, string, number]
    return { subject: { account, region, function: name }, hour, usage: NO_USAGE }
  } catch {
    return undefined
  }
}
