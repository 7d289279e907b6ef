import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, type TerminalFlags, terminalSettings } from '../config.ts'
import { CliError } from '../errors.ts'
import { codeFrame } from './code-frame.ts'
import { Output } from './output.ts'

function capture(flags: TerminalFlags, env: Environment = {}) {
  const written = { out: '', err: '' }
  const output = new Output({
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    flags,
    settings: terminalSettings(flags, env),
  })
  return { output, written }
}

const error = new CliError('MF1301', 'Unexpected token', {
  place: { file: 'src/a.ts', line: 2, column: 3, frame: '> 2 | x' },
  why: 'It is so.',
  mend: 'Change it.',
})

test('an error says code, place, what, why and the way out', () => {
  const { output, written } = capture({})
  output.error(error)
  assert.equal(written.err, 'MF1301 src/a.ts:2:3 — Unexpected token\n> 2 | x\n  why: It is so.\n  fix: Change it.\n')
  assert.equal(written.out, '')
})

test('with --json an error is one object on standard output, and the text stays on standard error', () => {
  const { output, written } = capture({ json: true })
  output.error(new CliError('MF3001', 'f failed', { result: { payload: 1 }, requestId: 'r' }))
  assert.deepEqual(JSON.parse(written.out), {
    schemaVersion: 1,
    payload: 1,
    error: {
      code: 'MF3001',
      title: 'the function returned an error',
      message: 'f failed',
      requestId: 'r',
      exitCode: 1,
    },
  })
  assert.match(written.err, /^MF3001 — f failed/)
})

test('results go to standard output, notices to standard error, and -q silences only notices', () => {
  const { output, written } = capture({ quiet: true })
  output.note('working')
  output.result({ a: 1 }, 'done')
  output.error(error)
  assert.equal(written.out, 'done\n')
  assert.doesNotMatch(written.err, /working/)
  assert.match(written.err, /MF1301/)
})

test('colour only where it is wanted, ASCII where the locale has no more', () => {
  const plain = capture({}, { NO_COLOR: '1', FORCE_COLOR: '1', LC_ALL: 'C' })
  plain.output.error(error)
  assert.equal(plain.written.err.includes('\u001B'), false)
  assert.match(plain.written.err, /MF1301 src\/a\.ts:2:3 - Unexpected/)
  const colored = capture({}, { FORCE_COLOR: '1' })
  colored.output.error(error)
  assert.ok(colored.written.err.startsWith('\u001B[31mMF1301'))
})

test('the frame shows the lines around, marks the column and cuts long lines around it', () => {
  assert.equal(
    codeFrame('one\ntwo\nthree\nfour\nfive', 3, 2),
    '  1 | one\n  2 | two\n> 3 | three\n    |  ^\n  4 | four',
  )
  assert.equal(codeFrame('one', 2, 1), '')
  const frame = codeFrame('x'.repeat(10_000), 1, 5_000)
  assert.ok(frame.length < 400)
  assert.match(frame, /\^/)
})
