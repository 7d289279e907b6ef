import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import type { CellConnection } from './cell-connection.ts'
import { FLOOD_TURN_BYTES, PRINT_BURST_BYTES, PRINT_TURN_BYTES } from './limits.ts'
import { Lull } from './lull.ts'
import { createPrints, PrintPace } from './print-pace.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A cell that remembers what was done to it. */
class Scene {
  readonly clock = new ManualClock(0)
  readonly told: string[] = []
  readonly pace = new PrintPace(this.clock, createPrints(this.clock, new Lull(this.clock)), {
    pause: () => void this.told.push('pause'),
    resume: () => void this.told.push('resume'),
    demote: () => void this.told.push('demote'),
  })

  constructor() {
    const connection = { readAtMost: (bytes: number) => void this.told.push(`at most ${bytes}`) }
    this.pace.add(connection as unknown as CellConnection)
  }

  take(): readonly string[] {
    return this.told.splice(0)
  }
}

test('who prints little is never told anything, who prints much has turns', async () => {
  const scene = new Scene()
  scene.pace.printed(PRINT_TURN_BYTES - 1)
  assert.deepEqual(scene.take(), [])
  scene.pace.printed(1)
  assert.deepEqual(scene.take(), ['pause'])
  await nextTurn()
  assert.deepEqual(scene.take(), ['resume'])
})

test('who floods is read in small pieces, at a rate, and stands back; until its budget lasts again', async () => {
  const scene = new Scene()
  scene.pace.printed(PRINT_BURST_BYTES)
  scene.take()
  await nextTurn()
  scene.take()
  scene.pace.printed(FLOOD_TURN_BYTES)
  assert.deepEqual(scene.take(), [`at most ${FLOOD_TURN_BYTES}`, 'demote', 'pause'])
  await nextTurn()
  assert.deepEqual(scene.take(), [])
  await scene.clock.advance(5)
  assert.deepEqual(scene.take(), ['resume'])
  await scene.clock.advance(1_000)
  scene.pace.printed(FLOOD_TURN_BYTES)
  assert.deepEqual(scene.take(), [`at most ${PRINT_TURN_BYTES}`])
})

test('who is let read at once is not told again', async () => {
  const scene = new Scene()
  scene.pace.printed(PRINT_TURN_BYTES)
  scene.pace.readOn()
  scene.pace.readOn()
  await nextTurn()
  assert.deepEqual(scene.take(), ['pause', 'resume'])
  scene.pace.printed(PRINT_TURN_BYTES)
  scene.pace.stop()
  await nextTurn()
  assert.deepEqual(scene.take(), ['pause'])
})
