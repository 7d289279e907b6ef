// What a server costs that does nothing: time until it listens and until it is ready, and resident memory, of
// `mayfly start` on an empty data folder, beside the start of a bare node process in the same minute.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchRow } from './row.ts'

const ROUNDS = 7
const SETTLE_MS = 3000
const READY_MS_MAX = 20_000
const command = fileURLToPath(new URL('../cli/bin/mayfly.js', import.meta.url))

interface Start {
  readonly listeningMs: number
  readonly readyMs: number
}

/** Rows: bare node start, listening, ready, resident memory of server and launcher. */
export async function run(): Promise<readonly BenchRow[]> {
  const bare: number[] = []
  const starts: Start[] = []
  let memory = { serverMb: 0, launcherMb: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await bareNodeMs())
    const folder = mkdtempSync(join(tmpdir(), 'mayfly-idle-'))
    const port = await freePort()
    const startedMs = performance.now()
    const server = spawn(process.execPath, [command, 'start', '--port', String(port), '--data', folder], {
      stdio: 'ignore',
    })
    try {
      const listeningMs = await answers(`http://127.0.0.1:${port}/healthz`, startedMs)
      const readyMs = await answers(`http://127.0.0.1:${port}/readyz`, startedMs)
      // The first start fills the compile cache: it counts as the warm-up.
      if (round > 0) starts.push({ listeningMs, readyMs })
      if (round === ROUNDS - 1) memory = await settledMemory(server)
    } finally {
      await ended(server)
      rmSync(folder, { recursive: true, force: true })
    }
  }
  const floorMs = median(bare)
  const listeningMs = median(starts.map((start) => start.listeningMs))
  const readyMs = median(starts.map((start) => start.readyMs))
  const floor = `node -e 0: ${floorMs.toFixed(0)} ms`
  return [
    {
      name: 'start until /healthz answers, p50',
      value: listeningMs,
      unit: 'ms',
      ratio: listeningMs / floorMs,
      floor,
      target: '250 ms',
    },
    {
      name: 'start until /readyz answers, p50',
      value: readyMs,
      unit: 'ms',
      ratio: readyMs / floorMs,
      floor,
      target: '400 ms',
    },
    { name: 'idle server, resident memory', value: memory.serverMb, unit: 'MB', target: '90 MB' },
    { name: 'idle launcher, resident memory', value: memory.launcherMb, unit: 'MB', target: '50 MB' },
  ]
}

async function bareNodeMs(): Promise<number> {
  const startedMs = performance.now()
  await ended(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), false)
  return performance.now() - startedMs
}

async function answers(url: string, startedMs: number): Promise<number> {
  while (performance.now() - startedMs < READY_MS_MAX) {
    try {
      const response = await fetch(url)
      await response.arrayBuffer()
      if (response.ok) return performance.now() - startedMs
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`${url} did not answer within ${READY_MS_MAX} ms`)
}

async function settledMemory(server: ChildProcess): Promise<{ serverMb: number; launcherMb: number }> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const pid = server.pid ?? 0
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/)
  return { serverMb: residentMb(pid), launcherMb: residentMb(Number(children[0])) }
}

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

function ended(child: ChildProcess, terminate = true): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once('exit', () => resolve())
    if (terminate) child.kill('SIGTERM')
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
