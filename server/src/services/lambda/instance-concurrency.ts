// How many invocations an instance of a function runs at once: one, unless the function's variable MAYFLY_CONCURRENCY says
// more. A variable, because it belongs to a version as code and settings do, and every tool can set it.
import { invalidParameter } from './errors.ts'
import { INSTANCE_CONCURRENCY_MAX } from './limits.ts'
import { runtimeOf } from './runtimes.ts'

const VARIABLE = 'MAYFLY_CONCURRENCY'

type Variables = Readonly<Record<string, string>> | undefined

/** Throws InvalidParameterValueException for what is no number, and for runtimes that run one at a time. */
export function checkConcurrency(runtime: string, environment: Variables): void {
  const text = environment?.[VARIABLE]
  if (text === undefined) return
  const concurrency = Number(text)
  if (!/^\d+$/.test(text) || concurrency < 1 || concurrency > INSTANCE_CONCURRENCY_MAX)
    throw invalidParameter(
      `The environment variable ${VARIABLE} says how many invocations an instance runs at once: a whole number from 1 to ${INSTANCE_CONCURRENCY_MAX}, not ${text}.`,
    )
  if (concurrency > 1 && runtimeOf(runtime).kind !== 'node')
    throw invalidParameter(
      `The environment variable ${VARIABLE} asks for ${concurrency} invocations at once in an instance, which ${runtime} cannot run: leave it out, or set it to 1.`,
    )
}

/** Invocations at once. */
export function instanceConcurrency(environment: Variables): number {
  return Number(environment?.[VARIABLE] ?? 1)
}
