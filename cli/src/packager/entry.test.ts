import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { folderWith } from '../../test/support/command.ts'
import { checkTextExport, type EntryOptions, findEntry } from './entry.ts'
import { nearest } from './nearest.ts'

const HANDLER = 'export const handler = () => 1\n'

function find(t: TestContext, files: Readonly<Record<string, string>>, path = '.', options: EntryOptions = {}) {
  const folder = folderWith(t, files)
  const { file, exportName, name, language } = findEntry(join(folder, path), options)
  return { file: file.slice(folder.length + 1), exportName, name, language, folderName: basename(folder) }
}

test('the usual names come first, in the folder before src', (t) => {
  assert.equal(find(t, { 'zebra.ts': HANDLER, 'app.ts': HANDLER, 'src/index.ts': HANDLER }).file, 'src/index.ts')
  assert.equal(find(t, { 'index.mjs': HANDLER, 'src/index.ts': HANDLER }).file, 'index.mjs')
  assert.equal(find(t, { 'index.ts': 'export const other = 1', 'app.ts': HANDLER }).file, 'app.ts')
})

test('any single file that exports a handler will do', (t) => {
  assert.equal(
    find(t, { 'resize.ts': HANDLER, 'size.ts': 'export const s = 1', 'resize.test.ts': HANDLER }).file,
    'resize.ts',
  )
})

test('the name is the folder’s, or the file’s where that says more', (t) => {
  const files = { 'hello/index.ts': HANDLER, 'photos/src/handler.ts': HANDLER, 'orders/create order.ts': HANDLER }
  assert.equal(find(t, files, 'hello').name, 'hello')
  assert.equal(find(t, files, 'photos').name, 'photos')
  assert.equal(find(t, files, 'photos/src').name, 'photos')
  assert.equal(find(t, files, 'photos/src/handler.ts').name, 'photos')
  assert.equal(find(t, files, 'orders').name, 'create-order')
  assert.equal(find(t, files, 'hello', { name: 'other' }).name, 'other')
})

test('python has two usual handlers', (t) => {
  const found = find(t, { 'lambda_function.py': 'def lambda_handler(event, context):\n    pass\n' })
  assert.equal(found.exportName, 'lambda_handler')
  assert.equal(found.language, 'python')
})

test('--handler names an export, or a file and an export', (t) => {
  const files = { 'index.ts': 'export const main = 1', 'src/api/users.ts': 'export const list = 1' }
  assert.equal(find(t, files, '.', { handler: 'main' }).exportName, 'main')
  const { file, exportName } = find(t, files, '.', { handler: 'src/api/users.list' })
  assert.deepEqual([file, exportName], ['src/api/users.ts', 'list'])
  assert.throws(() => find(t, files, '.', { handler: 'src/nothing.list' }), { code: 'MF1202' })
})

test('a file that is only half written is still the one that is meant', (t) => {
  assert.equal(find(t, { 'index.ts': 'export const handl' }).file, 'index.ts')
  assert.equal(find(t, { 'only.ts': '' }).exportName, 'handler')
})

test('nothing there, nothing to run, nothing to choose', (t) => {
  assert.throws(() => find(t, {}, 'nowhere'), { code: 'MF1201' })
  assert.throws(() => find(t, {}), { code: 'MF1202' })
  assert.throws(() => find(t, { 'a.ts': '', 'b.ts': '' }), { code: 'MF1202' })
  assert.throws(() => find(t, { 'a.txt': '' }, 'a.txt'), { code: 'MF1202' })
  assert.throws(() => find(t, { 'a.ts': HANDLER, 'b.ts': HANDLER }), { code: 'MF1204' })
})

test('a missing export names what there is', (t) => {
  const folder = folderWith(t, { 'index.py': 'def handlr(e, c):\n    pass\n' })
  assert.throws(
    () => checkTextExport(findEntry(folder)),
    (error: Error & { details: Record<string, string> }) => {
      assert.match(error.details['why'] ?? '', /exports: handlr\./)
      assert.match(error.details['mend'] ?? '', /Did you mean handlr\? Then say --handler index\.handlr/)
      return true
    },
  )
})

test('nearest: typing errors and parts of names, nearest first', () => {
  assert.deepEqual(nearest('handler', ['other', 'handlre', 'handler2', 'x']), ['handler2', 'handlre'])
  assert.deepEqual(nearest('handler', []), [])
})
