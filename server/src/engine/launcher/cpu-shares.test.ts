import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { CoreReserve } from './core-reserve.ts'
import { BURST_EVERY_MS, BURSTS_MAX, CpuShares, type CpuUser } from './cpu-shares.ts'

/** A cell whose CPU time the test decides, and which knows whether it stands back. */
class Cell implements CpuUser {
  cpuMs = 0
  back = false
  cores = ''

  takenMs(): number {
    return this.cpuMs
  }

  standBack(back: boolean): void {
    this.back = back
  }

  useCores(list: string): void {
    this.cores = list
  }
}

/** Of so many cores; the server does nothing. */
function sharesOf(clock: ManualClock, cores: number): CpuShares {
  return new CpuShares(clock, cores, new CoreReserve([...Array(cores).keys()], () => 0))
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
  const shares = sharesOf(clock, 2)
  const endless = Array.from({ length: 4 }, () => new Cell())
  const brief = new Cell()
  for (const [index, cell] of [...endless, brief].entries())
    shares.assign(`cell ${index}`, 128, cell, `version ${index}`)
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
  const shares = sharesOf(clock, 1)
  const starved = new Cell()
  const rivals = Array.from({ length: 3 }, () => new Cell())
  for (const [index, cell] of [starved, ...rivals].entries())
    shares.assign(`cell ${index}`, 1_769, cell, `version ${index}`)
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
  const shares = sharesOf(clock, 1)
  const [boot, small, large] = [new Cell(), new Cell(), new Cell()]
  shares.boot('boot', 128, boot)
  assert.ok(boot.back)
  shares.leave('boot', boot)
  shares.assign('small', 128, small, 'small')
  shares.assign('large', 1_769, large, 'large')
  await pass(clock, 2_000, () => {
    small.cpuMs += 10
    large.cpuMs += 10
  })
  assert.ok(small.back && !large.back)
  assert.ok(boot.back)
})

test('of the new cells of a version one at a time begins with a burst; the others earn their place', async () => {
  const clock = new ManualClock()
  const shares = sharesOf(clock, 2)
  const [first, second, later, other] = [new Cell(), new Cell(), new Cell(), new Cell()]
  shares.assign('first', 128, first, 'one')
  shares.leave('first', first)
  shares.assign('second', 128, second, 'one')
  shares.assign('other', 128, other, 'two')
  assert.deepEqual([first.back, second.back, other.back], [false, true, false])
  await pass(clock, 1_000, () => (second.cpuMs += 1))
  assert.ok(!second.back, 'it took less than its share')
  await pass(clock, BURST_EVERY_MS, () => {})
  shares.assign('later', 128, later, 'one')
  assert.ok(!later.back)
})

test('so many versions are remembered, and not more', () => {
  const shares = sharesOf(new ManualClock(), 2)
  const begin = (version: string): boolean => {
    const cell = new Cell()
    shares.assign('cell', 128, cell, version)
    shares.leave('cell', cell)
    return !cell.back
  }
  for (let n = 0; n <= BURSTS_MAX; n++) assert.ok(begin(`version ${n}`))
  assert.ok(!begin('version 1'))
  assert.ok(begin('version 0'), 'the oldest was forgotten')
})

test('a frozen cell brings no new burst, only the share that it did not take', async () => {
  const clock = new ManualClock()
  const shares = sharesOf(clock, 1)
  const cell = new Cell()
  shares.assign('cell', 128, cell, 'one')
  await pass(clock, 1_000, () => (cell.cpuMs += 20))
  assert.ok(cell.back)
  shares.rest('cell')
  await clock.advance(20)
  shares.wake('cell')
  assert.ok(cell.back, '20 ms of rest are 1.4 ms of share')
  shares.rest('cell')
  await clock.advance(1_000)
  shares.wake('cell')
  assert.ok(!cell.back)
})

test('a ready cell is in front, and what it takes before it is assigned is nobody’s', async () => {
  const clock = new ManualClock()
  const shares = sharesOf(clock, 2)
  const first = new Cell()
  shares.boot('first', 128, first)
  assert.ok(first.back)
  shares.shelve('first', first)
  await pass(clock, 1_000, () => (first.cpuMs += 20))
  assert.ok(!first.back)
  shares.assign('first', 128, first, 'version')
  assert.ok(!first.back)
  // The version's burst is given: the next one stands back as soon as it is assigned.
  const second = new Cell()
  shares.shelve('second', second)
  assert.ok(!second.back)
  shares.assign('second', 128, second, 'version')
  assert.ok(second.back)
})

test('who stands back leaves a core to those in front; who begins or comes forward for its share is no such', async () => {
  const clock = new ManualClock()
  const shares = sharesOf(clock, 4)
  const [endless, brief, boot, late] = [new Cell(), new Cell(), new Cell(), new Cell()]
  shares.assign('brief', 128, brief, 'brief')
  shares.assign('endless', 128, endless, 'endless')
  const work = (): void => {
    endless.cpuMs += 60
    brief.cpuMs += 1
  }
  await pass(clock, 400, work)
  assert.deepEqual([brief.cores, endless.cores], ['0', '1,2,3'])
  shares.prepare('boot', boot)
  assert.deepEqual([boot.back, boot.cores], [true, '1,2,3'])
  shares.shelve('boot', boot)
  assert.deepEqual([boot.back, boot.cores], [false, '1,2,3'])
  shares.assign('late', 128, late, 'late')
  assert.deepEqual([late.back, late.cores], [false, '1,2,3'])
  await pass(clock, 200, work)
  assert.equal(late.cores, '0')
  shares.leave('endless', endless)
  await pass(clock, 1_200, () => (brief.cpuMs += 1))
  assert.deepEqual([brief.cores, late.cores, boot.cores], ['0,1,2,3', '0,1,2,3', '0,1,2,3'])
})

test('a boot that nobody waits for keeps behind those in front, too', async () => {
  const clock = new ManualClock()
  const shares = sharesOf(clock, 2)
  const [brief, boot] = [new Cell(), new Cell()]
  shares.assign('brief', 128, brief, 'brief')
  await pass(clock, 200, () => (brief.cpuMs += 1))
  assert.equal(brief.cores, '')
  shares.prepare('boot', boot)
  await pass(clock, 20, () => (brief.cpuMs += 1))
  assert.deepEqual([brief.cores, boot.cores], ['0', '1'])
})

test('who had too little comes forward for its share, and not to the cores that are kept', async () => {
  const clock = new ManualClock()
  const shares = sharesOf(clock, 2)
  const [brief, rival] = [new Cell(), new Cell()]
  shares.assign('brief', 128, brief, 'brief')
  shares.assign('rival', 128, rival, 'rival')
  await pass(clock, 400, () => {
    rival.cpuMs += 20
    brief.cpuMs += 1
  })
  let [forward, looks] = [0, 0]
  // Its share is half of a core. Others leave it less for a while, as long as it stands back; in front it takes all.
  await pass(clock, 2_000, () => {
    const left = looks++ % 20 < 10 ? 4 : 16
    rival.cpuMs += rival.back ? left : 20
    brief.cpuMs += 1
    forward += Number(!rival.back)
    assert.equal(rival.cores, '1')
  })
  assert.ok(forward > 10, `${forward} looks in front`)
})

test('who is demoted stands back for a second, whatever its share', async () => {
  const clock = new ManualClock()
  const shares = sharesOf(clock, 2)
  const cell = new Cell()
  shares.assign('cell', 128, cell, 'version')
  shares.demote('nobody')
  shares.demote('cell')
  assert.ok(cell.back)
  await pass(clock, 980, () => {})
  assert.ok(cell.back)
  await pass(clock, 40, () => {})
  assert.ok(!cell.back)
})

test('a version that grows is not kept apart from its own new instances, nor from what boots for it', async () => {
  const clock = new ManualClock()
  const shares = sharesOf(clock, 2)
  const [first, boot, other] = [new Cell(), new Cell(), new Cell()]
  const grown = Array.from({ length: 8 }, () => new Cell())
  shares.assign('first', 128, first, 'one')
  await pass(clock, 200, () => (first.cpuMs += 1))
  shares.prepare('boot', boot)
  for (const [index, cell] of grown.entries()) shares.assign(`grown ${index}`, 128, cell, 'one')
  await pass(clock, 80, () => {
    for (const cell of [first, ...grown]) cell.cpuMs += 1
  })
  assert.deepEqual([first, boot, ...grown].map(({ cores }) => cores).join(''), '')
  // Another one that works is kept apart from them.
  shares.assign('other', 128, other, 'two')
  await pass(clock, 200, () => {
    for (const cell of [first, other, ...grown]) cell.cpuMs += 1
  })
  assert.deepEqual([other.cores, boot.cores], ['0', '1'])
})
