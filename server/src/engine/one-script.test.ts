import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { oneScript } from './one-script.ts'

type Modules = Readonly<Record<string, string>>

function scriptOf(modules: Modules): string {
  return oneScript('a/main.ts', (id) => {
    const text = modules[id]
    if (text === undefined) throw new Error(`no module ${id}`)
    return text
  })
}

/** What the script prints as a process of its own. */
function printed(modules: Modules): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-one-script-'))
  try {
    writeFileSync(join(folder, 'main.cjs'), scriptOf(modules))
    return JSON.parse(execFileSync(process.execPath, [join(folder, 'main.cjs')], { encoding: 'utf8' }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('modules run in the order of their imports, once each, and see what the others export', () => {
  const seen = printed({
    'a/main.ts': `
import { one, two as zwei, Three } from './b.ts'
import {
  four,
  log,
} from '../c.ts'
import posix, { sep } from 'node:path'
log.push('main')
console.log(JSON.stringify({ log, one, zwei: zwei(), three: new Three().name, four: typeof four, sep: posix.sep === sep }))`,
    'a/b.ts': `import { log } from '../c.ts'
log.push('b')
export const one = 1
export async function* ignored() {}
export function two() {
  return 2
}
export class Three {
  name = 'three'
}`,
    'c.ts': `const log = ['c']
const four = async () => {}
export { four, log }`,
  })
  const expected = { log: ['c', 'b', 'main'], one: 1, zwei: 2, three: 'three', four: 'function', sep: true }
  assert.deepEqual(seen, expected)
})

test('what is imported by an expression runs when it is reached', () => {
  const seen = printed({
    'a/main.ts': `
import { createRequire } from 'node:module'
const log = (globalThis.log = [])
log.push('main')
async function later() {
  const { value } = await import('./later.ts')
  const { now } = createRequire(import.meta.url)('./now.ts')
  console.log(JSON.stringify({ log, value, now }))
}
void later()`,
    'a/later.ts': `globalThis.log.push('later')\nexport const value = 1`,
    'a/now.ts': `globalThis.log.push('now')\nexport const now = 2`,
  })
  assert.deepEqual(seen, { log: ['main', 'later', 'now'], value: 1, now: 2 })
})

test('code that the process loads finds nothing of the script that began it', () => {
  const seen = printed({
    'a/main.ts': `
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
const require = createRequire(tmpdir() + '/x.js')
console.log(JSON.stringify({ main: typeof require.main, cache: Object.keys(require.cache), own: import.meta.url.endsWith('/main.cjs') }))`,
  })
  assert.deepEqual(seen, { main: 'undefined', cache: [], own: true })
})

test('forms of import and export that are not known are refused', () => {
  for (const text of [
    `import * as all from 'node:fs'`,
    `import './b.ts'`,
    `import b from './b.ts'`,
    `export default 1`,
    `export * from './b.ts'`,
    `export let changing = 1`,
    `export const { a } = {}`,
    `console.log(import.meta.resolve('x'))`,
    `import { x } from 'package'`,
  ])
    assert.throws(() => scriptOf({ 'a/main.ts': text, 'a/b.ts': '' }), /import|export/, text)
})

test('a character that would double the script in memory is refused', () => {
  assert.equal(printed({ 'a/main.ts': `console.log(JSON.stringify('é'))` }), 'é')
  assert.throws(() => scriptOf({ 'a/main.ts': `// more than Latin-1 knows: →` }), /doubles the script in memory/)
})
