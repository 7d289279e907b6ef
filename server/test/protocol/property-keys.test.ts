// Names of members are texts as V8 keeps them for names of properties: with others, code that reads members by name was
// compiled and thrown away again for as long as a process lived.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { propertyKey } from '#base/property-key.ts'
import { loadModel } from '#protocol/load-model.ts'

setFlagsFromString('--allow-natives-syntax')
const isKept = runInNewContext('(text) => %IsInternalizedString(text)') as (text: string) => boolean

test('a text from JSON becomes the name that V8 keeps', () => {
  const [text = ''] = JSON.parse('["aNameThatNobodyElseHas"]') as readonly string[]
  assert.equal(isKept(text), false)
  const key = propertyKey(text)
  assert.equal(isKept(key), true)
  assert.equal(key, text)
})

test('any text is a name', () => {
  for (const text of ['', '0', '17', '__proto__', 'constructor', 'ä ö', '\0']) assert.equal(propertyKey(text), text)
})

test('the members of a model have names that V8 keeps', () => {
  const input = loadModel('lambda').operation('CreateFunction')?.input
  assert.ok(input !== undefined && input.members.length > 20)
  assert.deepEqual(
    input.members.map(({ name }) => name).filter((name) => !isKept(name)),
    [],
  )
})
