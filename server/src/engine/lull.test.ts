import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { LULL_WAIT_MS_MAX } from './limits.ts'
import { Lull } from './lull.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

class Scene {
  readonly clock = new ManualClock(0)
  readonly lull = new Lull(this.clock)
  readonly fired: string[] = []

  wait(...names: string[]): readonly (() => void)[] {
    return names.map((name) => this.lull.wait(() => void this.fired.push(name)))
  }
}

test('where nothing quick is under way they come at once, one a turn, in their order', async () => {
  const scene = new Scene()
  scene.wait('first', 'second', 'third')[1]?.()
  assert.deepEqual(scene.fired, [])
  await nextTurn()
  assert.deepEqual(scene.fired, ['first'])
  await nextTurn()
  await nextTurn()
  assert.deepEqual(scene.fired, ['first', 'third'])
})

test('they wait until the last quick invocation is over, and the next one keeps those who are left', async () => {
  const scene = new Scene()
  scene.lull.began()
  scene.lull.began()
  scene.wait('first', 'second')
  scene.lull.finished()
  await nextTurn()
  assert.deepEqual(scene.fired, [])
  scene.lull.finished()
  await nextTurn()
  assert.deepEqual(scene.fired, ['first'])
  scene.lull.began()
  await nextTurn()
  assert.deepEqual(scene.fired, ['first'])
  scene.lull.finished()
  await nextTurn()
  assert.deepEqual(scene.fired, ['first', 'second'])
})

test('nobody waits for long, and nobody comes twice', async () => {
  const scene = new Scene()
  scene.lull.began()
  const [cancel] = scene.wait('gone', 'kept')
  await scene.clock.advance(LULL_WAIT_MS_MAX - 1)
  cancel?.()
  assert.deepEqual(scene.fired, [])
  await scene.clock.advance(1)
  assert.deepEqual(scene.fired, ['kept'])
  scene.lull.finished()
  await nextTurn()
  await scene.clock.advance(LULL_WAIT_MS_MAX)
  assert.deepEqual(scene.fired, ['kept'])
})
