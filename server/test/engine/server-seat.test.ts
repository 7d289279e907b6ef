// The server's group among those of its cells: there while it runs, gone with it, and nobody in it is taken for a cell.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { cgroupsOf, EngineFixture, until, withEngine } from './engine-fixture.ts'

/** The seat of the engine in `folder`; undefined where there is none. */
function seatOf(folder: string): string | undefined {
  return cgroupsOf(folder)
    .map((base) => join(base, 'server'))
    .find((seat) => existsSync(seat))
}

function sitters(seat: string): string[] {
  return readFileSync(join(seat, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean)
}

/** Where this process is, in all trees. */
function ownGroups(): string {
  return readFileSync('/proc/self/cgroup', 'latin1')
}

function launcherOf(folder: string): number {
  const found = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && commandLine(pid).includes(`"${keyIn(folder)}"`),
  )
  return Number(found.find((pid) => commandLine(pid).includes('launcher/main.cjs')))
}

/** The name that the engine gave itself, as its groups carry it. */
function keyIn(folder: string): string {
  return /mayfly-([0-9a-f]{12})-/.exec(cgroupsOf(folder)[0] ?? '')?.[1] ?? 'none'
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

test('the server sits beside its cells, in front of those that stand back, and leaves its seat as it found it', async (t) => {
  const before = ownGroups()
  let seated = false
  await withEngine({}, async (fixture) => {
    const seat = seatOf(fixture.folder)
    if (seat === undefined || !existsSync(join(seat, 'cpu.idle'))) return
    seated = true
    assert.ok(sitters(seat).includes(String(process.pid)))
    assert.equal(readFileSync(join(seat, 'cpu.idle'), 'latin1').trim(), '0')
    assert.deepEqual(
      fixture.engine.status().weaknesses.filter(({ what }) => what.startsWith('the server waits')),
      [],
    )
    const endless = fixture.node('exports.handler = () => { for (;;); }')
    const running = fixture.invoke(endless)
    const isBack = (cell: string): boolean =>
      cell !== 'server' && readFileSync(join(dirname(seat), cell, 'cpu.idle'), 'latin1').trim() === '1'
    const groups = (): string[] =>
      readdirSync(dirname(seat), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))
    await until(() => groups().some((cell) => existsSync(join(dirname(seat), cell)) && isBack(cell)))
    assert.equal((await running).outcome.kind, 'timeout')
  })
  assert.equal(ownGroups(), before)
  if (!seated) t.skip('the control group of this process cannot be divided, or knows no cpu.idle')
})

test('the launcher is killed: the server is no cell of its former life, and sits in the next one', async (t) => {
  const before = ownGroups()
  let seated = false
  await withEngine({}, async (fixture) => {
    const former = seatOf(fixture.folder)
    if (former === undefined) return
    seated = true
    // Whatever the server started sits with it, and is no cell either.
    const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' })
    try {
      process.kill(launcherOf(fixture.folder), 'SIGKILL')
      // Beside the former one: places do not pile up. A seat in another tree may be there sooner.
      const placeOf = (seat: string | undefined): string => dirname(dirname(seat ?? ''))
      await until(() => !existsSync(former) && placeOf(seatOf(fixture.folder)) === placeOf(former))
      const seat = seatOf(fixture.folder) ?? ''
      await until(() => sitters(seat).includes(String(process.pid)))
      assert.equal(await fixture.result(fixture.node('exports.handler = async () => 1')), 1)
      assert.equal(child.exitCode ?? child.signalCode, null)
    } finally {
      child.kill('SIGKILL')
    }
  })
  assert.equal(ownGroups(), before)
  if (!seated) t.skip('the control group of this process cannot be divided')
})

test('two engines in one process: their places lie side by side, whoever ends first', async () => {
  const before = ownGroups()
  for (const order of [0, 1]) {
    const engines = [await EngineFixture.open(), await EngineFixture.open()]
    const parents = engines.map(({ folder }) => cgroupsOf(folder).map((base) => dirname(base)))
    assert.deepEqual(parents[0], parents[1])
    for (const engine of order === 0 ? engines : engines.toReversed()) assert.deepEqual(await engine.close(), [])
    assert.equal(ownGroups(), before)
  }
})

test('server and launcher are killed together: the next start removes the empty seat', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-seat-'))
  const program = `
    import { createEngine } from '#engine/create-engine.ts'
    import { silentLog } from '#base/log.ts'
    import { readFileSync, existsSync } from 'node:fs'
    const folder = process.argv[1]
    await createEngine({ folder, log: silentLog, acceptSocket: (s) => s.destroy() })
    const seat = readFileSync(folder + '/control-groups', 'utf8').split('\\n').map((base) => base + '/server').find((path) => existsSync(path))
    for (const pid of seat ? readFileSync(seat + '/cgroup.procs', 'utf8').split('\\n').filter(Boolean) : [])
      if (Number(pid) !== process.pid) process.kill(Number(pid), 'SIGKILL')
    process.kill(process.pid, 'SIGKILL')`
  assert.throws(() =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program, folder], {
      cwd: import.meta.dirname,
      stdio: 'ignore',
    }),
  )
  try {
    const former = cgroupsOf(folder)
    if (former.length === 0) return t.skip('there are no control groups, or the launcher outlived its signal')
    const second = `
      import { createEngine } from '#engine/create-engine.ts'
      import { silentLog } from '#base/log.ts'
      const engine = await createEngine({ folder: process.argv[1], log: silentLog, acceptSocket: (s) => s.destroy() })
      await engine.close(0)`
    execFileSync(process.execPath, ['--input-type=module', '-e', second, folder], { cwd: import.meta.dirname })
    assert.deepEqual(
      former.filter((base) => existsSync(base)),
      [],
    )
    assert.deepEqual(cgroupsOf(folder), [])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
