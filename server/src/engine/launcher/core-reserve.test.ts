import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type CoreUser, CoreReserve, coresIn, coreUserOf, parseCores } from './core-reserve.ts'

class User implements CoreUser {
  /** All that it was told. */
  readonly told: string[] = []

  get cores(): string {
    return this.told.at(-1) ?? 'all'
  }

  useCores(list: string): void {
    this.told.push(list)
  }
}

/** A reserve of so many cores that looks every 20 ms. */
class Scene {
  nowMs = 1_000
  serverMs = 0
  readonly reserve: CoreReserve
  readonly front = new User()
  readonly back = new User()

  constructor(cores: number) {
    this.reserve = new CoreReserve([...Array(cores).keys()], () => this.serverMs)
    this.reserve.put(this.front, 'front')
    this.reserve.put(this.back, 'back')
  }

  /** So many looks; of each core's time the front takes `frontCores`, the server `serverCores`. */
  pass(looks: number, { frontCores = 0, serverCores = 0, behind = true }): void {
    for (let look = 0; look < looks; look++) {
      this.nowMs += 20
      this.serverMs += serverCores * 20
      this.reserve.look(this.nowMs, { front: frontCores > 0 ? 'works' : 'rests', frontMs: frontCores * 20, behind })
    }
  }

  get lists(): readonly string[] {
    return [this.front.cores, this.back.cores]
  }
}

test('as long as all are on one side, nobody is told anything', () => {
  const scenes = [new Scene(4), new Scene(4)] as const
  scenes[0].pass(100, { frontCores: 2, behind: false })
  scenes[1].pass(100, { behind: true })
  for (const { front, back } of scenes) assert.deepEqual([front.told, back.told], [[], []])
})

test('on one core there is nothing to keep', () => {
  const scene = new Scene(1)
  scene.pass(10, { frontCores: 0.5 })
  assert.deepEqual(scene.lists, ['all', 'all'])
})

test('who works in front has a core of its own at the first look, and all are free a second after one side rests', () => {
  const scene = new Scene(4)
  scene.pass(1, { frontCores: 0.1 })
  assert.deepEqual(scene.lists, ['0', '1,2,3'])
  scene.pass(49, { behind: false, frontCores: 0.1 })
  assert.deepEqual(scene.lists, ['0', '1,2,3'])
  scene.pass(2, { behind: false, frontCores: 0.1 })
  assert.deepEqual(scene.lists, ['0,1,2,3', '0,1,2,3'])
  scene.pass(1, { frontCores: 0.1 })
  scene.pass(52, {})
  assert.deepEqual(scene.lists, ['0,1,2,3', '0,1,2,3'])
})

test('a version in front that gets new instances needs the cores for these, at once', () => {
  const scene = new Scene(2)
  scene.pass(1, { frontCores: 0.1 })
  assert.deepEqual(scene.lists, ['0', '1'])
  scene.reserve.look(scene.nowMs + 20, { front: 'grows', frontMs: 2, behind: true })
  assert.deepEqual(scene.lists, ['0,1', '0,1'])
})

test('what is kept grows with what the front takes, the server included, up to half; then the front may use all', () => {
  const scene = new Scene(8)
  const wants = (frontCores: number, serverCores: number): readonly string[] => {
    scene.pass(12, { frontCores, serverCores })
    return scene.lists
  }
  assert.deepEqual(wants(0.1, 0.1), ['0', '1,2,3,4,5,6,7'])
  assert.deepEqual(wants(0.7, 0.7), ['0,1,2', '3,4,5,6,7'])
  assert.deepEqual(wants(1.5, 0.7), ['0,1,2,3', '4,5,6,7'])
  assert.deepEqual(wants(3, 1), ['0,1,2,3,4,5,6,7', '4,5,6,7'])
  assert.deepEqual(wants(0.1, 0), ['0', '1,2,3,4,5,6,7'])
})

test('whoever comes or changes sides is told at once, once; who is frozen, when it runs again', () => {
  const scene = new Scene(2)
  scene.pass(1, { frontCores: 0.1 })
  const user = new User()
  scene.reserve.put(user, 'back')
  scene.reserve.put(user, 'back')
  scene.reserve.put(user, 'front')
  assert.deepEqual(user.told, ['1', '0'])
  scene.reserve.rest(user)
  scene.reserve.open()
  assert.equal(user.cores, '0')
  scene.reserve.put(user, 'back')
  assert.equal(user.cores, '0,1')
  scene.reserve.leave(user)
  scene.pass(1, { frontCores: 0.1 })
  assert.equal(user.cores, '0,1')
})

test('who cannot be told is passed over', () => {
  const scene = new Scene(2)
  const gone: CoreUser = { useCores: () => assert.fail('EACCES') }
  scene.reserve.put(gone, 'back')
  const last = new User()
  scene.reserve.put(last, 'back')
  scene.pass(1, { frontCores: 0.1 })
  assert.deepEqual([...scene.lists, last.cores], ['0', '1', '1'])
})

test('lists of cores are read as the kernel writes them, from the files of either version', (t) => {
  assert.deepEqual(parseCores('0-2,5\n'), [0, 1, 2, 5])
  assert.deepEqual(parseCores('\n'), [])
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-cores-'))
  t.after(() => rmSync(folder, { recursive: true }))
  assert.deepEqual(coresIn(folder), [])
  writeFileSync(join(folder, 'cpuset.effective_cpus'), '1-2\n')
  assert.deepEqual(coresIn(folder), [1, 2])
  writeFileSync(join(folder, 'cpuset.cpus.effective'), '3,7\n')
  assert.deepEqual(coresIn(folder), [3, 7])
  coreUserOf(folder).useCores('3')
  assert.equal(readFileSync(join(folder, 'cpuset.cpus'), 'latin1'), '3')
})
