import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { CpuShares, type CpuUser } from './cpu-shares.ts'

/** A cell whose CPU time the test decides, and which knows whether it stands back. */
class Cell implements CpuUser {
  cpuMs = 0
  back = false

  takenMs(): number {
    return this.cpuMs
  }

  standBack(back: boolean): void {
    this.back = back
  }
}

/** Lets time pass in steps of a look; `work` says what each cell takes in one. */
async function pass(clock: ManualClock, lengthMs: number, work: () => void): Promise<void> {
  for (let ms = 0; ms < lengthMs; ms += 20) {
    work()
    await clock.advance(20)
  }
}

test('who computes without end stands back; who runs for moments never does', async () => {
  const clock = new ManualClock()
  const shares = new CpuShares(clock, 2)
  const endless = Array.from({ length: 4 }, () => new Cell())
  const brief = new Cell()
  for (const [index, cell] of [...endless, brief].entries()) shares.enter(`cell ${index}`, 128, cell, 'front')
  let everBack = false
  await pass(clock, 1_000, () => {
    for (const cell of endless) cell.cpuMs += 9
    brief.cpuMs += 1
    everBack ||= brief.back
  })
  assert.deepEqual(
    endless.map(({ back }) => back),
    [true, true, true, true],
  )
  assert.ok(!everBack)
})

test('who stands back and gets nothing comes forward again for its share, and no more than that', async () => {
  const clock = new ManualClock()
  const shares = new CpuShares(clock, 1)
  const starved = new Cell()
  const rivals = Array.from({ length: 3 }, () => new Cell())
  for (const [index, cell] of [starved, ...rivals].entries()) shares.enter(`cell ${index}`, 1_769, cell, 'front')
  await pass(clock, 4_000, () => {
    const front = [starved, ...rivals].filter(({ back }) => !back)
    const running = front.length > 0 ? front : [starved, ...rivals]
    for (const cell of running) cell.cpuMs += 20 / running.length
  })
  const share = starved.cpuMs / 4_000
  assert.ok(share > 0.15 && share < 0.35, `a quarter of the core is ${share}`)
})

test('a boot begins behind; memory is what a share is made of; nobody is looked at who left', async () => {
  const clock = new ManualClock()
  const shares = new CpuShares(clock, 1)
  const [boot, small, large] = [new Cell(), new Cell(), new Cell()]
  shares.enter('boot', 128, boot, 'back')
  assert.ok(boot.back)
  shares.leave('boot')
  shares.enter('small', 128, small, 'front')
  shares.enter('large', 1_769, large, 'front')
  await pass(clock, 2_000, () => {
    small.cpuMs += 10
    large.cpuMs += 10
  })
  assert.ok(small.back && !large.back)
  assert.ok(boot.back)
})
