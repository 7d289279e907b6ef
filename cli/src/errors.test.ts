import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { asCliError, CliError, ERRORS } from './errors.ts'
import { EXIT } from './exit-codes.ts'

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

test('every error code is in the documentation, with its exit code and title, and the reverse', () => {
  const documented = [...page.matchAll(/^\| (MF\d{4}) \| (\d+) \| ([^|]+) \|/gm)].map(([, code, exit, title]) => [
    code,
    { exit: Number(exit), title: title?.trim() },
  ])
  assert.deepEqual(Object.fromEntries(documented), { ...ERRORS })
})

test('every exit code is in the documentation, and the reverse', () => {
  const documented = [...page.matchAll(/^\| (\d+) \| [^|]+ \|$/gm)].map(([, code]) => Number(code))
  assert.deepEqual(documented, Object.values(EXIT))
})

test('what is not an error of the command is a fault that can be reported', () => {
  const cause = new TypeError('x is not a function')
  const error = asCliError(cause)
  assert.equal(error.code, 'MF9001')
  assert.equal(error.cause, cause)
  const own = new CliError('MF2101', 'gone')
  assert.equal(asCliError(own), own)
  assert.equal(asCliError('text').message, 'text')
})
