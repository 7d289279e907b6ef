// Load from wrk: one thread, keep-alive, a fixed request.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface LoadRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface LoadResult {
  readonly perSecond: number
  readonly requests: number
  readonly p50Us: number
  readonly p99Us: number
}

/** An answer that takes longer is a fault; on a busy machine two seconds, wrk's own bound, are not. */
const TIMEOUT = '20s'

const run = promisify(execFile)

/** Throws when wrk is missing or when an answer is no success. `core`: the only one on which wrk runs. */
export async function load(
  request: LoadRequest,
  connections: number,
  seconds: number,
  core?: number,
): Promise<LoadResult> {
  return loadScript(scriptOf(request), request.url, connections, seconds, core)
}

/** The same with several requests, sent in turns. They share host, method and body, which is one letter repeated. */
export async function loadInTurns(
  requests: readonly LoadRequest[],
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const [first] = requests
  if (!first) throw new Error('nothing to send')
  const turns = requests.map(({ url, headers }) => {
    const { pathname, search } = new URL(url)
    const pairs = Object.entries(headers).map(([name, value]) => `[${quoted(name)}] = ${quoted(value)}`)
    return `{ ${quoted(pathname + search)}, { ${pairs.join(', ')} } },`
  })
  const script = [
    `local body = string.rep(${quoted(first.body.slice(0, 1))}, ${first.body.length})`,
    `local turns = {\n${turns.join('\n')}\n}`,
    'local turn = 0',
    'request = function()',
    '  turn = turn % #turns + 1',
    `  return wrk.format(${quoted(first.method)}, turns[turn][1], turns[turn][2], ${first.body === '' ? 'nil' : 'body'})`,
    'end',
    '',
  ]
  return loadScript(script.join('\n'), first.url, connections, seconds)
}

/** The same with several bodies, sent in turns. */
export async function loadBodies(
  request: Omit<LoadRequest, 'body'>,
  bodies: readonly string[],
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const script = [
    scriptOf({ ...request, body: '' }),
    `local bodies = {\n${bodies.map((body) => `${quoted(body)},`).join('\n')}\n}`,
    'local turn = 0',
    'request = function()',
    '  turn = turn % #bodies + 1',
    '  return wrk.format(nil, nil, nil, bodies[turn])',
    'end',
    '',
  ]
  return loadScript(script.join('\n'), request.url, connections, seconds)
}

async function loadScript(
  text: string,
  url: string,
  connections: number,
  seconds: number,
  core?: number,
): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-'))
  try {
    const script = join(folder, 'request.lua')
    await writeFile(script, text)
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', TIMEOUT, '--latency', '-s', script, url]
    const pinned = core !== undefined
    const { stdout } = await run(pinned ? 'taskset' : 'wrk', pinned ? ['-c', String(core), 'wrk', ...args] : args)
    return resultOf(stdout)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function scriptOf({ method, headers, body }: LoadRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}`)
  return [`wrk.method = ${quoted(method)}`, `wrk.body = ${quoted(body)}`, ...lines, ''].join('\n')
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, (character) => `\\${character}`)}"`
}

const UNITS_US: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 }

function resultOf(text: string): LoadResult {
  const failed = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)/.exec(text)
  if (failed) throw new Error(`wrk: ${failed[0]}`)
  const percentile = (name: string): number => {
    const [, value = 'NaN', unit = ''] = new RegExp(`\\s${name}%\\s+([0-9.]+)(us|ms|s)`).exec(text) ?? []
    return Number(value) * (UNITS_US[unit] ?? Number.NaN)
  }
  const perSecond = Number(/Requests\/sec:\s+([0-9.]+)/.exec(text)?.[1] ?? Number.NaN)
  const requests = Number(/(\d+) requests in/.exec(text)?.[1] ?? Number.NaN)
  return { perSecond, requests, p50Us: percentile('50'), p99Us: percentile('99') }
}
