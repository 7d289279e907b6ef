// One call of the handler, with the rules of AWS's Node.js runtime for when it is over: a promise that settles; the
// callback, then (unless the context says otherwise) an empty event loop; or an empty event loop without either, which
// gives null.
import { RuntimeError } from './errors.ts'

export type Handler = (event: unknown, context: unknown, callback: unknown) => unknown

export interface InvocationFacts {
  readonly requestId: string
  readonly timeoutMs: number
  /** Fields for the context object, by their AWS names. */
  readonly context: Readonly<Record<string, string>>
}

export type Outcome =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'error'; readonly thrown: unknown }

/** What is the same in every invocation of a function. */
export interface InvocationStyle {
  /** From Node.js 24 on AWS passes no callback and refuses handlers that ask for one. */
  readonly callbacks: boolean
  readonly function: FunctionFacts
}

/** Fields of the context object that tell of the function. */
export interface FunctionFacts {
  readonly functionVersion: string | undefined
  readonly functionName: string | undefined
  readonly memoryLimitInMB: string | undefined
  readonly logGroupName: string | undefined
  readonly logStreamName: string | undefined
}

/** From the environment. Each look at it is a call into Node.js: once for all invocations. */
export function functionFacts(environment: NodeJS.ProcessEnv): FunctionFacts {
  return {
    functionVersion: environment['AWS_LAMBDA_FUNCTION_VERSION'],
    functionName: environment['AWS_LAMBDA_FUNCTION_NAME'],
    memoryLimitInMB: environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: environment['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: environment['AWS_LAMBDA_LOG_STREAM_NAME'],
  }
}

/** Settles the invocation that waits for an empty event loop; undefined when none does. */
export interface EmptyLoopWatch {
  onEmpty: (() => void) | undefined
}

/** Calls the handler; `finish` is called once. */
export function runHandler(
  handler: Handler,
  event: unknown,
  facts: InvocationFacts,
  style: InvocationStyle,
  watch: EmptyLoopWatch,
  finish: (outcome: Outcome) => void,
): void {
  let finished = false
  const settle = (outcome: Outcome): void => {
    if (finished) return
    finished = true
    watch.onEmpty = undefined
    finish(outcome)
  }
  const succeed = (value: unknown): void => settle({ kind: 'result', value })
  const fail = (thrown: unknown): void => settle({ kind: 'error', thrown })
  const waiting = { forEmptyLoop: true, called: false }
  const callback = (error: unknown, value?: unknown): void => {
    if (waiting.called) return
    waiting.called = true
    const end = (): void => (error === undefined || error === null ? succeed(value) : fail(error))
    if (waiting.forEmptyLoop) watch.onEmpty = end
    else end()
  }
  const context = makeContext(facts, style, waiting, callback)
  watch.onEmpty = () => succeed(null)
  try {
    const returned = style.callbacks ? handler(event, context, callback) : callWithoutCallback(handler, event, context)
    if (isPromise(returned)) returned.then(succeed, fail)
    else if (!style.callbacks) succeed(returned)
  } catch (error) {
    fail(error)
  }
}

function callWithoutCallback(handler: Handler, event: unknown, context: object): unknown {
  if (handler.length >= 3)
    throw new RuntimeError(
      'Runtime.CallbackHandlerDeprecated',
      'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.',
    )
  return (handler as (event: unknown, context: unknown) => unknown)(event, context)
}

const WAITING = Symbol('waiting')

interface Waiting {
  forEmptyLoop: boolean
}

/**
 * One pair of functions for all contexts: with a pair of its own each object would have a layout of its own, and making that
 * took a sixth of a quick invocation.
 */
const WAITS_FOR_EMPTY_LOOP: PropertyDescriptor & ThisType<{ readonly [WAITING]: Waiting }> = {
  enumerable: true,
  get() {
    return this[WAITING].forEmptyLoop
  },
  set(value: boolean) {
    this[WAITING].forEmptyLoop = value
  },
}

function makeContext(
  facts: InvocationFacts,
  style: InvocationStyle,
  waiting: Waiting,
  callback: (error: unknown, value?: unknown) => void,
): object {
  const deadlineMs = Date.now() + facts.timeoutMs
  const { functionVersion, functionName, memoryLimitInMB, logGroupName, logStreamName } = style.function
  const context: Record<string, unknown> = {
    functionVersion,
    functionName,
    memoryLimitInMB,
    logGroupName,
    logStreamName,
  }
  for (const [name, text] of Object.entries(facts.context)) {
    if (name === 'clientContext' || name === 'identity') context[name] = parseOrText(text)
    else if (name !== 'traceId') context[name] = text
  }
  context['awsRequestId'] = facts.requestId
  context['getRemainingTimeInMillis'] = () => Math.max(0, deadlineMs - Date.now())
  if (style.callbacks) {
    const atOnce = (error: unknown, value?: unknown): void => {
      waiting.forEmptyLoop = false
      callback(error, value)
    }
    context['done'] = atOnce
    context['fail'] = (error: unknown) => atOnce(error ?? 'handled')
    context['succeed'] = (value: unknown) => atOnce(null, value)
  }
  Object.defineProperty(context, WAITING, { value: waiting })
  return Object.defineProperty(context, 'callbackWaitsForEmptyEventLoop', WAITS_FOR_EMPTY_LOOP)
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
