// Malformed and hostile requests: each gives the service's own error with a 4xx status, in bounded time, and never an
// exception of another kind.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { describe, test } from 'node:test'
import { AwsError } from '#protocol/errors.ts'
import { serviceWire } from '#protocol/service-wire.ts'
import { serviceRow, type ServiceId } from '#protocol/services.ts'
import type { ProtocolId } from '#protocol/wire.ts'
import { jsonParts, readRequest, type RequestParts, wireRequest } from './wire-request.ts'

/** Generous for a busy machine; the aim is 100 ms of CPU. */
const TIME_MS_MAX = 1500

function refused(id: ServiceId, protocol: ProtocolId, parts: RequestParts, code: string, status = 400): AwsError {
  const startMs = performance.now()
  try {
    readRequest(id, protocol, parts)
  } catch (error) {
    assert.ok(error instanceof AwsError, `${String(error)} is no service error`)
    assert.deepEqual([error.code, error.status], [code, status])
    assert.ok(performance.now() - startMs < TIME_MS_MAX, `took ${performance.now() - startMs} ms`)
    return error
  }
  return assert.fail('was accepted')
}

const PUT_ITEM = 'DynamoDB_20120810.PutItem'

describe('JSON', () => {
  const cases: Readonly<Record<string, string | Buffer>> = {
    'no JSON': '{"TableName":',
    'two documents': '{}{}',
    'a number': '5',
    'an array': '[]',
    null: 'null',
    'not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
    'a byte order mark': '\ufeff{}',
    '100,000 open brackets': '['.repeat(100_000),
    '100,000 closed brackets': `{"Item":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    'nested 200 deep': `{"Item":{"a":${'{"M":{"a":'.repeat(200)}{"S":"x"}${'}}'.repeat(200)}}}`,
    'nested 100,000 deep': `{"Item":{"a":${'{"M":{"a":'.repeat(100_000)}{"S":"x"}${'}}'.repeat(100_000)}}}`,
    'a million keys': `{"Item":{${Array.from({ length: 1_000_000 }, (_none, index) => `"k${index}":1`).join(',')}}}`,
    'a number for a string': '{"TableName":5}',
    'a list for a map': '{"TableName":"t","Item":[]}',
    'invalid base64': '{"TableName":"t","Item":{"a":{"B":"!!!"}}}',
    'null in a list': '{"TableName":"t","Item":{"a":{"L":[null]}}}',
  }
  for (const [what, body] of Object.entries(cases))
    test(what, () => {
      refused('dynamodb', 'awsJson1_0', jsonParts(PUT_ITEM, body), 'SerializationException')
    })

  test('values of the wrong type are named as AWS names them', () => {
    const message = (body: string): string =>
      refused('dynamodb', 'awsJson1_0', jsonParts(PUT_ITEM, body), 'SerializationException').message
    assert.equal(message('{"TableName":5}'), 'NUMBER_VALUE cannot be converted to String')
    assert.equal(message('{"TableName":true}'), 'TRUE_VALUE cannot be converted to String')
    assert.equal(message('{"TableName":{}}'), 'Start of structure or map found where not expected.')
    assert.equal(message('{"TableName":[]}'), 'Start of list found where not expected')
  })

  test('__proto__ stays a key like any other', () => {
    const body =
      '{"TableName":"t","__proto__":{"polluted":1},"Item":{"__proto__":{"S":"x"},"constructor":{"B":"AA=="}}}'
    const { input } = readRequest('dynamodb', 'awsJson1_0', jsonParts(PUT_ITEM, body))
    const item = input['Item'] as object
    assert.deepEqual(Object.keys(item), ['__proto__', 'constructor'])
    assert.deepEqual(Object.getOwnPropertyDescriptor(item, '__proto__')?.value, { S: 'x' })
    assert.equal(Object.getPrototypeOf(input), Object.prototype)
    assert.equal((input as { polluted?: unknown }).polluted, undefined)
    const { body: out } = serviceWire('dynamodb').write('awsJson1_0', 'GetItem', { Item: item }, 'id')
    assert.equal(
      Buffer.from(out as Uint8Array).toString(),
      '{"Item":{"__proto__":{"S":"x"},"constructor":{"B":"AA=="}}}',
    )
  })

  test('two members of a union are one too many, except where DynamoDB says so itself', () => {
    const two = '{"TableName":"t","Item":{"a":{"S":"x","N":"1"}}}'
    assert.deepEqual(readRequest('dynamodb', 'awsJson1_0', jsonParts(PUT_ITEM, two)).input['Item'], {
      a: { S: 'x', N: '1' },
    })
    const parts: RequestParts = {
      method: 'POST',
      uri: '/2015-03-31/event-source-mappings',
      body: '{"FunctionName":5}',
    }
    refused('lambda', 'restJson1', parts, 'SerializationException')
  })

  test('Lambda has a code of its own for what is no JSON', () => {
    const error = refused(
      'lambda',
      'restJson1',
      { uri: '/2015-03-31/functions', body: '{' },
      'InvalidRequestContentException',
    )
    assert.match(error.message, /^Could not parse request body into json: /)
  })

  test('a compressed body is unpacked, a bomb is not', () => {
    const target = 'GraniteServiceVersion20100801.PutMetricData'
    const gzip = { 'content-encoding': 'gzip' }
    const fine = gzipSync('{"Namespace":"n"}')
    const { input } = readRequest('cloudwatch', 'awsJson1_0', jsonParts(target, fine, gzip))
    assert.deepEqual(input, { Namespace: 'n' })
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
    refused('cloudwatch', 'awsJson1_0', jsonParts(target, bomb, gzip), 'SerializationException')
    refused('cloudwatch', 'awsJson1_0', jsonParts(target, 'not gzip', gzip), 'SerializationException')
  })
})

describe('XML', () => {
  const deleteObjects = (body: string | Buffer): RequestParts => ({ uri: '/b?delete', body })
  const object = '<Object><Key>k</Key></Object>'
  const cases: Readonly<Record<string, string | Buffer>> = {
    'no XML': 'hello',
    'not closed': '<Delete><Object>',
    'closed twice': '<Delete></Delete></Delete>',
    'two roots': `<Delete>${object}</Delete><Delete/>`,
    'another root': `<Other>${object}</Other>`,
    'crossed tags': '<Delete><Object><Key>k</Object></Key></Delete>',
    'document type': `<!DOCTYPE x [<!ENTITY a "b">]><Delete>${object}</Delete>`,
    'document type inside': `<Delete><!DOCTYPE x>${object}</Delete>`,
    'unknown entity': '<Delete><Object><Key>&nbsp;</Key></Object></Delete>',
    'unfinished reference': '<Delete><Object><Key>a & b</Key></Object></Delete>',
    'reference to zero': '<Delete><Object><Key>&#0;</Key></Object></Delete>',
    'reference beyond Unicode': '<Delete><Object><Key>&#x110000;</Key></Object></Delete>',
    'reference to a surrogate': '<Delete><Object><Key>&#xD800;</Key></Object></Delete>',
    'reference without digits': '<Delete><Object><Key>&#x;</Key></Object></Delete>',
    'control character': '<Delete><Object><Key>\u0001</Key></Object></Delete>',
    'not UTF-8': Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]),
    'attribute twice': '<Delete a="1" a="2"/>',
    'attribute without quotes': '<Delete a=1/>',
    'bracket in an attribute': '<Delete a="<"/>',
    'comment with dashes': '<Delete><!-- a -- b --></Delete>',
    'late declaration': `<Delete><?xml version="1.0"?>${object}</Delete>`,
    '100,000 levels': '<a>'.repeat(100_000),
    '200 levels': `<Delete>${'<a>'.repeat(200)}${'</a>'.repeat(200)}</Delete>`,
    'a million elements': `<Delete>${'<a/>'.repeat(1_000_000)}</Delete>`,
    'a boolean that is none': `<Delete><Quiet>maybe</Quiet>${object}</Delete>`,
    'an element where text belongs': '<Delete><Object><Key><b/></Key></Object></Delete>',
    'a key without its value': '<Delete><Object><VersionId>v</VersionId></Object></Delete>',
  }
  for (const [what, body] of Object.entries(cases))
    test(what, () => {
      refused('s3', 'restXml', deleteObjects(body), 'MalformedXML')
    })

  test('an empty body where one must be', () => {
    refused('s3', 'restXml', deleteObjects(''), 'MissingRequestBodyError')
  })

  test('what XML allows is taken', () => {
    const body =
      '\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- > --><s3:Delete xmlns:s3="http://s3" note=\'a > b\'>' +
      '<s3:Object><s3:Key><![CDATA[<a>&]]>&amp;&#x41;\r\n</s3:Key></s3:Object><Unknown><Deep/></Unknown></s3:Delete >'
    assert.deepEqual(readRequest('s3', 'restXml', deleteObjects(body)).input['Delete'], {
      Objects: [{ Key: '<a>&&A\n' }],
    })
  })
})

describe('URIs and headers', () => {
  test('malformed percent escapes', () => {
    refused('s3', 'restXml', { method: 'GET', uri: '/b/%zz' }, 'InvalidURI')
    refused('s3', 'restXml', { method: 'GET', uri: '/b/%ff' }, 'InvalidURI')
    refused('s3', 'restXml', { method: 'GET', uri: '/b?prefix=%e' }, 'InvalidArgument')
    refused('lambda', 'restJson1', { method: 'GET', uri: '/2015-03-31/functions/%f' }, 'ValidationException')
  })
  test('numbers and times that are none', () => {
    refused('s3', 'restXml', { method: 'GET', uri: '/b?list-type=2&max-keys=many' }, 'InvalidArgument')
    const headers = { 'if-modified-since': 'yesterday' }
    refused('s3', 'restXml', { method: 'GET', uri: '/b/k', headers }, 'InvalidArgument')
    refused('lambda', 'restJson1', { method: 'GET', uri: '/2015-03-31/functions?MaxItems=x' }, 'ValidationException')
  })
  test('texts made to keep a pattern busy', () => {
    const header = (value: string): RequestParts => ({
      method: 'GET',
      uri: '/b/k?attributes',
      headers: { 'x-amz-object-attributes': value },
    })
    refused('s3', 'restXml', header(`a${' '.repeat(16_000)}"`), 'InvalidArgument')
    refused('s3', 'restXml', header(`"${'\\'.repeat(16_001)}`), 'InvalidArgument')
    refused('s3', 'restXml', header('"a" b, c'), 'InvalidArgument')
    const time = (text: string): RequestParts =>
      jsonParts('Kinesis_20131202.GetShardIterator', `{"Timestamp":"${text}"}`)
    refused('kinesis', 'awsJson1_1', time('T'.repeat(1_000_000)), 'SerializationException')
    refused('kinesis', 'awsJson1_1', time(' '.repeat(1_000_000)), 'SerializationException')
    refused('s3', 'restXml', { uri: '/b?delete', body: `<Delete${' '.repeat(1_000_000)}x` }, 'MalformedXML')
    refused('s3', 'restXml', { uri: '/b?delete', body: `<Delete ${'a'.repeat(1_000_000)}` }, 'MalformedXML')
    refused('s3', 'restXml', { uri: '/b?delete', body: `<Delete>${'&'.repeat(1_000_000)}</Delete>` }, 'MalformedXML')
  })
  test('too many parameters', () => {
    const uri = `/b?${'a=1&'.repeat(30_000)}`
    refused('s3', 'restXml', { method: 'GET', uri }, 'InvalidArgument')
  })
  test('unknown operations', () => {
    refused('s3', 'restXml', { method: 'PATCH', uri: '/b/k' }, 'MethodNotAllowed', 405)
    refused('lambda', 'restJson1', { method: 'GET', uri: '/2015-03-31/nothing' }, 'UnknownOperationException', 404)
    refused('lambda', 'restJson1', { method: 'GET', uri: `/${'a/'.repeat(100_000)}` }, 'UnknownOperationException', 404)
    refused('dynamodb', 'awsJson1_0', jsonParts('DynamoDB_20120810.Nothing', '{}'), 'UnknownOperationException')
    refused('dynamodb', 'awsJson1_0', jsonParts('', '{}'), 'UnknownOperationException')
    refused('dynamodb', 'awsJson1_0', jsonParts('DynamoDB_20120810.constructor', '{}'), 'UnknownOperationException')
    refused('iam', 'awsQuery', { body: 'Action=Nothing&Version=2010-05-08' }, 'InvalidAction')
    refused('iam', 'awsQuery', { body: 'Version=2010-05-08' }, 'MissingAction')
    refused(
      'cloudwatch',
      'rpcv2Cbor',
      { uri: '/service/GraniteServiceVersion20100801/operation/No' },
      'UnknownOperationException',
    )
  })
})

describe('forms', () => {
  const iam = (rest: string): RequestParts => ({ body: `Action=ListUsers&Version=2010-05-08&${rest}` })
  test('malformed', () => {
    refused('iam', 'awsQuery', iam('Marker=%zz'), 'MalformedQueryString')
    refused('iam', 'awsQuery', { body: 'Action=%zz' }, 'MalformedQueryString')
    refused('iam', 'awsQuery', iam('a=1&'.repeat(30_000)), 'MalformedQueryString')
    refused('iam', 'awsQuery', iam(`${'a.'.repeat(100_000)}=1`), 'MalformedQueryString')
    refused('iam', 'awsQuery', iam('MaxItems=many'), 'MalformedInput')
    const attributes = (rest: string): RequestParts => ({ body: `Action=CreateQueue&QueueName=q&${rest}` })
    refused('sqs', 'awsQuery', attributes('Attribute.x.Name=a&Attribute.x.Value=b'), 'InvalidParameterValue')
    refused('sqs', 'awsQuery', attributes('Attribute.1.Name=a'), 'InvalidParameterValue')
  })
  test('a list position of a billion costs one element', () => {
    const parts = {
      body: 'Action=SimulateCustomPolicy&ActionNames.member.999999999=b&PolicyInputList.member.1=x&ActionNames.member.1=a',
    }
    assert.deepEqual(readRequest('iam', 'awsQuery', parts).input['ActionNames'], ['a', 'b'])
  })
  test('__proto__ as a map key', () => {
    const parts = { body: 'Action=CreateQueue&QueueName=q&Attribute.1.Name=__proto__&Attribute.1.Value=x' }
    const attributes = readRequest('sqs', 'awsQuery', parts).input['Attributes'] as object
    assert.deepEqual(Object.entries(attributes), [['__proto__', 'x']])
    assert.equal(Object.getPrototypeOf(attributes), Object.prototype)
  })
})

describe('CBOR', () => {
  const parts = (hex: string | Buffer): RequestParts => ({
    uri: '/service/GraniteServiceVersion20100801/operation/PutMetricData',
    body: typeof hex === 'string' ? Buffer.from(hex, 'hex') : hex,
  })
  const cases: Readonly<Record<string, string | Buffer>> = {
    'ends early': 'a1',
    'a length of 2^32': '9affffffff',
    'a length of 2^64': '9bffffffffffffffff',
    'text of 2^32': '7affffffff61',
    'data after the end': 'a000',
    'reserved additional information': 'fc',
    'break without a beginning': 'ff',
    'a key that is a number': 'a10101',
    'text that is not UTF-8': 'a161ff01',
    'chunks of another type': '5f6161ff',
    'nested 100,000 deep': Buffer.concat([Buffer.alloc(100_000, 0x81), Buffer.from('00', 'hex')]),
    'tags 100,000 deep': Buffer.concat([Buffer.alloc(100_000, 0xc1), Buffer.from('00', 'hex')]),
    'indefinite arrays 100,000 deep': Buffer.alloc(100_000, 0x9f),
    'a big number of 600 bytes': Buffer.concat([Buffer.from('c2590258', 'hex'), Buffer.alloc(600, 1)]),
    'a number for a string': 'a1694e616d65737061636501',
    'a list for a structure': '80',
    'a million keys': Buffer.concat([
      Buffer.from('ba000f4240', 'hex'),
      ...Array.from({ length: 1_000_000 }, (_none, index) =>
        Buffer.from(`\u0067${String(index).padStart(7, '0')}\u0001`),
      ),
    ]),
  }
  for (const [what, body] of Object.entries(cases))
    test(what, () => {
      refused('cloudwatch', 'rpcv2Cbor', parts(body), 'SerializationException')
    })
})

test('random bytes never give anything but a service error', () => {
  const seed = Date.now() % 1_000_000
  let state = seed
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x7fffffff
  const targets: readonly (readonly [ServiceId, ProtocolId, (body: Buffer) => RequestParts])[] = [
    ['dynamodb', 'awsJson1_0', (body) => jsonParts(PUT_ITEM, body)],
    ['s3', 'restXml', (body) => ({ uri: '/b?delete', body })],
    ['lambda', 'restJson1', (body) => ({ uri: '/2015-03-31/functions', body })],
    ['iam', 'awsQuery', (body) => ({ body: Buffer.concat([Buffer.from('Action=CreateRole&'), body]) })],
    ['cloudwatch', 'rpcv2Cbor', (body) => ({ uri: '/service/x/operation/PutMetricData', body })],
  ]
  const alphabet = Buffer.from('{}[]":,0123456789.eE+-truefalsnull<>/=&;#x!?.%_AKeyObjct \n\\\u0000')
  for (let round = 0; round < 4000; round++)
    for (const [id, protocol, parts] of targets) {
      const body = Buffer.from(
        Array.from({ length: Math.floor(random() * 60) }, () =>
          random() < 0.8 ? (alphabet[Math.floor(random() * alphabet.length)] ?? 0) : Math.floor(random() * 256),
        ),
      )
      try {
        readRequest(id, protocol, parts(body))
      } catch (error) {
        if (error instanceof AwsError && error.status < 500) continue
        throw new Error(`seed ${seed}: ${id} ${body.toString('hex')}`, { cause: error })
      }
    }
})

test('every service answers an unknown operation in its own way', () => {
  for (const id of ['sqs', 'sns', 'lambda', 's3', 'kms', 'iot', 'cloudformation'] as const) {
    const row = serviceRow(id)
    const protocol = row.rest ?? row.json ?? 'awsQuery'
    const request = wireRequest({ method: 'DELETE', uri: '/no/such/thing', headers: { 'x-amz-target': 'x.y' } })
    const wire = serviceWire(id)
    if (id === 's3') continue
    assert.throws(() => wire.route(protocol, request, Buffer.from('Action=No')), AwsError)
  }
})
