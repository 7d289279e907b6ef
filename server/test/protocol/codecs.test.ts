// The codecs against other implementations and against themselves: CBOR against cborg, XML against fast-xml-parser,
// event frames against the SDK's codec, each over random values.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { decode, encode } from 'cborg'
import fc from 'fast-check'
import { XMLParser } from 'fast-xml-parser'
import { parseCbor, Tagged } from '#protocol/codec/cbor-parse.ts'
import { cborReaders } from '#protocol/codec/cbor-read.ts'
import { CborSink, CborWriters } from '#protocol/codec/cbor-write.ts'
import { jsonReaders, parseJson } from '#protocol/codec/json-read.ts'
import { JsonWriters } from '#protocol/codec/json-write.ts'
import { XmlReaders } from '#protocol/codec/xml-read.ts'
import { decodeEvent, encodeEvent, type EventHeaderValue } from '#protocol/codec/event-frame.ts'
import { InputFault } from '#protocol/codec/fault.ts'
import { parseBase64 } from '#protocol/codec/scalar-text.ts'
import { parseTimestamp } from '#protocol/codec/timestamp.ts'
import { escapeXml, XmlWriters } from '#protocol/codec/xml-write.ts'
import { parseXml, type XmlElement } from '#protocol/codec/xml-parse.ts'
import { eachParameter, parseQuery } from '#protocol/form.ts'
import { decodeHeader, encodeHeader, headerReader, headerWriter } from '#protocol/rest/header-text.ts'
import { loadModel } from '#protocol/load-model.ts'
import { isEventStream } from '#protocol/schema.ts'
import { SERVICE_IDS } from '#protocol/services.ts'
import { seededRandom } from '#base/ids.ts'
import { RandomValues } from './random-values.ts'

const { EventStreamCodec } = createRequire(import.meta.url)('@smithy/eventstream-codec') as {
  EventStreamCodec: new (
    toUtf8: (bytes: Uint8Array) => string,
    fromUtf8: (text: string) => Uint8Array,
  ) => {
    encode(message: { headers: object; body: Uint8Array }): Uint8Array
    decode(bytes: Uint8Array): { headers: Record<string, { type: string; value: unknown }>; body: Uint8Array }
  }
}

const seed = Date.now() % 1_000_000
const runs = { seed, numRuns: 300 }

/** Text without lone surrogates. */
const text = fc.string({ unit: 'grapheme', maxLength: 20 })

describe(`CBOR (seed ${seed})`, () => {
  const item = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      text,
      fc.boolean(),
      fc.constant(null),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
      fc.uint8Array({ maxLength: 20 }),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value

  test('reads what cborg writes', () => {
    fc.assert(
      fc.property(item, (value) => {
        assert.deepEqual(plain(parseCbor(Buffer.from(encode(value)))), plain(value))
      }),
      runs,
    )
  })

  test('cborg reads the numbers, texts and bytes that we write', () => {
    const scalar = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double(), text, fc.uint8Array())
    fc.assert(
      fc.property(fc.array(scalar, { maxLength: 30 }), (values) => {
        const sink = new CborSink()
        sink.head(4, values.length)
        for (const value of values) {
          if (typeof value === 'number') sink.number(value)
          else if (typeof value === 'string') sink.text(value)
          else sink.bytes(value)
        }
        assert.deepEqual(plain(decode(sink.taken())), plain(values))
      }),
      runs,
    )
  })

  test('big integers of any size come back', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        const sink = new CborSink()
        sink.bigint(value)
        assert.equal(BigInt(parseCbor(sink.taken()) as bigint | number), value)
      }),
      runs,
    )
  })

  test('half and single floats', () => {
    const floats: readonly (readonly [hex: string, value: number])[] = [
      ['f90000', 0],
      ['f98000', -0],
      ['f93c00', 1],
      ['f97bff', 65504],
      ['f90001', 5.960464477539063e-8],
      ['f90400', 0.00006103515625],
      ['f9c400', -4],
      ['f97c00', Infinity],
      ['f9fc00', -Infinity],
      ['f97e00', NaN],
      ['fa47c35000', 100000],
    ]
    for (const [hex, value] of floats) assert.ok(Object.is(parseCbor(Buffer.from(hex, 'hex')), value), hex)
  })

  test('tags', () => {
    assert.deepEqual(parseCbor(Buffer.from('c11a514b67b0', 'hex')), new Tagged(1, 1363896240))
  })
})

/** Bytes as hex and maps in order, so that classes of arrays and the order of keys do not matter. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value.toISOString()
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return entries.map(([key, item]) => [key, plain(item)])
}

interface Node {
  readonly name: string
  readonly attributes: readonly (readonly [string, string])[]
  readonly content: readonly Node[] | string
}

describe(`XML (seed ${seed})`, () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/)
  const printable = text.filter((value) => !/[\u0000-\u001f\ufffe\uffff]/.test(value)) // oxlint-disable-line no-control-regex -- XML cannot hold them
  const attributes = fc.uniqueArray(fc.tuple(name, printable), { maxLength: 3, selector: ([key]) => key })
  const { node } = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.record({
      name,
      attributes,
      content: fc.oneof({ maxDepth: 4 }, printable, fc.array(tie('node'), { maxLength: 4 })),
    }),
  }))

  function written({ name: tag, attributes: pairs, content }: Node): string {
    const head = pairs.map(([key, value]) => ` ${key}="${escapeXml(value)}"`).join('')
    const inner = typeof content === 'string' ? escapeXml(content) : content.map(written).join('')
    return `<${tag}${head}>${inner}</${tag}>`
  }

  function tree(element: XmlElement): Node {
    return {
      name: element.name,
      attributes: [...(element.attributes ?? [])],
      content: element.children.length > 0 ? element.children.map(tree) : element.text,
    }
  }

  function normal({ name: tag, attributes: pairs, content }: Node): Node {
    const inner = typeof content !== 'string' && content.length === 0 ? '' : content
    return { name: tag, attributes: pairs, content: typeof inner === 'string' ? inner : inner.map(normal) }
  }

  test('what is written comes back', () => {
    fc.assert(
      fc.property(node, (value) => {
        assert.deepEqual(tree(parseXml(Buffer.from(written(value)))), normal(value))
      }),
      runs,
    )
  })

  test('fast-xml-parser sees the same tree', () => {
    const other = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      parseAttributeValue: false,
      trimValues: false,
    })
    fc.assert(
      fc.property(
        node.filter(
          (value) =>
            !/&#|__proto__|constructor|prototype|hasOwnProperty|toString|valueOf|__define|__lookup/.test(
              written(value),
            ),
        ),
        (value) => {
          const document = written(value)
          assert.deepEqual(otherTree(other.parse(document) as OtherNode[]), [tree(parseXml(Buffer.from(document)))])
        },
      ),
      runs,
    )
  })

  test('text with carriage returns and separators comes back by references', () => {
    const special = 'a\r\nb\u0085c\u2028d\u0001'
    assert.equal(parseXml(Buffer.from(`<a>${escapeXml(special)}</a>`)).text, special)
  })
})

type OtherNode = Readonly<Record<string, unknown>>

function otherTree(nodes: readonly OtherNode[]): readonly Node[] {
  return nodes.flatMap((found) => {
    const tag = Object.keys(found).find((key) => key !== ':@' && key !== '#text')
    if (tag === undefined) return []
    const children = found[tag] as readonly OtherNode[]
    const inner = otherTree(children)
    const own = children.map((child) => (child['#text'] ?? '') as string).join('')
    const pairs = Object.entries((found[':@'] ?? {}) as Readonly<Record<string, string>>)
    return [{ name: tag, attributes: pairs, content: inner.length > 0 ? inner : own }]
  })
}

describe(`event frames (seed ${seed})`, () => {
  const header: fc.Arbitrary<EventHeaderValue> = fc.oneof(
    fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
    fc.record({ type: fc.constant('byte' as const), value: fc.integer({ min: -128, max: 127 }) }),
    fc.record({ type: fc.constant('short' as const), value: fc.integer({ min: -32768, max: 32767 }) }),
    fc.record({ type: fc.constant('integer' as const), value: fc.integer() }),
    fc.record({ type: fc.constant('long' as const), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
    fc.record({ type: fc.constant('binary' as const), value: fc.uint8Array() }),
    fc.record({ type: fc.constant('string' as const), value: text }),
    fc.record({ type: fc.constant('timestamp' as const), value: fc.date({ noInvalidDate: true }) }),
    fc.record({ type: fc.constant('uuid' as const), value: fc.uuid() }),
  )
  const frame = fc.record({
    headers: fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z:-]{1,20}$/), header), {
      selector: ([key]) => key,
      maxLength: 5,
    }),
    payload: fc.uint8Array({ maxLength: 100 }),
  })
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes).toString(),
    (value) => Buffer.from(value),
  )

  test('come back, and the SDK reads the same', () => {
    fc.assert(
      fc.property(frame, ({ headers, payload }) => {
        const bytes = encodeEvent({ headers: new Map(headers), payload })
        const back = decodeEvent(bytes)
        assert.deepEqual([...back.headers].map(plainHeader), headers.map(plainHeader))
        assert.deepEqual(Buffer.from(back.payload), Buffer.from(payload))
        const other = codec.decode(bytes)
        assert.deepEqual(
          Object.keys(other.headers),
          headers.map(([key]) => key),
        )
        assert.deepEqual(Buffer.from(other.body), Buffer.from(payload))
      }),
      runs,
    )
  })

  test('what the SDK writes is read', () => {
    const bytes = codec.encode({ headers: { ':event-type': { type: 'string', value: 'x' } }, body: Buffer.from('y') })
    const back = decodeEvent(Buffer.from(bytes))
    assert.deepEqual(back.headers.get(':event-type'), { type: 'string', value: 'x' })
    assert.equal(Buffer.from(back.payload).toString(), 'y')
  })

  test('any changed byte is refused', () => {
    const bytes = encodeEvent({ headers: new Map([['a', { type: 'string', value: 'b' }]]), payload: Buffer.from('cd') })
    for (let at = 0; at < bytes.length; at++) {
      const broken = Buffer.from(bytes)
      broken[at] = (broken[at] ?? 0) ^ 0x10
      assert.throws(() => decodeEvent(broken), InputFault, `byte ${at}`)
    }
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => decodeEvent(bytes.subarray(0, length)), InputFault)
  })
})

function plainHeader([key, header]: readonly [string, EventHeaderValue]): unknown {
  return [key, header.type, header.value instanceof Date ? header.value.getTime() : plain(header.value)]
}

describe(`texts (seed ${seed})`, () => {
  test('query strings come back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 10 }), (pairs) => {
        const kept = pairs.filter(([name, value]) => name !== '' || value !== '')
        const found: [string, string][] = []
        eachParameter(new URLSearchParams(kept).toString(), (name, value) => found.push([name, value]))
        assert.deepEqual(found, kept)
      }),
      runs,
    )
    assert.deepEqual(
      [...parseQuery('a&b=1&a=2&&')],
      [
        ['a', ['', '2']],
        ['b', ['1']],
      ],
    )
  })

  test('base64 as Buffer writes it, anything else refused', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const encoded = Buffer.from(bytes).toString('base64')
        assert.deepEqual(parseBase64(encoded), Buffer.from(bytes))
        assert.deepEqual(parseBase64(encoded.replaceAll('=', '')), Buffer.from(bytes))
      }),
      runs,
    )
    for (const wrong of ['!', 'a', 'ab!=', 'a===', 'aGk=aGk=', 'ä'])
      assert.throws(() => parseBase64(wrong), InputFault, wrong)
  })

  test('header text comes back, whatever it holds', () => {
    fc.assert(
      fc.property(text, (value) => {
        const sent = encodeHeader(value)
        assert.doesNotMatch(sent, /[^\t -~\u0080-\u00ff]/)
        if (!/[\u0000-\u001f\u007f]/.test(value)) assert.equal(decodeHeader(sent), value) // oxlint-disable-line no-control-regex -- those become spaces
      }),
      runs,
    )
    assert.equal(encodeHeader('a\r\nset-cookie: b'), 'a  set-cookie: b')
    assert.equal(decodeHeader('caf\u00e9'), 'café', 'latin1 that is no UTF-8 stays')
  })

  test('header lists come back', () => {
    const member = {
      name: 'List',
      traits: {},
      required: false,
      shape: {
        kind: 'list' as const,
        sparse: false,
        element: { name: 'member', shape: { kind: 'string' as const }, traits: {}, required: false },
      },
    }
    const item = fc.stringMatching(/^[ -~]{1,12}$/)
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 5 }), (items) => {
        assert.deepEqual(headerReader(member)(headerWriter(member)(items)), items)
      }),
      runs,
    )
  })

  test('timestamps in each form', () => {
    const forms = [
      '2015-01-25T08:00:00Z',
      '2015-01-25T09:00:00+01:00',
      '1422172800',
      '1.4221728e9',
      'Sun, 25 Jan 2015 08:00:00 GMT',
      '2015-01-25T08:00:00',
      '2015-01-25 08:00:00Z',
    ]
    for (const form of forms) assert.equal(parseTimestamp(form).getTime(), 1422172800000, form)
    assert.equal(parseTimestamp('2000-01-02T20:34:56.123456Z').getTime(), 946845296123)
    assert.equal(parseTimestamp('Sun, 02 Jan 2000 20:34:56.456 GMT').getTime(), 946845296456)
    assert.equal(parseTimestamp('2015-01-25').getTime(), Date.UTC(2015, 0, 25))
    assert.equal(parseTimestamp('-1.5').getTime(), -1500)
    for (const wrong of [
      '',
      'now',
      '2015-13-01T00:00:00Z',
      '2015-01-25T25:00:00Z',
      '1e400',
      'Sun, 99 Jan 2015 08:00:00 GMT',
      '2015-01-25T08:00:00Zjunk',
    ])
      assert.throws(() => parseTimestamp(wrong), InputFault, wrong)
  })
})

test(`JSON, CBOR and XML give back every output of every model (seed ${seed})`, () => {
  const values = new RandomValues(seededRandom(seed))
  const readJson = jsonReaders(true)
  const readCbor = cborReaders(true)
  const readXml = new XmlReaders()
  const json = new JsonWriters()
  const cbor = new CborWriters()
  const xml = new XmlWriters(true)
  for (const id of SERVICE_IDS) {
    const model = loadModel(id)
    for (const name of model.operationNames()) {
      const shape = model.operation(name)?.output
      if (shape === undefined || shape.members.some(isEventStream)) continue
      const value = values.structure(shape)
      const fromJson = readJson.of(shape)(parseJson(Buffer.from(json.of(shape)(value))), 0)
      assert.deepEqual(plain(fromJson), plain(value), `${id} ${name} as JSON`)
      // Only JSON has documents, and only Cognito's user pools use them.
      if (id !== 'cognito-identity-provider') {
        const document = parseXml(Buffer.from(xml.root(shape, 'Root', value, '')))
        assert.deepEqual(
          plain(readCbor.of(shape)(parseCbor(cbor.encode(shape, value)), 0)),
          plain(value),
          `${id} ${name} as CBOR`,
        )
        assert.deepEqual(plain(readXml.of(shape)(document)), plain(value), `${id} ${name} as XML`)
      }
    }
  }
})
