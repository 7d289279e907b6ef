import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { TRACE_CHARS_MAX } from './limits.ts'
import { SourcePlaces } from './source-places.ts'
import { inSourcesOf, traceInSources } from './source-traces.ts'

const root = mkdtempSync(join(tmpdir(), 'mayfly-places-'))
after(() => rmSync(root, { recursive: true }))

/** One segment: line 2, column 4 of the code is line 5, column 9 of the first source. */
const MAPPINGS = ';GAIQ'

function map(file: string, fields: object): void {
  const path = join(root, `${file}.map`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify({ version: 3, mappings: MAPPINGS, sources: ['src/fail.ts'], ...fields }))
}

map('index.mjs', {})
map('dist/deep/app.js', { sources: ['../../lib/app.ts'] })
map('rooted.cjs', { sourceRoot: 'packages/one' })
map('packed.js', { sources: ['webpack://app/./src/index.ts'] })
map('shared.js', { sources: ['../shared/log.ts'] })
map('node_modules/library/index.js', {})
map('quoted.js', { sources: ['say "hello".ts'] })
map('sections.js', { mappings: undefined, sections: [] })
map('nothing.js', { sources: [null] })
writeFileSync(join(root, 'broken.js.map'), '{')

const shown = (text: string): string => new SourcePlaces(root).translate(text)

test('places of every form of file and map become places in the sources', () => {
  for (const [place, expected] of [
    [`file://${root}/index.mjs:2:4`, 'src/fail.ts:5:9'],
    [`file://${root}/index.mjs:2:40`, 'src/fail.ts:5:9'],
    [`${root}/dist/deep/app.js:2:4`, 'lib/app.ts:5:9'],
    [`${root}/rooted.cjs:2:4`, 'packages/one/src/fail.ts:5:9'],
    [`${root}/packed.js:2:4`, 'webpack://app/./src/index.ts:5:9'],
    [`${root}/shared.js:2:4`, '../shared/log.ts:5:9'],
  ] as const)
    assert.equal(
      shown(`Error: 1\n    at fail (${place})\n    at ${place}`),
      `Error: 1\n    at fail (${expected})\n    at ${expected}`,
    )
})

test('what no map tells stays as it is', () => {
  for (const place of [
    `${root}/index.mjs:1:1`,
    `${root}/index.mjs:2:3`,
    `${root}/other.mjs:2:4`,
    `${root}/broken.js:2:4`,
    `${root}/sections.js:2:4`,
    `${root}/nothing.js:2:4`,
    `${root}/quoted.js:2:4`,
    `${root}/node_modules/library/index.js:2:4`,
    '/elsewhere/index.mjs:2:4',
    'node:internal/modules/cjs/loader:1:1',
    `${root}/index.mjs:99999999999:4`,
  ])
    assert.equal(shown(`at x (${place})`), `at x (${place})`)
  const long = `${root}/index.mjs:2:4 `.repeat(TRACE_CHARS_MAX / 10)
  assert.equal(shown(long), long)
})

test('places that are known are told without the map', () => {
  const places = new SourcePlaces(root)
  map('gone.js', {})
  const text = `at x (${root}/gone.js:2:4)`
  assert.equal(places.translate(text), 'at x (src/fail.ts:5:9)')
  rmSync(join(root, 'gone.js.map'))
  assert.equal(
    places.translate(`again ${text} and ${root}/gone.js:2:5`),
    `again at x (src/fail.ts:5:9) and ${root}/gone.js:2:5`,
  )
})

test('a file without a map has nothing told; a trace is told whole', () => {
  assert.equal(inSourcesOf(join(root, 'other.mjs'), root), undefined)
  const inSources = inSourcesOf(join(root, 'index.mjs'), root)
  const document = { errorType: 'Error', errorMessage: 'm', trace: ['Error: m', `    at x (${root}/index.mjs:2:4)`] }
  assert.deepEqual(traceInSources(document, inSources).trace, ['Error: m', '    at x (src/fail.ts:5:9)'])
  assert.deepEqual(traceInSources({ ...document, trace: [] }, inSources).trace, [])
  assert.equal(traceInSources(document, undefined), document)
})
