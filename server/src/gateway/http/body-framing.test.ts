import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BrokenBody, ChunkReader, framingOf } from './body-framing.ts'
import { HeadReader, UnreadableHead } from './head-reader.ts'

function framing(headers: string, version = '1.1'): ReturnType<typeof framingOf> {
  return framingOf(new HeadReader().read(`POST / HTTP/${version}\r\nhost: a\r\n${headers}`))
}

test('the headers say where a body ends, or nothing does', () => {
  assert.deepEqual(framing(''), { kind: 'length', bytesLeft: 0 })
  assert.deepEqual(framing('content-length: 12\r\n'), { kind: 'length', bytesLeft: 12 })
  assert.equal(framing('Transfer-Encoding: Chunked\r\n').kind, 'chunked')
  for (const headers of [
    'content-length: -1\r\n',
    'content-length: +1\r\n',
    'content-length:\r\n',
    'content-length: 1,1\r\n',
    'content-length: 0x1\r\n',
    'content-length: 1 1\r\n',
    'content-length: 9999999999999999\r\n',
    'content-length: 1\r\ntransfer-encoding: chunked\r\n',
    'transfer-encoding: gzip, chunked\r\n',
    'transfer-encoding: chunked, chunked\r\n',
    'transfer-encoding: identity\r\n',
    'transfer-encoding:\r\n',
  ])
    assert.throws(() => framing(headers), UnreadableHead, headers)
  assert.throws(() => framing('transfer-encoding: chunked\r\n', '1.0'), UnreadableHead)
})

interface Read {
  readonly data: string
  readonly done: boolean
  /** Bytes that belong to the body. */
  readonly taken: number
}

function read(text: string, cuts: readonly number[] = []): Read {
  const bytes = Buffer.from(text, 'latin1')
  const reader = new ChunkReader()
  let data = ''
  let taken = 0
  const edges = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted((a, b) => a - b)
  let from = 0
  for (const to of edges) {
    if (reader.done || to === from) continue
    taken += reader.read(bytes.subarray(from, to), (piece) => (data += piece.toString('latin1')))
    from = to
  }
  return { data, done: reader.done, taken }
}

const BODY = '5\r\nhello\r\n1;name="a b";x\r\n!\r\n00c\r\n chunked body\r\n'.replace('00c', '00d')

test('chunks are joined, however they come; what follows the body is left', () => {
  const whole = `${BODY}0\r\nx-trailer: 1\r\n\r\n`
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 12 }), (cuts) => {
      assert.deepEqual(read(whole, cuts), { data: 'hello! chunked body', done: true, taken: whole.length })
    }),
  )
  assert.equal(read(`${whole}GET / HTTP/1.1\r\n`).taken, whole.length)
  assert.equal(read(`${BODY}0\r\n`).done, false)
})

test('broken framing is refused wherever it is cut', () => {
  for (const text of [
    'zz\r\n',
    '\r\n',
    '-1\r\n',
    '5 \r\nhello\r\n',
    ' 5\r\nhello\r\n',
    '0x5\r\nhello\r\n',
    '5\nhello\r\n',
    '5\r\nhello!\r\n',
    '5\r\nhello\n0\r\n\r\n',
    '5\r\nhellO0\r\n\r\n',
    '1000000000000\r\n',
    '0\r\n folded: 1\r\n\r\n',
    '0\r\nno trailer\r\n\r\n',
    '0\r\nx: a\0\r\n\r\n',
    '0\r\nx: a\n\r\n',
    '0\r\nContent-Length: 0\r\n\r\n',
    '5;x=\r\nhello\r\n',
    '5;a b\r\nhello\r\n',
    `5;${'a'.repeat(300)}\r\nhello\r\n`,
    `0\r\n${`x: ${'a'.repeat(1000)}\r\n`.repeat(20)}\r\n`,
    `${`1;${'a'.repeat(200)}\r\nx\r\n`.repeat(100)}0\r\n\r\n`,
  ]) {
    assert.throws(() => read(text), BrokenBody, JSON.stringify(text.slice(0, 40)))
    assert.throws(() => read(text, [1, 2, 3, 4, 5, 6, 7, 8]), BrokenBody, JSON.stringify(text.slice(0, 40)))
  }
})
