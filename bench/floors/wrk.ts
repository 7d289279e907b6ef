// Load from wrk: one thread, keep-alive, a fixed request. Its text is made here: wrk would send the headers in an order that
// is another one in each of its processes, which no client of a server does, and servers compile code for what they see.
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
  const text = quoted(headOf(request, request.body.length) + request.body)
  return loadScript(`wrk.format = function() return ${text} end\n`, request.url, connections, seconds, core)
}

/** The same with several requests, sent in turns. They share host, method and body, which is one letter repeated. */
export async function loadInTurns(
  requests: readonly LoadRequest[],
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const [first] = requests
  if (!first) throw new Error('nothing to send')
  const script = [
    `local body = string.rep(${quoted(first.body.slice(0, 1))}, ${first.body.length})`,
    ...inTurns(requests.map((request) => headOf(request, first.body.length))),
    'request = function() return next() .. body end',
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
  const script = [...inTurns(bodies.map((body) => headOf(request, body.length) + body)), 'request = next', '']
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

/** The script's function `next`: the texts one after the other, again and again. */
function inTurns(texts: readonly string[]): readonly string[] {
  return [
    `local texts = {\n${texts.map((text) => `${quoted(text)},`).join('\n')}\n}`,
    'local turn = 0',
    'local function next()',
    '  turn = turn % #texts + 1',
    '  return texts[turn]',
    'end',
  ]
}

/** A request up to its body, which is ASCII. */
function headOf({ url, method, headers }: Omit<LoadRequest, 'body'>, bodyBytes: number): string {
  const { host, pathname, search } = new URL(url)
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  const all: Readonly<Record<string, string>> = { host, ...Object.fromEntries(given), 'content-length': `${bodyBytes}` }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`
}

function quoted(text: string): string {
  const escaped = text.replace(/[\\"]/g, (character) => `\\${character}`)
  return `"${escaped.replaceAll('\r', '\\r').replaceAll('\n', '\\n')}"`
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
