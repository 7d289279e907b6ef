// A bundle counts while what went into it is as it was, to the byte and the moment.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type BundleRecord, type BundleState, findBundle } from './bundle.ts'

let folder: string
const source = 'server/src/main.ts'
const find = (): BundleState => findBundle(pathToFileURL(join(folder, 'dist/')), pathToFileURL(`${folder}/`))

beforeEach(() => {
  // A blank, which an address would write as %20.
  folder = mkdtempSync(join(tmpdir(), 'mayfly bundle-'))
  mkdirSync(join(folder, 'server/src'), { recursive: true })
  writeFileSync(join(folder, source), 'export {}')
})

afterEach(() => rmSync(folder, { recursive: true }))

function joinSources(): void {
  const { size, mtimeMs } = statSync(join(folder, source))
  const record: BundleRecord = { id: 'abc', sources: { [source]: [size, mtimeMs] } }
  mkdirSync(join(folder, 'dist/abc'), { recursive: true })
  writeFileSync(join(folder, 'dist/abc/main.js'), '')
  writeFileSync(join(folder, 'dist/current.json'), JSON.stringify(record))
}

test('none was made', () => assert.deepEqual(find(), { kind: 'absent' }))

test('every source is as it was', () => {
  joinSources()
  assert.deepEqual(find(), { kind: 'fresh', entry: pathToFileURL(join(folder, 'dist/abc/main.js')) })
})

test('a source has another size, another time, or is gone', () => {
  joinSources()
  writeFileSync(join(folder, source), 'export { }')
  assert.deepEqual(find(), { kind: 'stale', source })
  joinSources()
  utimesSync(join(folder, source), 1, 1)
  assert.deepEqual(find(), { kind: 'stale', source })
  joinSources()
  rmSync(join(folder, source))
  assert.deepEqual(find(), { kind: 'stale', source })
})

test('what is left of a bundle is none', () => {
  joinSources()
  rmSync(join(folder, 'dist/abc'), { recursive: true })
  assert.deepEqual(find(), { kind: 'absent' })
  writeFileSync(join(folder, 'dist/current.json'), '{')
  assert.deepEqual(find(), { kind: 'absent' })
})
