import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { fieldsOf, itemOfJson, linesOf } from './import-lines.ts'

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function lines(bytes: Uint8Array, compression: 'GZIP' | 'NONE'): Promise<readonly string[]> {
  return await Array.fromAsync(linesOf(pieces(bytes, 3), compression))
}

test('lines are found wherever the pieces end, in letters of several bytes too', async () => {
  const text = 'é\u{1F600}\r\nsecond\n\nlast'
  assert.deepEqual(await lines(Buffer.from(text), 'NONE'), ['é\u{1F600}', 'second', '', 'last'])
  assert.deepEqual(await lines(gzipSync(text), 'GZIP'), ['é\u{1F600}', 'second', '', 'last'])
})

test('fields may be quoted', () => {
  assert.deepEqual(fieldsOf('a,"b ""c"", d",,e', ','), ['a', 'b "c", d', '', 'e'])
  assert.deepEqual(fieldsOf('a;b', ';'), ['a', 'b'])
})

test('a line of DynamoDB JSON is checked as a request is', () => {
  assert.deepEqual(itemOfJson('{"Item":{"id":{"N":"1.0"},"b":{"B":"AAE="}}}'), {
    id: { N: '1' },
    b: { B: Buffer.from([0, 1]) },
  })
  for (const broken of ['{}', '[]', 'x', '{"Item":{"id":{"N":"x"}}}', '{"Item":{"id":{}}}', '{"Item":{"id":7}}'])
    assert.throws(() => itemOfJson(broken), broken)
})
