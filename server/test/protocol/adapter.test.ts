// The protocol adapter with vectors of each protocol and trait. What the vectors state is what public protocol suites
// state; the cases are our own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import { decodeEvent } from '#protocol/codec/event-frame.ts'
import { ask, base64, bodyText, modelOf } from './adapter-process.ts'

interface ReadCase {
  readonly what: string
  readonly model: object
  readonly request: { method?: string; uri?: string; headers?: object; body?: string | Uint8Array }
  readonly params: unknown
}

interface WriteCase {
  readonly what: string
  readonly model: object
  readonly result?: unknown
  readonly error?: object
  readonly check: (answer: { status: number; headers: Readonly<Record<string, string>>; body: string }) => void
}

const input = { shape: 'In' }
const output = { shape: 'Out' }
const json = { protocol: 'json', targetPrefix: 'com.amazonaws.foo', jsonVersion: '1.1' }
const restJson = { protocol: 'rest-json' }
const restXml = { protocol: 'rest-xml', xmlNamespace: 'https://example.com/' }
const query = { protocol: 'query', apiVersion: '2014-01-01' }
const cbor = { protocol: 'smithy-rpc-v2-cbor', targetPrefix: 'Foo' }

function structure(members: object, more: object = {}): object {
  return { type: 'structure', members, ...more }
}
const STRINGS = { type: 'list', member: { shape: 'string' } }

const reads: readonly ReadCase[] = [
  {
    what: 'json: simple, blob, timestamps, nulls in lists, NaN',
    model: modelOf(
      json,
      {
        In: structure({
          Name: { shape: 'string' },
          Bytes: { shape: 'blob' },
          At: { shape: 'timestamp' },
          Iso: { shape: 'timestamp', timestampFormat: 'iso8601' },
          Rfc: { shape: 'timestamp', timestampFormat: 'rfc822' },
          Big: { shape: 'double' },
          List: { shape: 'Strings' },
        }),
        Strings: STRINGS,
      },
      { input },
    ),
    request: {
      body: '{"Name":"a","Bytes":"aGkh","At":1422172800.5,"Iso":"2015-01-25T08:00:00Z","Rfc":"Sun, 25 Jan 2015 08:00:00 GMT","Big":"-Infinity","List":["x",null],"Unknown":{"a":[1]}}',
    },
    params: {
      Name: 'a',
      Bytes: 'aGkh',
      At: 1422172800.5,
      Iso: 1422172800,
      Rfc: 1422172800,
      Big: '-Infinity',
      List: ['x', null],
    },
  },
  {
    what: 'json: recursive structures, maps of lists, locationName',
    model: modelOf(
      json,
      {
        In: structure({ Tree: { shape: 'Tree' }, Renamed: { shape: 'string', locationName: 'wire' } }),
        Tree: structure({ Leaf: { shape: 'string' }, Next: { shape: 'Tree' }, Map: { shape: 'Map' } }),
        Map: { type: 'map', key: { shape: 'string' }, value: { shape: 'Trees' } },
        Trees: { type: 'list', member: { shape: 'Tree' } },
      },
      { input },
    ),
    request: { body: '{"Tree":{"Next":{"Next":{"Leaf":"x"}},"Map":{"k":[{"Leaf":"y"}]}},"wire":"z"}' },
    params: { Tree: { Next: { Next: { Leaf: 'x' } }, Map: { k: [{ Leaf: 'y' }] } }, Renamed: 'z' },
  },
  {
    what: 'rest-json: labels by location name, greedy labels, query lists, headers, body',
    model: modelOf(
      restJson,
      {
        In: structure({
          Bucket: { shape: 'string', location: 'uri', locationName: 'bucket' },
          Key: { shape: 'string', location: 'uri' },
          Items: { shape: 'Strings', location: 'querystring', locationName: 'item' },
          Flag: { shape: 'boolean', location: 'querystring', locationName: 'flag' },
          When: { shape: 'timestamp', location: 'header', locationName: 'x-when' },
          Parts: { shape: 'Strings', location: 'header', locationName: 'X-Parts' },
          Meta: { shape: 'Map', location: 'headers', locationName: 'x-meta-' },
          Count: { shape: 'integer', locationName: 'count' },
        }),
        Strings: STRINGS,
        Map: { type: 'map', key: { shape: 'string' }, value: { shape: 'string' } },
      },
      { http: { method: 'PUT', requestUri: '/2014/{bucket}/{Key+}' }, input },
    ),
    request: {
      method: 'PUT',
      uri: '/2014/my%20bucket/a/b%2Fc?item=1&item=2%203&flag=true',
      headers: { 'X-When': 'Sun, 25 Jan 2015 08:00:00 GMT', 'x-parts': 'a, "b, c", d', 'X-Meta-Foo': 'bar' },
      body: '{"count":3}',
    },
    params: {
      Bucket: 'my bucket',
      Key: 'a/b/c',
      Items: ['1', '2 3'],
      Flag: true,
      When: 1422172800,
      Parts: ['a', 'b, c', 'd'],
      Meta: { Foo: 'bar' },
      Count: 3,
    },
  },
  {
    what: 'rest-json: query maps take all parameters, lists of values too',
    model: modelOf(
      restJson,
      {
        In: structure({
          Id: { shape: 'string', location: 'querystring' },
          Rest: { shape: 'Map', location: 'querystring' },
        }),
        Strings: STRINGS,
        Map: { type: 'map', key: { shape: 'string' }, value: { shape: 'Strings' } },
      },
      { http: { method: 'GET', requestUri: '/path?fixed' }, input },
    ),
    request: { method: 'GET', uri: '/path?fixed&Id=1&foo=a&foo=b&bar=c' },
    params: { Id: '1', Rest: { Id: ['1'], foo: ['a', 'b'], bar: ['c'] } },
  },
  {
    what: 'rest-json: jsonvalue in a header, text in a body',
    model: modelOf(
      restJson,
      {
        In: structure({
          Header: { shape: 'string', location: 'header', locationName: 'X-Json', jsonvalue: true },
          Body: { shape: 'string', jsonvalue: true },
          List: { shape: 'JsonList' },
        }),
        JsonList: { type: 'list', member: { shape: 'string', jsonvalue: true } },
      },
      { http: { method: 'POST', requestUri: '/' }, input },
    ),
    request: {
      headers: { 'X-Json': base64('{"a":[1]}') },
      body: String.raw`{"Body":"{\"b\":2}","List":["[3]"]}`,
    },
    params: { Header: { a: [1] }, Body: '{"b":2}', List: ['[3]'] },
  },
  {
    what: 'rest-json: blob payload named at the operation',
    model: modelOf(
      restJson,
      { In: structure({ Data: { shape: 'blob' } }) },
      { http: { method: 'POST', requestUri: '/' }, input: { shape: 'In', payload: 'Data' } },
    ),
    request: { body: Uint8Array.of(0, 255, 10) },
    params: { Data: 'AP8K' },
  },
  {
    what: 'rest-xml: attributes, namespaces, flattened and renamed lists, maps',
    model: modelOf(
      restXml,
      {
        In: structure({
          Grant: { shape: 'Grant', xmlNamespace: { prefix: 'xsi', uri: 'http://www.w3.org/2001/XMLSchema-instance' } },
          Flat: { shape: 'FlatStrings', locationName: 'item' },
          Wrapped: { shape: 'NamedStrings', locationName: 'Alternate' },
          Map: { shape: 'Map' },
          FlatMap: { shape: 'Map', flattened: true },
          At: { shape: 'timestamp' },
        }),
        Grant: structure({
          Type: { shape: 'string', xmlAttribute: true, locationName: 'xsi:type' },
          Mail: { shape: 'string' },
        }),
        FlatStrings: { ...STRINGS, flattened: true },
        NamedStrings: { type: 'list', member: { shape: 'string', locationName: 'NotMember' } },
        Map: {
          type: 'map',
          key: { shape: 'string', locationName: 'foo' },
          value: { shape: 'string', locationName: 'bar' },
        },
      },
      {
        http: { method: 'POST', requestUri: '/2014-01-01/hostedzone' },
        input: { shape: 'In', locationName: 'Request' },
      },
    ),
    request: {
      uri: '/2014-01-01/hostedzone',
      body: `<Request xmlns="https://foo/"><Grant xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="a>b"><Mail>x@y</Mail></Grant><item>one</item><Alternate><NotMember>two</NotMember></Alternate><item>three</item><Map><entry><foo>k</foo><bar>v</bar></entry></Map><FlatMap><foo>a</foo><bar>1</bar></FlatMap><FlatMap><foo>b</foo><bar>2</bar></FlatMap><At>2015-01-25T08:00:00Z</At></Request>`,
    },
    params: {
      Grant: { Type: 'a>b', Mail: 'x@y' },
      Flat: ['one', 'three'],
      Wrapped: ['two'],
      Map: { k: 'v' },
      FlatMap: { a: '1', b: '2' },
      At: 1422172800,
    },
  },
  {
    what: 'rest-xml: structure as payload',
    model: modelOf(
      restXml,
      {
        In: structure(
          {
            Header: { shape: 'string', location: 'header', locationName: 'x-h' },
            Body: { shape: 'Body', locationName: 'Foo' },
          },
          { payload: 'Body' },
        ),
        Body: structure({ Baz: { shape: 'string', locationName: 'baz' } }),
      },
      { http: { method: 'POST', requestUri: '/' }, input },
    ),
    request: { headers: { 'X-H': 'h' }, body: '<Foo><baz>bar</baz></Foo>' },
    params: { Header: 'h', Body: { Baz: 'bar' } },
  },
  {
    what: 'query: lists, flattened lists by any of their names, maps, empty lists, nested structures',
    model: modelOf(
      query,
      {
        In: structure({
          List: { shape: 'Strings' },
          Named: { shape: 'NamedStrings' },
          Flat: { shape: 'FlatNamed' },
          FlatOwn: { shape: 'FlatNamed', locationName: 'Own' },
          Empty: { shape: 'Strings' },
          Map: { shape: 'Map' },
          FlatMap: { shape: 'Map', flattened: true, locationName: 'Attribute' },
          Sub: { shape: 'Sub' },
          At: { shape: 'timestamp' },
          Bytes: { shape: 'blob' },
        }),
        Strings: STRINGS,
        NamedStrings: { type: 'list', member: { shape: 'string', locationName: 'item' } },
        FlatNamed: { type: 'list', flattened: true, member: { shape: 'string', locationName: 'ListArgLocation' } },
        Map: {
          type: 'map',
          key: { shape: 'string', locationName: 'Name' },
          value: { shape: 'string', locationName: 'Value' },
        },
        Sub: structure({ Leaf: { shape: 'string' }, Next: { shape: 'Sub' } }),
      },
      { input },
    ),
    request: {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=Op&Version=2014-01-01&List.member.2=b&List.member.1=a&List.member.10=c&Named.item.1=n&ListArgLocation.1=f&Own.1=o&Empty=&Map.entry.1.Name=k&Map.entry.1.Value=v&Attribute.1.Name=x&Attribute.1.Value=y+z&Sub.Next.Leaf=%C3%A4&At=2015-01-25T08%3A00%3A00Z&Bytes=Zm9v',
    },
    params: {
      List: ['a', 'b', 'c'],
      Named: ['n'],
      Flat: ['f'],
      FlatOwn: ['o'],
      Empty: [],
      Map: { k: 'v' },
      FlatMap: { x: 'y z' },
      Sub: { Next: { Leaf: 'ä' } },
      At: 1422172800,
      Bytes: 'Zm9v',
    },
  },
  {
    what: 'cbor: integers, floats, tagged times, bytes, indefinite items',
    model: modelOf(
      cbor,
      {
        In: structure({
          Int: { shape: 'long' },
          Float: { shape: 'double' },
          NotANumber: { shape: 'double' },
          Bytes: { shape: 'blob' },
          At: { shape: 'timestamp' },
          List: { shape: 'Strings' },
          Flag: { shape: 'boolean' },
        }),
        Strings: STRINGS,
      },
      { input },
    ),
    request: {
      headers: { 'smithy-protocol': 'rpc-v2-cbor' },
      body: Buffer.from(
        'bf63496e743903e765466c6f6174f93e006a4e6f7441' +
          '4e756d626572f97e00654279746573' +
          '5f4101420203ff624174c1fb41d5313d02000000' +
          '644c6973749f61617f6162' +
          '6163ffff64466c6167f5ff',
        'hex',
      ),
    },
    params: {
      Int: -1000,
      Float: 1.5,
      NotANumber: 'NaN',
      Bytes: 'AQID',
      At: 1422193672,
      List: ['a', 'bc'],
      Flag: true,
    },
  },
]

const writes: readonly WriteCase[] = [
  {
    what: 'json: unit output is an empty object',
    model: modelOf(json, {}),
    check: ({ status, headers, body }) => {
      assert.deepEqual([status, headers['content-type'], body], [200, 'application/x-amz-json-1.1', '{}'])
    },
  },
  {
    what: 'json: values of all kinds',
    model: modelOf(
      json,
      {
        Out: structure({
          Bytes: { shape: 'blob' },
          At: { shape: 'timestamp' },
          Rfc: { shape: 'timestamp', timestampFormat: 'rfc822' },
          Nan: { shape: 'double' },
          List: { shape: 'Strings' },
          Doc: { shape: 'Doc' },
        }),
        Doc: structure({}, { document: true }),
        Strings: STRINGS,
      },
      { output },
    ),
    result: { Bytes: 'aGkh', At: 1.25, Rfc: 1422172800.25, Nan: 'NaN', List: ['a', null], Doc: { any: [1, null] } },
    check: ({ body }) =>
      assert.deepEqual(JSON.parse(body), {
        Bytes: 'aGkh',
        At: 1.25,
        Rfc: 'Sun, 25 Jan 2015 08:00:00.250 GMT',
        Nan: 'NaN',
        List: ['a', null],
        Doc: { any: [1, null] },
      }),
  },
  {
    what: 'json: modelled error with its fields',
    model: modelOf(
      json,
      { Broken: structure({ BodyMember: { shape: 'string' }, Message: { shape: 'string' } }, { exception: true }) },
      { errors: [{ shape: 'Broken' }] },
    ),
    error: { code: 'Broken', shape: 'Broken', message: 'no', fields: { BodyMember: 'x' } },
    check: ({ status, body }) => {
      assert.equal(status, 400)
      assert.deepEqual(JSON.parse(body), { __type: 'Broken', BodyMember: 'x', Message: 'no' })
    },
  },
  {
    what: 'json: an error that the model does not have',
    model: modelOf(json, {}),
    error: { code: 'Whatever', message: 'm' },
    check: ({ body }) => assert.deepEqual(JSON.parse(body), { __type: 'Whatever', message: 'm' }),
  },
  {
    what: 'json: event stream with its initial response',
    model: modelOf(
      json,
      {
        Out: structure({ Payload: { shape: 'Stream' }, Initial: { shape: 'string' } }),
        Stream: structure({ A: { shape: 'A' }, B: { shape: 'B' } }, { eventstream: true }),
        A: structure({ Payload: { shape: 'blob', eventpayload: true } }, { event: true }),
        B: structure(
          { Details: { shape: 'Details', eventpayload: true }, Head: { shape: 'string', eventheader: true } },
          { event: true },
        ),
        Details: structure({ Text: { shape: 'string' } }),
      },
      { output },
    ),
    result: { Initial: 'x', Payload: [{ A: { Payload: 'Ynl0ZXM=' } }, { B: { Details: { Text: 't' }, Head: 'h' } }] },
    check: ({ headers, body }) => {
      assert.equal(headers['content-type'], 'application/vnd.amazon.eventstream')
      const frames: unknown[] = []
      let rest = Buffer.from(body, 'latin1')
      while (rest.length > 0) {
        const frame = decodeEvent(rest.subarray(0, rest.readUInt32BE(0)))
        frames.push([frame.headers.get(':event-type')?.value, Buffer.from(frame.payload).toString()])
        rest = rest.subarray(rest.readUInt32BE(0))
      }
      assert.deepEqual(frames, [
        ['initial-response', '{"Initial":"x"}'],
        ['A', 'bytes'],
        ['B', '{"Text":"t"}'],
      ])
    },
  },
  {
    what: 'rest-json: status code, headers, jsonvalue, payload',
    model: modelOf(
      restJson,
      {
        Out: structure({
          Status: { shape: 'integer', location: 'statusCode' },
          Header: { shape: 'string', location: 'header', locationName: 'X-Foo' },
          List: { shape: 'Strings', location: 'header', locationName: 'X-List' },
          Json: { shape: 'string', location: 'header', locationName: 'X-Json', jsonvalue: true },
          Meta: { shape: 'Map', location: 'headers', locationName: 'X-Meta-' },
          Name: { shape: 'string', locationName: 'wire' },
        }),
        Strings: STRINGS,
        Map: { type: 'map', key: { shape: 'string' }, value: { shape: 'string' } },
      },
      { http: { method: 'GET', requestUri: '/' }, output },
    ),
    result: { Status: 201, Header: 'h', List: ['a', 'b,c'], Json: { a: 1 }, Meta: { Foo: 'bar' }, Name: 'n' },
    check: ({ status, headers, body }) => {
      assert.equal(status, 201)
      assert.equal(headers['x-foo'], 'h')
      assert.equal(headers['x-list'], 'a, "b,c"')
      assert.equal(headers['x-json'], base64('{"a":1}'))
      assert.equal(headers['x-meta-Foo'], 'bar')
      assert.deepEqual(JSON.parse(body), { wire: 'n' })
    },
  },
  {
    what: 'rest-json: error with members in header and body',
    model: modelOf(
      restJson,
      {
        Broken: structure(
          {
            Header: { shape: 'string', location: 'header', locationName: 'X-Error' },
            Body: { shape: 'string' },
            Message: { shape: 'string' },
          },
          { exception: true, error: { httpStatusCode: 404 } },
        ),
      },
      { http: { method: 'GET', requestUri: '/' }, errors: [{ shape: 'Broken' }] },
    ),
    error: { code: 'Broken', shape: 'Broken', message: 'm', fields: { Header: 'h', Body: 'b' } },
    check: ({ status, headers, body }) => {
      assert.equal(status, 404)
      assert.equal(headers['x-amzn-errortype'], 'Broken')
      assert.equal(headers['x-error'], 'h')
      assert.deepEqual(JSON.parse(body), { Body: 'b', Message: 'm' })
    },
  },
  {
    what: 'rest-xml: body with namespace, lists, maps, times',
    model: modelOf(
      restXml,
      {
        Out: structure({
          Str: { shape: 'string' },
          Num: { shape: 'integer', locationName: 'FooNum' },
          At: { shape: 'timestamp' },
          Bytes: { shape: 'blob' },
          List: { shape: 'NamedStrings' },
          Flat: { shape: 'Strings', flattened: true },
          Map: { shape: 'Map' },
          FlatMap: { shape: 'Map', flattened: true },
        }),
        Strings: STRINGS,
        NamedStrings: { type: 'list', member: { shape: 'string', locationName: 'item' } },
        Map: { type: 'map', key: { shape: 'string' }, value: { shape: 'string' } },
      },
      { http: { method: 'GET', requestUri: '/' }, output },
    ),
    result: {
      Str: 'a<b & \r',
      Num: 5,
      At: 1422172800,
      Bytes: 'aGkh',
      List: ['x'],
      Flat: ['y', 'z'],
      Map: { k: 'v' },
      FlatMap: { a: 'b' },
    },
    check: ({ headers, body }) => {
      assert.equal(headers['content-type'], 'application/xml')
      assert.equal(
        body.replace(/^<\?xml[^>]*>\n/, ''),
        '<Out xmlns="https://example.com/"><Str>a&lt;b &amp; &#xD;</Str><FooNum>5</FooNum><At>2015-01-25T08:00:00Z</At>' +
          '<Bytes>aGkh</Bytes><List><item>x</item></List><Flat>y</Flat><Flat>z</Flat>' +
          '<Map><entry><key>k</key><value>v</value></entry></Map><FlatMap><key>a</key><value>b</value></FlatMap></Out>',
      )
    },
  },
  {
    what: 'rest-xml: streaming payload with a header',
    model: modelOf(
      restXml,
      {
        Out: structure(
          { Body: { shape: 'Stream' }, Header: { shape: 'string', location: 'header', locationName: 'x-h' } },
          { payload: 'Body' },
        ),
        Stream: { type: 'blob', streaming: true },
      },
      { http: { method: 'GET', requestUri: '/' }, output },
    ),
    result: { Body: base64('content'), Header: 'h' },
    check: ({ headers, body }) => assert.deepEqual([headers['x-h'], body], ['h', 'content']),
  },
  {
    what: 'query: wrapper named at the shape, flattened list named by its elements',
    model: modelOf(
      query,
      {
        Out: structure({ List: { shape: 'Flat' }, Num: { shape: 'integer' } }, { resultWrapper: 'Wrapper' }),
        Flat: { type: 'list', flattened: true, member: { shape: 'string', locationName: 'NamedList' } },
      },
      { output },
    ),
    result: { List: ['a', 'b'], Num: 1 },
    check: ({ body }) =>
      assert.equal(
        body,
        '<OpResponse><Wrapper><NamedList>a</NamedList><NamedList>b</NamedList><Num>1</Num></Wrapper>' +
          '<ResponseMetadata><RequestId>request-id</RequestId></ResponseMetadata></OpResponse>',
      ),
  },
  {
    what: 'query: no wrapper where the model names none',
    model: modelOf(query, { Out: structure({ Str: { shape: 'string' } }) }, { output }),
    result: { Str: 'x' },
    check: ({ body }) => assert.match(body, /^<OpResponse><Str>x<\/Str><ResponseMetadata>/),
  },
  {
    what: 'query: an error with the code and status of its own',
    model: modelOf(
      query,
      {
        Broken: structure(
          { Field: { shape: 'string' }, message: { shape: 'string' } },
          { exception: true, error: { code: 'Custom', httpStatusCode: 402, senderFault: true } },
        ),
      },
      { errors: [{ shape: 'Broken' }] },
    ),
    error: { code: 'Custom', shape: 'Broken', message: 'Hi', fields: { Field: 'f' } },
    check: ({ status, body }) => {
      assert.equal(status, 402)
      assert.match(
        body,
        /<Error><Type>Sender<\/Type><Code>Custom<\/Code><Message>Hi<\/Message><Field>f<\/Field><\/Error>/,
      )
    },
  },
  {
    what: 'cbor: result and its headers',
    model: modelOf(
      cbor,
      { Out: structure({ Num: { shape: 'integer' }, Bytes: { shape: 'blob' }, Nan: { shape: 'double' } }) },
      { output },
    ),
    result: { Num: 300, Bytes: 'AQI=', Nan: 'NaN' },
    check: ({ headers, body }) => {
      assert.equal(headers['smithy-protocol'], 'rpc-v2-cbor')
      assert.equal(headers['content-type'], 'application/cbor')
      const expected = encodeCbor({ Num: 300, Bytes: Uint8Array.of(1, 2), Nan: NaN })
      assert.deepEqual(decodeCbor(Buffer.from(body, 'latin1')), decodeCbor(expected))
    },
  },
  {
    what: 'cbor: error',
    model: modelOf(
      cbor,
      { Broken: structure({ message: { shape: 'string' } }, { exception: true }) },
      { errors: [{ shape: 'Broken' }] },
    ),
    error: { code: 'Broken', shape: 'Broken', message: 'm' },
    check: ({ status, body }) => {
      assert.equal(status, 400)
      assert.deepEqual(decodeCbor(Buffer.from(body, 'latin1')), { __type: 'Broken', message: 'm' })
    },
  },
]

function protocolOf(model: object): unknown {
  return (model as { metadata: { protocol: string } }).metadata.protocol
}

test('requests become parameters, results and errors become responses', async (t) => {
  const lines = [
    ...reads.map(({ what, model, request }) =>
      JSON.stringify({
        id: what,
        do: 'read',
        protocol: protocolOf(model),
        model,
        operation: 'Op',
        request: { ...request, body64: Buffer.from(request.body ?? '').toString('base64') },
      }),
    ),
    ...writes.map(({ what, model, result, error }) =>
      JSON.stringify({ id: what, do: 'write', protocol: protocolOf(model), model, operation: 'Op', result, error }),
    ),
  ]
  const answers = await ask(lines)
  assert.equal(answers.length, lines.length)
  for (const [index, { what, params }] of reads.entries())
    await t.test(`read ${what}`, () => assert.deepEqual(answers[index], { id: what, params }))
  for (const [index, { what, check }] of writes.entries())
    await t.test(`write ${what}`, () => {
      const answer = answers[reads.length + index]
      assert.equal(answer?.error, undefined)
      const body = Buffer.from(answer?.body64 ?? '', 'base64')
      const isText = /json|xml|text/.test(answer?.headers?.['content-type'] ?? 'text')
      check({
        status: answer?.status ?? 0,
        headers: answer?.headers ?? {},
        body: body.toString(isText ? 'utf8' : 'latin1'),
      })
    })
})

test('what cannot be answered is answered with an error, in order', async () => {
  const model = modelOf(json, { In: structure({ A: { shape: 'string' } }) }, { input })
  const read = (id: number, body: string, more: object = {}): string =>
    JSON.stringify({
      id,
      do: 'read',
      protocol: 'json',
      model,
      operation: 'Op',
      request: { body64: base64(body) },
      ...more,
    })
  const answers = await ask([
    'no json',
    read(1, '{"A":'),
    read(2, '{}', { operation: 'Other' }),
    read(3, '{}', { protocol: 'ec2' }),
    read(4, '{}', {
      model: { metadata: {}, shapes: {}, operations: { Op: { name: 'Op', input: { shape: 'Gone' } } } },
    }),
    read(5, '{"A":1}'),
    JSON.stringify({ id: 6, do: 'sing' }),
    'null',
    read(7, '{"A":"fine"}'),
  ])
  assert.deepEqual(
    answers.map((answer) => [answer.id, typeof answer.error]),
    [
      [null, 'string'],
      [1, 'string'],
      [2, 'string'],
      [3, 'string'],
      [4, 'string'],
      [5, 'string'],
      [6, 'string'],
      [null, 'string'],
      [7, 'undefined'],
    ],
  )
  assert.deepEqual(answers.at(-1)?.params, { A: 'fine' })
  assert.match(bodyText(answers[0]), /^$/)
})
