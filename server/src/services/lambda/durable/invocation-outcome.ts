// What an invocation of a durable function says: that its execution is over, or that it waits for something.
import type { InvokeAnswer } from '../invoker.ts'
import type { ErrorObject } from './model.ts'
import type { StoredEnd } from './payload-pieces.ts'

export type InvocationOutcome =
  | { readonly kind: 'over'; readonly status: 'SUCCEEDED' | 'FAILED'; readonly end: StoredEnd }
  | { readonly kind: 'pending' }
  /** It said something else: the execution fails. */
  | { readonly kind: 'invalid'; readonly error: ErrorObject }
  /** Its code could not say anything: another one follows. */
  | { readonly kind: 'failed'; readonly error: ErrorObject }
  /** It did not begin. */
  | { readonly kind: 'throttled' }
  /** There is no such function any more. */
  | { readonly kind: 'gone' }

export function invocationOutcome(answer: InvokeAnswer): InvocationOutcome {
  if (answer.kind === 'throttled') return { kind: 'throttled' }
  const text = Buffer.from(answer.payload).toString('utf8')
  if (answer.functionError !== undefined) return { kind: 'failed', error: errorIn(text) }
  const output = objectIn(text)
  if (output === undefined) return invalid('Invalid invocation output: it is not an object.')
  const { Status: status } = output
  // What is null was left out.
  const result = output['Result'] ?? undefined
  const error = output['Error'] ?? undefined
  if (result !== undefined && typeof result !== 'string')
    return invalid('Invalid invocation output: Result is not text.')
  if (error !== undefined && typeof error !== 'object')
    return invalid('Invalid invocation output: Error is not an object.')
  switch (status) {
    case 'PENDING':
      return { kind: 'pending' }
    case 'SUCCEEDED':
      if (error !== undefined) return invalid('Cannot provide an Error for SUCCEEDED status.')
      return { kind: 'over', status, end: { ...(result !== undefined && { result }) } }
    case 'FAILED':
      if (result !== undefined) return invalid('Cannot provide a Result for FAILED status.')
      return { kind: 'over', status, end: { error: errorOf(error ?? {}) } }
    case undefined:
    case null:
      return invalid('Response status is required')
    default:
      return invalid(`Unexpected invocation status: ${JSON.stringify(status)}`)
  }
}

/** What a runtime tells of an error, as an ErrorObject. */
export function errorIn(text: string): ErrorObject {
  const { errorType, errorMessage, stackTrace, trace } = objectIn(text) ?? { errorMessage: text }
  return errorOf({ ErrorType: errorType, ErrorMessage: errorMessage, StackTrace: stackTrace ?? trace })
}

function errorOf(fields: object): ErrorObject {
  const {
    ErrorType: type,
    ErrorMessage: message,
    ErrorData: data,
    StackTrace: lines,
  } = fields as Record<string, unknown>
  return {
    ...(typeof type === 'string' && { ErrorType: type }),
    ...(typeof message === 'string' && { ErrorMessage: message }),
    ...(typeof data === 'string' && { ErrorData: data }),
    ...(Array.isArray(lines) && { StackTrace: lines.map(String) }),
  }
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function invalid(message: string): InvocationOutcome {
  return { kind: 'invalid', error: { ErrorType: 'InvalidParameterValueException', ErrorMessage: message } }
}
