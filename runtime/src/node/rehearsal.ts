// The first run of any code is its slowest: modules of Node that are loaded late, functions that are compiled when first
// called. A cell has time before anyone needs it, so it plays one assignment and one invocation through to nobody.
import { createRequire } from 'node:module'
import { FRAME, encodePayload } from '../frames.ts'
import { runHandler } from './invocation.ts'
import { loadHandler } from './load-handler.ts'

/** Loads and runs the handler of `rehearsed.cjs` beside this file. */
export async function rehearse(): Promise<void> {
  const handler = await loadHandler(import.meta.dirname, 'rehearsed.handler')
  const facts = { requestId: 'rehearsal', timeoutMs: 1000, context: { functionName: 'rehearsal' } }
  for (const callbacks of [true, false])
    await new Promise<void>((resolve) => {
      runHandler(handler, JSON.parse('{"rehearsal":true}'), facts, { callbacks }, { onEmpty: undefined }, (outcome) => {
        encodePayload({ type: FRAME.result, id: 0 }, '', Buffer.from(JSON.stringify(outcome)))
        resolve()
      })
    })
  const require = createRequire(import.meta.url)
  for (const path of Object.keys(require.cache)) delete require.cache[path]
}
