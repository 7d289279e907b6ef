// Requests that mean harm: nesting and numbers without end, expressions that never close, names of the prototype. Each is
// answered with an error of the service, within little processor time, and the server goes on.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { openServer, REGION, type TestServer } from '../conformance/server-kit.ts'
import { signedRequest } from '../conformance/signed-request.ts'

const TableName = 'hostile'
/** Of the process, client included. Now and then a request pays for the garbage of others: then it is asked again. */
const CPU_MS_MAX = 100
const TRIES = 3

let server: TestServer
let client: DynamoDBClient

before(async () => {
  server = await openServer()
  client = new DynamoDBClient(server.sdk)
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  )
})

after(async () => {
  client.destroy()
  await server[Symbol.asyncDispose]()
})

/** Sends a body as it is; answers the status and what the service says. */
async function send(operation: string, body: string): Promise<{ status: number; says: string; cpuMs: number }> {
  const before = process.cpuUsage()
  const { status, text } = await signedRequest(
    server,
    {
      service: 'dynamodb',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body,
    },
    REGION,
  )
  const used = process.cpuUsage(before)
  const answer = JSON.parse(text) as { __type?: string; message?: string; Message?: string }
  const code = answer.__type?.split('#').at(-1) ?? 'fine'
  return { status, says: `${code}: ${answer.message ?? answer.Message ?? ''}`, cpuMs: (used.user + used.system) / 1000 }
}

const put = (value: string): string => `{"TableName":"${TableName}","Item":{"id":{"S":"a"},"v":${value}}}`
const condition = (text: string): string =>
  JSON.stringify({
    TableName,
    Item: { id: { S: 'a' } },
    ConditionExpression: text,
    ExpressionAttributeValues: { ':a': { S: 'x' } },
  })
const nested = (levels: number): string => `${'{"L":['.repeat(levels)}{"S":"x"}${']}'.repeat(levels)}`

const NESTING = /^ValidationException: Nesting Levels have exceeded supported limits/

const CASES: readonly (readonly [what: string, operation: string, body: string, says: RegExp])[] = [
  ['brackets without end', 'PutItem', '['.repeat(100_000), /^SerializationException: /],
  ['lists 10,000 deep', 'PutItem', put(nested(10_000)), /^SerializationException: Nesting is too deep/],
  ['lists 33 deep', 'PutItem', put(nested(32)), NESTING],
  ['maps 40 deep', 'PutItem', put(`${'{"M":{"a":'.repeat(40)}{"S":"x"}${'}}'.repeat(40)}`), NESTING],
  [
    'a number of a million digits',
    'PutItem',
    put(`{"N":"${'9'.repeat(1_000_000)}"}`),
    /^ValidationException: The parameter cannot be converted to a numeric value: 9/,
  ],
  [
    'a huge exponent',
    'PutItem',
    put('{"N":"1e999999999999999999999"}'),
    /^ValidationException: The parameter cannot be converted/,
  ],
  ['a large exponent', 'PutItem', put('{"N":"1e400"}'), /^ValidationException: Number overflow/],
  [
    'a set of 50,000 equal members',
    'PutItem',
    put(`{"SS":[${Array.from({ length: 50_000 }, () => '"a"').join()}]}`),
    /^ValidationException: .* contains duplicates/,
  ],
  [
    'an item over 400 KB',
    'PutItem',
    put(`{"S":"${'x'.repeat(410_000)}"}`),
    /^ValidationException: Item size has exceeded the maximum allowed size/,
  ],
  ['half a surrogate pair', 'PutItem', put('{"S":"\\ud800"}'), /^ValidationException: .*Unicode/],
  ['a member of no type', 'PutItem', put('{"X":"1"}'), /^ValidationException: Supplied AttributeValue is empty/],
  ['a value that is a list', 'PutItem', put('[]'), /^SerializationException: /],
  [
    'a key of 10,000 bytes',
    'GetItem',
    `{"TableName":"${TableName}","Key":{"id":{"S":"${'k'.repeat(10_000)}"}}}`,
    /^ValidationException: .*Size of hashkey has exceeded/,
  ],
  [
    'parentheses without end',
    'PutItem',
    condition('('.repeat(100_000)),
    /^ValidationException: Invalid ConditionExpression: Expression size has exceeded/,
  ],
  ['4,000 parentheses', 'PutItem', condition('('.repeat(4000)), /^ValidationException: Invalid ConditionExpression: /],
  [
    'a thousand NOTs',
    'PutItem',
    condition(`${'NOT '.repeat(1000)}id = :a`),
    /^ValidationException: Invalid ConditionExpression: The expression contains too many operators/,
  ],
  ['calls in calls', 'PutItem', condition('size('.repeat(800)), /^ValidationException: Invalid ConditionExpression: /],
  [
    'a path of 2,000 elements',
    'PutItem',
    condition(`a${'.a'.repeat(2000)} = :a`),
    /^ValidationException: Invalid ConditionExpression: /,
  ],
  [
    'a statement of parentheses',
    'ExecuteStatement',
    JSON.stringify({ Statement: `SELECT * FROM a WHERE ${'('.repeat(8000)}` }),
    /^ValidationException: Statement wasn't well formed/,
  ],
  [
    'a statement of lists',
    'ExecuteStatement',
    JSON.stringify({ Statement: `INSERT INTO a VALUE {'b': ${'['.repeat(8000)}}` }),
    /^ValidationException: Statement wasn't well formed/,
  ],
]

for (const [what, operation, body, says] of CASES)
  test(`${what} is refused`, async () => {
    const answer = await send(operation, body)
    assert.equal(answer.status, 400)
    assert.match(answer.says.slice(0, 2000), says)
    let { cpuMs } = answer
    for (let tries = 1; tries < TRIES && cpuMs >= CPU_MS_MAX; tries++) cpuMs = (await send(operation, body)).cpuMs
    assert.ok(cpuMs < CPU_MS_MAX, `${cpuMs} ms`)
  })

test('names of the prototype are names like others, and nothing is polluted', async () => {
  const item =
    '{"id":{"S":"proto"},"__proto__":{"S":"own"},"constructor":{"M":{"prototype":{"S":"x"},"__proto__":{"N":"1"}}}}'
  assert.equal((await send('PutItem', `{"TableName":"${TableName}","Item":${item}}`)).status, 200)
  const { text } = await signedRequest(
    server,
    {
      service: 'dynamodb',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.UpdateItem' },
      body: `{"TableName":"${TableName}","Key":{"id":{"S":"proto"}},"UpdateExpression":"SET #p = :v, constructor2 = #c.#p","ExpressionAttributeNames":{"#p":"__proto__","#c":"constructor"},"ExpressionAttributeValues":{":v":{"S":"changed"}},"ReturnValues":"ALL_NEW"}`,
    },
    REGION,
  )
  assert.match(text, /"__proto__":\{"S":"changed"\}/)
  assert.match(text, /"constructor2":\{"N":"1"\}/)
  assert.equal(Object.hasOwn(Object.prototype, 'S'), false)
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'proto' } } }))
  assert.deepEqual(Item?.['id'], { S: 'proto' })
})
