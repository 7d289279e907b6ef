// What a ready cell rehearses: frames as the engine sends them, for a handler that lies beside this file.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FRAME, encodeFrame, encodePayload } from '../frames.ts'

/** Invocations of the rehearsal: V8 has compiled their code by then. More cost memory, and a fifth of a boot. */
export const REHEARSALS = 40

const ASSIGNMENT = {
  handler: 'rehearsed.handler',
  account: '000000000000',
  environment: { REHEARSAL: 'true', LANG: 'C.UTF-8' },
  credentials: { accessKeyId: 'none', secretAccessKey: 'none', sessionToken: 'none' },
  resultBytesMax: 1_000,
  payloadBytesMax: 1_000,
}

/** An assignment and a few invocations. The environment that it leaves is replaced by the real assignment. */
export function rehearsalFrames(): Uint8Array[] {
  const frames = encodeFrame({ type: FRAME.assign, id: 0 }, JSON.stringify(ASSIGNMENT))
  for (let id = 1; id <= REHEARSALS; id++) {
    const facts = JSON.stringify({ requestId: 'rehearsal', timeoutMs: 1_000, context: { functionName: 'rehearsal' } })
    frames.push(...encodePayload({ type: FRAME.invoke, id }, facts, Buffer.from('{"rehearsal":[1,"two",null]}')))
  }
  return frames
}

/** Many functions are ES modules, and Node.js sets up what loads those with the first one. */
export async function rehearseModules(): Promise<void> {
  await import(pathToFileURL(join(import.meta.dirname, 'rehearsed-module.mjs')).href)
}

/** Unloads the rehearsed handler. */
export function forgetRehearsal(): void {
  const require = createRequire(import.meta.url)
  for (const path of Object.keys(require.cache)) delete require.cache[path]
}
