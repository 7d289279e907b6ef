// Tumbling windows: the records of each stretch of time are aggregated in a state that the function hands from one
// invocation to the next. A window ends when its time is over and its records are done; then the function is called
// once more, with the state and without records. Source: developer guide, "Implementing stateful DynamoDB stream
// processing in Lambda".
import type { OpenWindow } from './checkpoints.ts'
import { WINDOW_STATE_BYTES_MAX } from './limits.ts'
import type { StreamMapping } from './mapping-record.ts'

/** The window that a record of this time belongs to. */
export function windowStartMs(timeMs: number, lengthS: number): number {
  return Math.floor(timeMs / (lengthS * 1000)) * lengthS * 1000
}

/** The members that an event has besides its records. */
export function windowMembers(
  mapping: StreamMapping,
  shard: string,
  window: OpenWindow,
  end: { readonly final: boolean; readonly early: boolean },
): Readonly<Record<string, unknown>> {
  const endMs = window.startMs + mapping.settings.tumblingWindowS * 1000
  return {
    window: { start: seconds(window.startMs), end: seconds(endMs) },
    state: window.state,
    shardId: shard,
    eventSourceARN: mapping.sourceArn,
    isFinalInvokeForWindow: end.final,
    isWindowTerminatedEarly: end.early,
  }
}

/** The state in a function's answer; `too-large` ends the window early. */
export function stateOf(
  answer: Uint8Array,
): { readonly kind: 'state'; readonly state: unknown } | { readonly kind: 'too-large' } {
  const state = stateIn(answer)
  const bytes = Buffer.byteLength(JSON.stringify(state))
  return bytes > WINDOW_STATE_BYTES_MAX ? { kind: 'too-large' } : { kind: 'state', state }
}

function stateIn(answer: Uint8Array): unknown {
  try {
    const document: unknown = JSON.parse(Buffer.from(answer).toString('utf8'))
    if (typeof document === 'object' && document !== null && 'state' in document) return document.state ?? {}
  } catch {
    // A function that answers no JSON keeps no state.
  }
  return {}
}

function seconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}
