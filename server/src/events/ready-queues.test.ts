import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReadyQueues } from './ready-queues.ts'

interface Job {
  readonly destination: string
  readonly id: number
  readonly inLane: boolean
}

function drain(queues: ReadyQueues<Job>): Job[] {
  const taken: Job[] = []
  for (let job = queues.take(); job; job = queues.take()) taken.push(job)
  return taken
}

test('destinations take turns, and each keeps its order', () => {
  const queues = new ReadyQueues<Job>(100, 100)
  for (let id = 0; id < 3; id++) queues.push({ destination: 'a', id, inLane: false })
  for (let id = 10; id < 12; id++) queues.push({ destination: 'b', id, inLane: false })
  assert.deepEqual(
    drain(queues).map(({ id }) => id),
    [0, 10, 1, 11, 2],
  )
})

test('a destination at its bound waits for a release, others do not', () => {
  const queues = new ReadyQueues<Job>(100, 1)
  queues.push({ destination: 'a', id: 1, inLane: false })
  queues.push({ destination: 'a', id: 2, inLane: false })
  queues.push({ destination: 'b', id: 3, inLane: false })
  const [first, second] = drain(queues)
  assert.deepEqual([first?.id, second?.id], [1, 3])
  assert.equal(queues.inFlight, 2)
  if (first) queues.release(first)
  assert.deepEqual(
    drain(queues).map(({ id }) => id),
    [2],
  )
})

test('the bound over all destinations holds', () => {
  const queues = new ReadyQueues<Job>(2, 2)
  for (let id = 0; id < 6; id++) queues.push({ destination: String(id), id, inLane: false })
  assert.equal(drain(queues).length, 2)
  assert.equal(queues.take(), undefined)
})

test('a long queue stays in order while it is used up', () => {
  const queues = new ReadyQueues<Job>(1, 1)
  const seen: number[] = []
  for (let id = 0; id < 1000; id++) queues.push({ destination: 'a', id, inLane: false })
  for (let job = queues.take(); job; job = queues.take()) {
    seen.push(job.id)
    queues.release(job)
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 1000 }, (_, index) => index),
  )
  assert.equal(queues.inFlight, 0)
})

test('a lane starts one at a time, and waits with an item that is tried again', () => {
  const queues = new ReadyQueues<Job>(100, 100)
  for (let id = 0; id < 3; id++) queues.push({ destination: 'lane', id, inLane: true })
  queues.push({ destination: 'b', id: 10, inLane: false })
  const [first] = drain(queues)
  assert.equal(first?.id, 0)
  if (!first) return
  queues.holdBack(first)
  queues.release(first)
  assert.deepEqual(drain(queues), [])
  queues.resume(first)
  const ids: number[] = []
  for (let job = queues.take(); job; job = queues.take()) {
    ids.push(job.id)
    queues.release(job)
  }
  assert.deepEqual(ids, [0, 1, 2])
})
