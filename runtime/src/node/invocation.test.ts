import assert from 'node:assert/strict'
import { test } from 'node:test'
import { functionFacts, runHandler } from './invocation.ts'

interface Context extends Record<string, unknown> {
  callbackWaitsForEmptyEventLoop: boolean
}

const STYLE = { callbacks: true, function: functionFacts({ AWS_LAMBDA_FUNCTION_NAME: 'f' }) }

/** The context that a handler gets. */
function contextOf(requestId: string, style = STYLE): Context {
  const seen: Context[] = []
  const handler = (_event: unknown, context: unknown): void => void seen.push(context as Context)
  const facts = {
    requestId,
    timeoutMs: 1000,
    context: { invokedFunctionArn: 'arn', traceId: 't', clientContext: '{}' },
  }
  runHandler(handler, {}, facts, style, { onEmpty: undefined }, () => {})
  const [context] = seen
  assert.ok(context)
  return context
}

test('a context has what the invocation and the function say, and only that', () => {
  const context = contextOf('one')
  const fromFunction = 'functionVersion functionName memoryLimitInMB logGroupName logStreamName'
  const fromInvocation = 'invokedFunctionArn clientContext awsRequestId getRemainingTimeInMillis'
  const ways = 'done fail succeed callbackWaitsForEmptyEventLoop'
  assert.equal(Object.keys(context).join(' '), `${fromFunction} ${fromInvocation} ${ways}`)
  assert.equal(context['functionName'], 'f')
  assert.deepEqual(context['clientContext'], {})
  assert.equal('done' in contextOf('two', { ...STYLE, callbacks: false }), false)
})

test('contexts of invocations under way together have each their own say about the event loop', () => {
  const [one, two] = [contextOf('one'), contextOf('two')]
  one.callbackWaitsForEmptyEventLoop = false
  assert.deepEqual([one.callbackWaitsForEmptyEventLoop, two.callbackWaitsForEmptyEventLoop], [false, true])
  // Some frameworks hand a context on that inherits from the one that they got.
  const derived = Object.create(two) as Context
  derived.callbackWaitsForEmptyEventLoop = false
  assert.equal(two.callbackWaitsForEmptyEventLoop, false)
  assert.equal({ ...one }.callbackWaitsForEmptyEventLoop, false)
})
