import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compact } from '#base/compact.ts'
import { ERROR_KIND, FLAG, FRAME } from '@mayfly/runtime/frames.ts'
import type { FunctionVersion, InvocationOutcome } from './engine.ts'
import { Job } from './job.ts'
import { RunningInvocation } from './running-invocation.ts'

const OUTCOME = { kind: 'result', payload: Buffer.from('1'), metering: {} } as unknown as InvocationOutcome
const VERSION = { output: () => {} } as unknown as FunctionVersion

const NO_TAP = { pause() {}, resume() {} }

function begin(): { running: RunningInvocation; invocation: WeakRef<object> } {
  const invocation = { id: 'a', payload: Buffer.from('{}'), context: {} }
  const running = new RunningInvocation(new Job(invocation, 0, () => {}), 1, 0, 'instance', VERSION)
  return { running, invocation: new WeakRef(invocation) }
}

/** Weak references are strong until the end of the turn in which they are made or read. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('an answer, whole or in parts, is not changed by what is read next', () => {
  const take = (running: RunningInvocation, type: number, flags: number, meta: string, body: string, aux = 0) => {
    const bytes = Buffer.from(meta + body)
    const [metaBytes, bodyBytes] = [bytes.subarray(0, meta.length), bytes.subarray(meta.length)]
    const answer = running.take({ id: 1, type, flags, aux, meta: metaBytes, body: bodyBytes }, NO_TAP)
    bytes.fill('x')
    return answer
  }
  const whole = take(begin().running, FRAME.result, 0, '', '"whole"')
  assert.equal(whole?.kind === 'result' && whole.payload.toString(), '"whole"')
  const { running } = begin()
  assert.equal(take(running, FRAME.error, FLAG.more, '{"bytes":7}', 'ab', ERROR_KIND.handler), undefined)
  assert.equal(take(running, FRAME.body, FLAG.more, '', 'cd'), undefined)
  const joined = take(running, FRAME.body, 0, '', 'ef')
  assert.equal(joined?.kind === 'error' && joined.payload.toString(), 'abcdef')
  const tooLarge = begin().running
  take(tooLarge, FRAME.error, FLAG.more, '{"bytes":7}', 'ab', ERROR_KIND.tooLarge)
  const told = take(tooLarge, FRAME.body, 0, '', 'c')
  assert.equal(told?.kind === 'too-large' && told.bytes, 7)
})

test('an invocation that is over keeps nothing alive of what it was asked', async () => {
  const { running, invocation } = begin()
  await nextTurn()
  compact()
  assert.ok(invocation.deref(), 'while it runs its invocation is there')
  await nextTurn()
  running.settle(OUTCOME)
  await nextTurn()
  compact()
  assert.equal(invocation.deref(), undefined)
  assert.ok(running.settled)
})
