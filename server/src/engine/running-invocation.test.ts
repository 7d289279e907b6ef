import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compact } from '#base/compact.ts'
import type { FunctionVersion, InvocationOutcome } from './engine.ts'
import { Job } from './job.ts'
import { RunningInvocation } from './running-invocation.ts'

const OUTCOME = { kind: 'result', payload: Buffer.from('1'), metering: {} } as unknown as InvocationOutcome
const VERSION = { output: () => {} } as unknown as FunctionVersion

function begin(): { running: RunningInvocation; invocation: WeakRef<object> } {
  const invocation = { id: 'a', payload: Buffer.from('{}'), context: {} }
  const running = new RunningInvocation(new Job(invocation, 0, () => {}), 1, 0, 'instance', VERSION)
  return { running, invocation: new WeakRef(invocation) }
}

/** Weak references are strong until the end of the turn in which they are made or read. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

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
