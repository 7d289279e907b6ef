// Floor P: the simplest function server one would write. A gateway parses the event, hands it to one long-lived process
// as a line of JSON, and sends the answer back as JSON. No authentication, isolation, limits, logs or metering.
import { spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

interface Answer {
  readonly id: number
  readonly result: unknown
}

if (process.argv[2] === 'function') runFunction()
else runGateway()

function runFunction(): void {
  const handler = async (event: unknown): Promise<unknown> => ({ hello: 'world', event })
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, event } = JSON.parse(line)
    void handler(event).then((result) => process.stdout.write(`${JSON.stringify({ id, result })}\n`))
  })
}

function runGateway(): void {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'function'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = new Map<number, ServerResponse>()
  let next = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result }: Answer = JSON.parse(line)
    const response = waiting.get(id)
    waiting.delete(id)
    const body = JSON.stringify(result)
    response?.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    response?.end(body)
  })
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const id = next++
      waiting.set(id, response)
      const event: unknown = JSON.parse(Buffer.concat(chunks).toString())
      child.stdin.write(`${JSON.stringify({ id, event })}\n`)
    })
  })
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
  process.on('SIGTERM', () => {
    child.kill()
    process.exit(0)
  })
}
