// Runs tools/protocol-adapter.ts over some lines.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ADAPTER = fileURLToPath(new URL('../../../tools/protocol-adapter.ts', import.meta.url))

export interface Answer {
  readonly id: unknown
  readonly error?: string
  readonly params?: unknown
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body64?: string
}

/** Its answers to the lines, in order. */
export async function ask(lines: readonly string[]): Promise<readonly Answer[]> {
  const child = spawn(process.execPath, [ADAPTER], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answer)
}

/** A botocore model with one operation `Op`. */
export function modelOf(
  metadata: object,
  shapes: Readonly<Record<string, object>>,
  operation: object = {},
): Readonly<Record<string, unknown>> {
  const simple = Object.fromEntries(
    ['string', 'integer', 'long', 'double', 'boolean', 'blob', 'timestamp'].map((type) => [type, { type }]),
  )
  return { metadata, shapes: { ...simple, ...shapes }, operations: { Op: { name: 'Op', ...operation } } }
}

/** Text as base64. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** The body of an answer as text. */
export function bodyText(answer: Answer | undefined): string {
  return Buffer.from(answer?.body64 ?? '', 'base64').toString()
}
