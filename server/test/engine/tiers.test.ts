// The weaker tiers: what still holds, and that the engine says what is missing.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { OperatorError } from '#base/errors.ts'
import { silentLog } from '#base/log.ts'
import { createEngine } from '#engine/create-engine.ts'
import { codePackage, describeOutcome, documentOf, withEngine } from './engine-fixture.ts'

/** A mount, and a socket to the hypervisor. */
const CALLS = process.arch === 'arm64' ? '(40, 0, 0, 0, 0, 0), (198, 40, 1, 0)' : '(165, 0, 0, 0, 0, 0), (41, 40, 1, 0)'

const SURROUNDINGS = `const fs = require('node:fs')
  exports.handler = async () => ({ cwd: process.cwd(), env: Object.keys(process.env).sort(),
    shadow: (() => { try { return fs.readFileSync('/etc/shadow', 'utf8') && 'read' } catch (e) { return e.code } })(),
    fetched: await fetch(process.env.AWS_ENDPOINT_URL).then((r) => r.status, (e) => e.cause?.code ?? String(e)) })`

test('tier B: no control groups, the same sandbox', () =>
  withEngine({ tierMaximum: 'B' }, async (fixture) => {
    const { tier, runtimes } = fixture.engine.status()
    assert.equal(tier, 'B')
    assert.equal(runtimes.python.available, true)
    const seen = (await fixture.result(fixture.node(SURROUNDINGS))) as Record<string, unknown>
    assert.deepEqual([seen['cwd'], seen['shadow']], ['/var/task', 'ENOENT'])
    assert.equal(await fixture.result(fixture.python('def handler(e, c):\n    return 1')), 1)
    const timeout = await fixture.invoke(fixture.node('exports.handler = () => { for (;;); }', { timeoutMs: 200 }))
    assert.equal(timeout.outcome.kind, 'timeout')
  }))

test('tier B: memory is watched, late but surely', () =>
  withEngine({ tierMaximum: 'B' }, async (fixture) => {
    const version = fixture.node(
      'exports.handler = async () => { const all = []; for (;;) { all.push(Buffer.alloc(4e6, 1)); await new Promise((r) => setTimeout(r, 5)) } }',
    )
    const { outcome } = await fixture.invoke(version)
    assert.equal(outcome.kind, 'out-of-memory', describeOutcome(outcome))
  }))

test('without perl: the same calls are refused, nobody hears of it, and the engine says so', async () => {
  const tools = mkdtempSync(join(tmpdir(), 'mayfly-tools-'))
  for (const name of ['bwrap', 'setpriv', 'unshare']) symlinkSync(`/usr/bin/${name}`, join(tools, name))
  await withEngine({ toolFolders: [tools] }, async (fixture) => {
    const { tier, weaknesses } = fixture.engine.status()
    assert.notEqual(tier, 'C')
    assert.match(JSON.stringify(weaknesses), /refused, but not logged.*perl-base/)
    const source = `import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def handler(event, context):
    return [[libc.syscall(*call), ctypes.get_errno()] for call in (${CALLS})]`
    const { outcome } = await fixture.invoke(fixture.python(source))
    assert.equal(describeOutcome(outcome), 'result: [[-1, 1], [-1, 97]]')
    assert.deepEqual(fixture.engine.status().blocked, {})
  })
  rmSync(tools, { recursive: true })
})

test('tier C, when there is no bwrap: an empty environment, fenced files, and the engine says so', () =>
  withEngine({ toolFolders: ['/nowhere'] }, async (fixture) => {
    const { tier, weaknesses } = fixture.engine.status()
    assert.equal(tier, 'C')
    assert.match(
      weaknesses.map(({ what, mend }) => `${what} ${mend}`).join('\n'),
      /bubblewrap.*not installed.*apt-get install bubblewrap/,
    )
    const seen = (await fixture.result(fixture.node(SURROUNDINGS))) as Record<string, unknown>
    assert.equal(seen['shadow'], 'ERR_ACCESS_DENIED')
    assert.match(String(seen['cwd']), /var\/task$/)
    assert.deepEqual(seen['env'], [
      'AWS_ACCESS_KEY_ID',
      'AWS_ENDPOINT_URL',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'COLOUR',
      'HOME',
      'LAMBDA_RUNTIME_DIR',
      'LAMBDA_TASK_ROOT',
      'LANG',
      'PATH',
      'TZ',
    ])
    const wrote = fixture.node(`const { writeFileSync, readFileSync } = require('node:fs')
    exports.handler = async () => { writeFileSync(process.env.HOME + '/a', 'b'); return readFileSync(process.env.HOME + '/a', 'utf8') }`)
    assert.equal(await fixture.result(wrote), 'b')
    assert.equal(await fixture.result(fixture.python('def handler(e, c):\n    return 1')), 1)
    const timeout = await fixture.invoke(fixture.node('exports.handler = () => { for (;;); }', { timeoutMs: 200 }))
    assert.equal(timeout.outcome.kind, 'timeout')
    const exit = await fixture.invoke(fixture.node('exports.handler = () => { process.exit(4) }'))
    assert.ok(exit.outcome.kind === 'exit' && exit.outcome.code === 4, describeOutcome(exit.outcome))
  }))

test('tier C has no extensions: a function that brings some is told so, and others run on', () =>
  withEngine({ toolFolders: ['/nowhere'] }, async (fixture) => {
    const layers = codePackage({ 'extensions/watcher': '#!/bin/sh\nexit 0\n' })
    for (const version of [
      fixture.node('exports.handler = async () => 1', { layers }),
      fixture.python('def handler(e, c):\n    return 1', { layers }),
    ]) {
      const { outcome } = await fixture.invoke(version)
      assert.equal(outcome.kind, 'init-error')
      const { errorType, errorMessage } = documentOf(outcome)
      assert.equal(errorType, 'Runtime.SandboxMissing')
      assert.match(String(errorMessage), /need a sandbox.*tier C.*mayfly doctor/)
    }
    assert.equal(await fixture.result(fixture.node('exports.handler = async () => 1')), 1)
  }))

/** Tells the status of an engine in the folder that is its argument. */
const TELL_STATUS = `
  import { createEngine } from '#engine/create-engine.ts'
  import { silentLog } from '#base/log.ts'
  const engine = await createEngine({ folder: process.argv[1], log: silentLog, acceptSocket: (s) => s.destroy() })
  const { tier, weaknesses } = engine.status()
  await engine.close(0)
  process.stdout.write(JSON.stringify({ tier, weaknesses }))`

test('without root: the best tier that a plain user gets, or a refusal that says why', (t) => {
  if (process.getuid?.() !== 0) return t.skip('is a plain user already')
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-engine-'))
  chownSync(folder, 65_534, 65_534)
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', TELL_STATUS, folder], {
    cwd: import.meta.dirname,
    uid: 65_534,
    gid: 65_534,
    encoding: 'utf8',
  })
  rmSync(folder, { recursive: true })
  if (/EACCES|Cannot find/.test(child.stderr)) return t.skip('other users cannot read this checkout')
  const { tier, weaknesses } = JSON.parse(child.stdout || assert.fail(child.stderr))
  assert.match(tier, /^[BC]$/)
  const text = JSON.stringify(weaknesses)
  assert.match(text, /tier A does not work here: .*control group/)
  assert.match(text, /run under the user id of the server/)
})

test('root of a container whose users are mapped has the sandbox, without user ids of the cells’ own', (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root')
  if (spawnSync('unshare', ['-Ur', 'true']).status !== 0) return t.skip('no user namespaces here')
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-engine-'))
  const line = ['-Ur', process.execPath, '--input-type=module', '-e', TELL_STATUS, folder]
  const child = spawnSync('unshare', line, { cwd: import.meta.dirname, encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  const { tier, weaknesses } = JSON.parse(child.stdout || assert.fail(child.stderr))
  assert.match(tier, /^[AB]$/)
  assert.match(JSON.stringify(weaknesses), /run under the user id of the server.*users are not mapped/)
})

test('what ails two tiers alike is told once', async (t) => {
  const tools = mkdtempSync(join(tmpdir(), 'mayfly-tools-'))
  t.after(() => rmSync(tools, { recursive: true }))
  writeFileSync(join(tools, 'bwrap'), '#!/bin/sh\nexit 9\n', { mode: 0o755 })
  await withEngine({ toolFolders: [tools] }, async (fixture) => {
    const { tier, weaknesses } = fixture.engine.status()
    assert.equal(tier, 'C')
    const [first] = weaknesses
    assert.match(first?.what ?? '', /^neither tier A nor B works here: exit 9/)
    assert.match(first?.mend ?? '', /bubblewrap.*user namespaces/)
  })
})

test('a runtime that is not there is named, with the mend; the other one works', () =>
  withEngine({ pythonPath: '/nowhere/python3' }, async (fixture) => {
    assert.deepEqual(fixture.engine.status().runtimes.python, { available: false })
    await assert.rejects(
      fixture.invoke(fixture.python('def handler(e, c):\n    return 1')),
      (error: unknown) => error instanceof OperatorError && /no python here/.test(error.message),
    )
    assert.equal(await fixture.result(fixture.node('exports.handler = async () => 1')), 1)
  }))

test('the engine refuses to start below the tier that is asked for, and names the mend', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-engine-'))
  await assert.rejects(
    createEngine({
      folder,
      log: silentLog,
      acceptSocket: (socket) => void socket.destroy(),
      toolFolders: ['/nowhere'],
      tierMinimum: 'B',
    }),
    (error: unknown) => error instanceof OperatorError && /not installed/.test(error.message) && error.hint !== '',
  )
  rmSync(folder, { recursive: true })
})
