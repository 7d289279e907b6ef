import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { keepText } from './kept-text.ts'

test('a text is kept where that is possible; where it is not, nothing is left and nobody is held up', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-kept-'))
  t.after(() => rmSync(folder, { recursive: true }))
  keepText(join(folder, 'made/text'), 'one')
  keepText(join(folder, 'made/text'), 'two')
  assert.equal(readFileSync(join(folder, 'made/text'), 'utf8'), 'two')
  assert.deepEqual(readdirSync(join(folder, 'made')), ['text'])

  writeFileSync(join(folder, 'file'), '')
  keepText(join(folder, 'file/text'), 'no folder')
  mkdirSync(join(folder, 'taken/text'), { recursive: true })
  keepText(join(folder, 'taken/text'), 'a folder is there')
  assert.deepEqual(readdirSync(folder).toSorted(), ['file', 'made', 'taken'])
  assert.deepEqual(readdirSync(join(folder, 'taken')), ['text'])
})
