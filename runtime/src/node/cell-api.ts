// The HTTP end inside a cell, on its loopback, at the address that AWS_LAMBDA_RUNTIME_API tells: programs ask here for their
// work, extensions register here. Each part answers the paths below its version.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** AWS's own port. Without a network of its own the cell takes any free one. */
export const RUNTIME_API_PORT = 9001

export interface Part {
  /** Undefined when the path is not one of its own. `path` has no query. */
  answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> | undefined
}

/** Listens; resolves with the port. */
export function openCellApi(port: number, parts: readonly Part[]): Promise<number> {
  // Importing node:http asks for all that it exports, and among that is a whole fetch client: 13 MB and 30 ms.
  const { createServer } = process.getBuiltinModule('node:http')
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    for (const part of parts) {
      const answering = part.answer(request, response, path)
      if (answering) return void answering.catch(() => response.destroy())
    }
    reply(response, 404, { errorType: 'InvalidRequest', errorMessage: 'no such resource' })
  })
  // A program may wait for its next invocation as long as it is frozen or idle.
  server.requestTimeout = 0
  server.keepAliveTimeout = 0
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** An answer in JSON. */
export function reply(
  response: ServerResponse,
  status: number,
  document: unknown = { status: 'OK' },
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(document)
  const length = String(Buffer.byteLength(text))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers })
  response.end(text)
}

/** An answer that refuses. */
export function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  reply(response, status, { errorType, errorMessage })
}

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large'; readonly bytes: number }

/** Reads to the end, so that the other side can read the answer; keeps no more than the bound. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Body> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= bytesMax) chunks.push(chunk)
    else chunks.length = 0
  }
  return bytes > bytesMax ? { kind: 'too-large', bytes } : { kind: 'whole', bytes: Buffer.concat(chunks) }
}

/** The body as a JSON object; undefined when it is none or too large. */
export async function readObject(
  request: IncomingMessage,
  bytesMax: number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const body = await readBody(request, bytesMax)
  if (body.kind === 'too-large') return undefined
  try {
    const value: unknown = JSON.parse(body.bytes.toString())
    // Checked to be an object; its members are looked at one by one.
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Not JSON: the same as nothing.
  }
  return undefined
}

/** One value of a header. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
