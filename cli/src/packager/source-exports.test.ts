import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportsOf, hasModuleSyntax, languageOf } from './source-exports.ts'

test('a source is known by its name; tests, types and configuration are none', () => {
  for (const name of ['a.ts', 'a.mts', 'a.cts', 'a.js', 'a.mjs', 'a.cjs']) assert.equal(languageOf(name), 'node', name)
  assert.equal(languageOf('a.py'), 'python')
  for (const name of ['a.d.ts', 'a.test.ts', 'a.spec.mjs', 'vite.config.ts', 'test_a.py', 'a.json', 'a'])
    assert.equal(languageOf(name), undefined, name)
})

const NODE: readonly [string, readonly string[]][] = [
  ['export const handler = 1', ['handler']],
  ['export async function handler() {}', ['handler']],
  ['export function* handler() {}', ['handler']],
  ['export default async function main() {}\nexport class Thing {}', ['main', 'Thing', 'default']],
  ['const a = 1; export { a, b as handler, type T }', ['a', 'handler']],
  ['exports.handler = 1; module.exports.other = 2', ['other', 'handler']],
  ['module.exports = { handler, async other() {} }', ['handler', 'other']],
  ["export * from './x.ts'", ['*']],
  ['export default { async fetch(request) {} }', ['default']],
  ['// export const handler = 1\n/* export const other = 1 */\nexport const real = 1', ['real']],
  ["export const url = 'https://x' // export const no = 1\nexport const yes = 1", ['url', 'yes']],
  ['myexports.handler = 1', []],
]

for (const [source, names] of NODE)
  test(`exports of ${JSON.stringify(source)}`, () => {
    assert.deepEqual([...exportsOf(source, 'node')].toSorted(), [...names].toSorted())
  })

test('python: what stands at the left margin', () => {
  const source =
    'import x\nlimit: int = 3\n\nasync def handler(e, c):\n    def inner(): pass\n    a = 1\n\nif x == 1:\n    pass\n'
  assert.deepEqual(exportsOf(source, 'python'), ['limit', 'handler'])
})

test('a module is known by its syntax', () => {
  assert.equal(hasModuleSyntax('import a from "a"'), true)
  assert.equal(hasModuleSyntax('export {}'), true)
  assert.equal(hasModuleSyntax('const a = require("a"); const b = import("b")'), false)
  assert.equal(hasModuleSyntax('// import a from "a"\nmodule.exports = {}'), false)
  assert.equal(hasModuleSyntax('import("b")'), false)
})
