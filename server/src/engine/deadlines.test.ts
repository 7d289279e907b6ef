import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { Deadlines } from './deadlines.ts'

interface Running {
  readonly name: string
  dueMs: number
}

interface Watched {
  readonly clock: ManualClock
  readonly begin: (name: string, forMs: number) => Running
  readonly end: (one: Running) => void
  readonly late: readonly string[]
  readonly deadlines: Deadlines<Running>
}

function watched(): Watched {
  const clock = new ManualClock(0)
  const running = new Set<Running>()
  const late: string[] = []
  const deadlines = new Deadlines<Running>(
    clock,
    () => running,
    (one) => {
      late.push(`${one.name} ${clock.monotonicMs()}`)
      running.delete(one)
    },
  )
  return {
    clock,
    late,
    deadlines,
    begin: (name, forMs) => {
      const one = { name, dueMs: clock.monotonicMs() + forMs }
      running.add(one)
      deadlines.watch(one.dueMs)
      return one
    },
    end: (one) => void running.delete(one),
  }
}

test('each is late at its own time, whatever began before or after it', async () => {
  const { clock, begin, late } = watched()
  begin('long', 100)
  await clock.advance(10)
  begin('short', 20)
  await clock.advance(60)
  begin('last', 100)
  await clock.advance(200)
  assert.deepEqual(late, ['short 30', 'long 100', 'last 170'])
})

test('what ended in time is not late, and what came after it still can be', async () => {
  const { clock, begin, end, late } = watched()
  const first = begin('first', 100)
  await clock.advance(50)
  end(first)
  begin('second', 100)
  await clock.advance(99)
  assert.deepEqual(late, [])
  await clock.advance(1)
  assert.deepEqual(late, ['second 150'])
})

test('what need not end any more, and what is not watched any more, is never late', async () => {
  const { clock, begin, late, deadlines } = watched()
  begin('freed', 100).dueMs = Number.POSITIVE_INFINITY
  await clock.advance(200)
  begin('given up', 100)
  deadlines.end()
  await clock.advance(200)
  assert.deepEqual(late, [])
})
