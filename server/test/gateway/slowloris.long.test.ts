// Five thousand sockets that each send a byte now and then, against a server process with its real limits: they are closed
// within ten seconds, others are served meanwhile, and memory stays bounded. Idle keep-alive connections stay small.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const SOCKETS = 5000

async function serve(t: TestContext): Promise<{ child: ChildProcess; port: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-slow-'))
  const script = fileURLToPath(new URL('serve.ts', import.meta.url))
  const child = spawn(process.execPath, [script, 'start', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  t.after(async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
    await rm(folder, { recursive: true })
  })
  return { child, port: Number(new URL(line.toString().trim()).port) }
}

function residentKib(child: ChildProcess): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
}

async function open(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let begun = 0; begun < count; begun += 500) {
    const batch = Array.from({ length: 500 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    await Promise.all(batch.map((socket) => once(socket, 'connect')))
    sockets.push(...batch)
  }
  return sockets
}

test('slow heads in thousands', { timeout: 60_000 }, async (t) => {
  const { child, port } = await serve(t)
  const beforeKib = residentKib(child)
  const sockets = await open(port, SOCKETS)
  const closed = new Set<Socket>()
  for (const socket of sockets) {
    socket.resume()
    socket.once('close', () => closed.add(socket))
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n')
  }
  const startMs = performance.now()
  const drip = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write('x')), 5000)
  const tookMs: number[] = []
  let peakKib = 0
  while (closed.size < SOCKETS && performance.now() - startMs < 15_000) {
    const askedMs = performance.now()
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
    tookMs.push(performance.now() - askedMs)
    peakKib = Math.max(peakKib, residentKib(child))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  clearInterval(drip)
  const closedMs = performance.now() - startMs
  const p99Ms = tookMs.toSorted((left, right) => left - right)[Math.floor(tookMs.length * 0.99)] ?? 0
  t.diagnostic(
    `closed after ${closedMs.toFixed(0)} ms, others' p99 ${p99Ms.toFixed(1)} ms, +${((peakKib - beforeKib) / 1024).toFixed(0)} MiB`,
  )
  assert.equal(closed.size, SOCKETS)
  assert.ok(closedMs < 12_500, `${closedMs} ms`)
  assert.ok(peakKib - beforeKib < 100 * 1024, `${peakKib - beforeKib} KiB more`)
})

test('idle keep-alive connections in thousands', { timeout: 60_000 }, async (t) => {
  const { child, port } = await serve(t)
  const first = await open(port, 500)
  // Grows the heap to its working size before anything is measured.
  for (let round = 0; round < 20; round++) {
    for (const socket of first) socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
    await Promise.all(first.map((socket) => once(socket, 'data')))
  }
  const beforeKib = residentKib(child)
  const sockets = await open(port, SOCKETS)
  for (const socket of sockets) socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
  await Promise.all(sockets.map((socket) => once(socket, 'data')))
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const eachKib = (residentKib(child) - beforeKib) / SOCKETS
  t.diagnostic(`${eachKib.toFixed(1)} KiB each`)
  for (const socket of [...first, ...sockets]) socket.destroy()
  assert.ok(eachKib < 20, `${eachKib} KiB each`)
})
