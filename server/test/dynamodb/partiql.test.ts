// PartiQL through the SDK and boto3, against a server as users start it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  BatchExecuteStatementCommand,
  CreateTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  TransactionCanceledException,
  type AttributeValue,
  type ExecuteStatementCommandInput,
  type ExecuteStatementCommandOutput,
} from '@aws-sdk/client-dynamodb'
import { boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer
let client: DynamoDBClient

before(async () => {
  server = await openServer()
  client = new DynamoDBClient(server.sdk)
  await client.send(
    new CreateTableCommand({
      TableName: 'Music',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'Artist', AttributeType: 'S' },
        { AttributeName: 'Year', AttributeType: 'N' },
        { AttributeName: 'Genre', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'Artist', KeyType: 'HASH' },
        { AttributeName: 'Year', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'ByGenre',
          KeySchema: [
            { AttributeName: 'Genre', KeyType: 'HASH' },
            { AttributeName: 'Year', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  )
  for (let year = 1990; year < 2000; year++)
    for (const artist of ['Acme', 'Band'])
      await run(
        `INSERT INTO "Music" VALUE {'Artist': ?, 'Year': ${year}, 'Genre': '${year % 2 ? 'odd' : 'even'}', 'Awards': {'Gold': [${year}, 'x']}, 'Tags': <<'a', 'b'>>}`,
        [{ S: artist }],
      )
})

after(async () => {
  client.destroy()
  await server[Symbol.asyncDispose]()
})

function run(
  Statement: string,
  Parameters?: AttributeValue[],
  more: Partial<ExecuteStatementCommandInput> = {},
): Promise<ExecuteStatementCommandOutput> {
  return client.send(new ExecuteStatementCommand({ Statement, Parameters, ...more }))
}

const years = async (statement: string, parameters?: AttributeValue[]): Promise<(string | undefined)[]> =>
  ((await run(statement, parameters)).Items ?? []).map((item) => item['Year']?.N)

async function message(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
  return 'fine'
}

test('select: partitions, ranges, filters, order, indexes, scans', async () => {
  assert.deepEqual(await years(`SELECT * FROM Music WHERE Artist='Acme' AND "Year" BETWEEN 1992 AND 1994`), [
    '1992',
    '1993',
    '1994',
  ])
  assert.deepEqual(
    await years(`SELECT * FROM "Music" WHERE "Artist"=? AND Year >= ? ORDER BY Year DESC`, [
      { S: 'Band' },
      { N: '1998' },
    ]),
    ['1999', '1998'],
  )
  assert.deepEqual(await years(`SELECT Year FROM "Music"."ByGenre" WHERE Genre='odd' AND Year < 1992`), [
    '1991',
    '1991',
  ])
  assert.deepEqual(
    await years(`select * from Music where Artist in ['Band', 'Acme'] and Year = 1995 -- two partitions`),
    ['1995', '1995'],
  )
  assert.equal((await years(`SELECT * FROM Music`)).length, 20)
  assert.deepEqual((await years(`SELECT * FROM Music WHERE Awards.Gold[0] = 1990`)).length, 2)
  assert.deepEqual(
    await years(`SELECT * FROM Music WHERE Artist='Acme' AND (Genre='odd' AND NOT Year IN (1991, 1993, 1995, 1997))`),
    ['1999'],
  )
  assert.equal(
    (await years(`SELECT * FROM Music WHERE Missing IS MISSING AND Awards IS NOT MISSING AND Awards IS NOT NULL`))
      .length,
    20,
  )
  assert.equal(
    (
      await years(
        `SELECT * FROM Music WHERE begins_with("Artist", 'Ac') AND contains(Tags, 'a') AND size(Tags) = 2 AND attribute_type(Awards, 'M')`,
      )
    ).length,
    10,
  )
  assert.equal(
    (
      await years(
        `SELECT * FROM Music WHERE ATTRIBUTE_EXISTS(Awards.Gold) = true AND attribute_not_exists(Nothing) AND Genre IS STRING`,
      )
    ).length,
    20,
  )
  const { Items } = await run(`SELECT Artist, Awards.Gold[1], Nothing FROM Music WHERE Artist='Acme' AND Year=1990`)
  assert.deepEqual(Items, [{ Artist: { S: 'Acme' }, 'Gold[1]': { S: 'x' } }])
})

test('select goes on where it ended, and only with its own token', async () => {
  const seen: (string | undefined)[] = []
  const statement = `SELECT * FROM Music WHERE Artist IN ['Acme', 'Band']`
  let next: string | undefined
  do {
    const page = await run(statement, undefined, { Limit: 3, NextToken: next })
    assert.ok((page.Items?.length ?? 0) <= 3)
    seen.push(...(page.Items ?? []).map((item) => `${item['Artist']?.S}${item['Year']?.N}`))
    next = page.NextToken
  } while (next !== undefined)
  assert.equal(new Set(seen).size, 20)
  assert.equal(seen.length, 20)
  const { NextToken } = await run('SELECT * FROM Music', undefined, { Limit: 1 })
  assert.equal(
    await message(run('SELECT Year FROM Music', undefined, { NextToken })),
    'ValidationException: NextToken does not match request',
  )
  assert.equal(
    await message(run('SELECT * FROM Music', undefined, { NextToken: 'nonsense' })),
    'ValidationException: Invalid NextToken',
  )
})

test('insert, update and delete one item each', async () => {
  await run(
    `INSERT INTO Music VALUE {'Artist': 'New', 'Year': 1, 'N': -1.50, 'L': [true, null, {'a': 'it''s'}], 'S': <<1, 2>>}`,
  )
  assert.equal(
    await message(run(`INSERT INTO Music VALUE {'Artist': 'New', 'Year': 1}`)),
    'DuplicateItemException: Duplicate primary key exists in table',
  )
  const updated = await run(
    `UPDATE Music SET N = N + 2 SET L = list_append(L, ?) SET S = set_add(S, <<3>>) REMOVE L[0] WHERE Artist = 'New' AND Year = 1 AND N < 0 RETURNING ALL NEW *`,
    [{ L: [{ S: 'end' }] }],
  ).catch((error: unknown) => String(error))
  assert.equal(
    updated,
    'ValidationException: Invalid Update clause: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [L], path two: [L, [0]]',
  )
  const { Items } = await run(
    `UPDATE Music SET N = N + 2, S = set_add(S, <<3>>) REMOVE L[0] WHERE Artist = 'New' AND Year = 1 AND N < 0 RETURNING ALL NEW *`,
  )
  assert.deepEqual(Items, [
    {
      Artist: { S: 'New' },
      Year: { N: '1' },
      N: { N: '0.5' },
      L: { L: [{ NULL: true }, { M: { a: { S: "it's" } } }] },
      S: { NS: ['1', '2', '3'] },
    },
  ])
  assert.equal(
    await message(run(`UPDATE Music SET N = 1 WHERE Artist = 'New' AND Year = 1 AND N < 0`)),
    'ConditionalCheckFailedException: The conditional request failed',
  )
  assert.equal(
    await message(run(`UPDATE Music SET N = 1 WHERE Artist = 'Nobody' AND Year = 1`)),
    'ConditionalCheckFailedException: The conditional request failed',
  )
  assert.equal(
    await message(run(`UPDATE Music SET N = 1 WHERE Artist = 'New'`)),
    'ValidationException: Where clause does not contain a mandatory equality on all key attributes',
  )
  const modified = await run(
    `UPDATE Music SET S = set_delete(S, <<1, 3>>), N = 9 WHERE Artist = 'New' AND Year = 1 RETURNING MODIFIED OLD *`,
  )
  assert.deepEqual(modified.Items, [{ S: { NS: ['1', '2', '3'] }, N: { N: '0.5' } }])
  await run(`FROM Music WHERE Artist = 'New' AND Year = 1 SET viaFrom = ? REMOVE L`, [{ S: 'yes' }])
  assert.deepEqual((await run(`SELECT viaFrom, L FROM Music WHERE Artist = 'New' AND Year = 1`)).Items, [
    { viaFrom: { S: 'yes' } },
  ])
  const removed = await run(`DELETE FROM Music WHERE Artist = 'New' AND Year = 1 RETURNING ALL OLD *`)
  assert.deepEqual(removed.Items?.[0]?.['S'], { NS: ['2'] })
  assert.deepEqual((await run(`DELETE FROM Music WHERE Artist = 'New' AND Year = 1`)).Items, [])
})

test('statements that cannot be run', async () => {
  const cases: [string, RegExp][] = [
    ['', /'statement' failed to satisfy constraint: Member must have length greater than or equal to 1$/],
    [
      'SELEC * FROM Music',
      /^ValidationException: Statement wasn't well formed, can't be processed: Expected SELECT, INSERT, UPDATE or DELETE, found token SELEC$/,
    ],
    ['SELECT * FROM Music /* all */ WHERE', /^ValidationException: Statement wasn't well formed, can't be processed: /],
    [
      'SELECT * FROM Music WHERE Artist = ?',
      /^ValidationException: Number of parameters in request and statement don't match\.$/,
    ],
    ['SELECT * FROM Music extra', /^ValidationException: Aliasing is not supported$/],
    ['DELETE FROM Music AS m WHERE a = 1', /^ValidationException: Aliasing is not supported$/],
    ['SELECT * FROM Music WHERE a = 1 foo', /can't be processed: Unexpected token after expression$/],
    [`INSERT INTO Music m VALUE {'Artist': 'a'}`, /can't be processed: Unexpected token after expression$/],
    ['SELECT * FROM Music ORDER BY Year WHERE a = 1', /can't be processed: Unexpected token after expression$/],
    [
      'SELECT * FROM Music WHERE a = 1e2147483648',
      /^ValidationException: Statement wasn't well formed, can't be processed: $/,
    ],
    [
      'SELECT * FROM Music WHERE a = 1 # note',
      /^ValidationException: Statement wasn't well formed, can't be processed: $/,
    ],
    [`SELECT * FROM Music WHERE a = 1e126`, /supported range under root$/],
    [`INSERT INTO Music VALUE {'Artist': 'a', 'm': {'x': 1e126}}`, /supported range under root\.x$/],
    [`INSERT INTO Music VALUE {'Artist': 'a', 'l': [1, 1e-131]}`, /supported range under root\[1\]$/],
    [`UPDATE Music SET a = set_add(a, <<>>) WHERE b = 1`, /^ValidationException: Empty bags are not supported$/],
    [
      `UPDATE Music SET a = set_add(b, <<1>>) WHERE b = 1`,
      /^ValidationException: The first argument to SET_ADD must equal the assignment value at 1:22:7$/,
    ],
    [
      `UPDATE Music SET a = set_delete(a, 'x') WHERE b = 1`,
      /^ValidationException: The second argument to SET_DELETE must be a value with type SET at 1:33:1$/,
    ],
    [`SELECT * FROM Music\n WHERE EXISTS(a)`, /^ValidationException: Unrecognized function: exists at 2:8:6$/],
    [
      `SELECT * FROM Music WHERE attribute_exists('a')`,
      /requires a document path; operator or function: attribute_exists$/,
    ],
    [`SELECT * FROM Music WHERE attribute_exists()`, /operator or function: attribute_exists, number of operands: 0$/],
    [
      `SELECT * FROM Music WHERE a < true`,
      /^ValidationException: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL$/,
    ],
    ['SELECT * FROM Nowhere', /^ResourceNotFoundException: Requested resource not found$/],
    [
      'SELECT * FROM Music."None" WHERE a = 1',
      /^ValidationException: The table does not have the specified index: None$/,
    ],
    [`SELECT * FROM Music WHERE Artist = 5`, /Condition parameter type does not match schema type$/],
    [
      'SELECT * FROM Music ORDER BY Year',
      /^ValidationException: Must have WHERE clause in the statement when using ORDER BY clause\.$/,
    ],
    [`INSERT INTO Music VALUE {'Year': 1}`, /Missing the key Artist in the item$/],
    [`INSERT INTO Music VALUE {'Artist': 'a', 'Year': 1e200}`, /^ValidationException: Number overflow.* under root$/],
    [
      `INSERT INTO Music VALUE {'Artist': 'a', 'Year': 1, 'S': <<1, 'a'>>}`,
      /^ValidationException: A set must have members of one type$/,
    ],
    [
      `EXISTS(SELECT * FROM Music WHERE Artist = 'a' AND Year = 1)`,
      /^ValidationException: EXISTS is only supported in ExecuteTransaction$/,
    ],
    [`SELECT * FROM Music WHERE ${'('.repeat(4000)}`, /nested too deeply$/],
    [`INSERT INTO Music VALUE ${"{'a':".repeat(1000)}`, /nested too deeply$/],
    [`SELECT * FROM Music WHERE ${'NOT '.repeat(1500)}a = 1`, /nested too deeply$/],
    ['x'.repeat(8193), /Member must have length less than or equal to 8192$/],
  ]
  for (const [statement, wanted] of cases) {
    const startMs = performance.now()
    assert.match(await message(run(statement)), wanted, statement.slice(0, 80))
    assert.ok(performance.now() - startMs < 1000)
  }
})

test('a batch answers each statement by itself', async () => {
  const { Responses } = await client.send(
    new BatchExecuteStatementCommand({
      Statements: [
        { Statement: `SELECT Year FROM Music WHERE Artist='Acme' AND Year=1990` },
        { Statement: `SELECT * FROM Music WHERE Artist='Acme' AND Year=1` },
        { Statement: `SELECT * FROM Music WHERE Artist='Acme'` },
        { Statement: `SELECT * FROM Nowhere WHERE a=1` },
        { Statement: `SELECT` },
      ],
    }),
  )
  assert.deepEqual(
    Responses?.map(({ Item, Error, TableName }) => [Item, Error?.Code, TableName]),
    [
      [{ Year: { N: '1990' } }, undefined, 'Music'],
      [undefined, undefined, 'Music'],
      [undefined, 'ValidationError', 'Music'],
      [undefined, 'ResourceNotFound', 'Nowhere'],
      [undefined, 'ValidationError', undefined],
    ],
  )
  const written = await client.send(
    new BatchExecuteStatementCommand({
      Statements: [
        { Statement: `INSERT INTO Music VALUE {'Artist': 'Batch', 'Year': 1}` },
        { Statement: `INSERT INTO Music VALUE {'Artist': 'Acme', 'Year': 1990}` },
        {
          Statement: `UPDATE Music SET a = 1 WHERE Artist = 'Acme' AND Year = 1991 AND Genre = 'even'`,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      ],
    }),
  )
  assert.deepEqual(
    written.Responses?.map(({ Error }) => Error?.Code),
    [undefined, 'DuplicateItem', 'ConditionalCheckFailed'],
  )
  assert.deepEqual(written.Responses?.[2]?.Error?.Item?.['Genre'], { S: 'odd' })
  const mixed = client.send(
    new BatchExecuteStatementCommand({
      Statements: [{ Statement: 'SELECT * FROM a' }, { Statement: 'DELETE FROM a' }],
    }),
  )
  assert.match(await message(mixed), /^ValidationException: .*cannot mix/)
})

test('transactions of statements', async () => {
  const transact = (...statements: string[]) =>
    client.send(new ExecuteTransactionCommand({ TransactStatements: statements.map((Statement) => ({ Statement })) }))
  await transact(
    `INSERT INTO Music VALUE {'Artist': 'Tx', 'Year': 1, 'n': 1}`,
    `INSERT INTO Music VALUE {'Artist': 'Tx', 'Year': 2, 'n': 1}`,
    `EXISTS(SELECT * FROM Music WHERE Artist = 'Acme' AND Year = 1990 AND Genre = 'even')`,
  )
  assert.equal(
    await message(transact(`EXISTS(SELECT * FROM Music WHERE Artist = 'Acme' AND Year = 1990)`)),
    'ValidationException: Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with additional condition',
  )
  assert.equal(
    await message(
      transact(`SELECT * FROM Music WHERE Artist = 'Tx' AND Year = 1`, `SELECT * FROM Music WHERE Artist = 'Tx'`),
    ),
    'ValidationException: Validation failed in TransactStatements[1]: Select statements within ExecuteTransaction must specify the primary key in the where clause.',
  )
  const { Responses } = await transact(
    `SELECT * FROM Music WHERE Artist = 'Tx' AND Year = 1`,
    `SELECT n FROM Music WHERE Artist = 'Tx' AND Year = 2`,
    `SELECT n FROM Music WHERE Artist = 'Tx' AND Year = 3`,
  )
  assert.deepEqual(Responses, [
    { Item: { Artist: { S: 'Tx' }, Year: { N: '1' }, n: { N: '1' } } },
    { Item: { n: { N: '1' } } },
    {},
  ])
  const failed = await transact(
    `UPDATE Music SET n = n + 1 WHERE Artist = 'Tx' AND Year = 1`,
    `INSERT INTO Music VALUE {'Artist': 'Tx', 'Year': 2}`,
    `DELETE FROM Music WHERE Artist = 'Acme' AND Year = 1990 AND Genre = 'odd'`,
  ).catch((error: unknown) => error)
  assert.ok(failed instanceof TransactionCanceledException)
  assert.deepEqual(
    failed.CancellationReasons?.map(({ Code }) => Code),
    ['None', 'DuplicateItem', 'ConditionalCheckFailed'],
  )
  assert.equal((await run(`SELECT n FROM Music WHERE Artist = 'Tx' AND Year = 1`)).Items?.[0]?.['n']?.N, '1')
})

test('boto3 runs statements', async () => {
  const shown = await boto3(
    server,
    `
dynamo = client('dynamodb')
dynamo.execute_statement(Statement="INSERT INTO Music VALUE {'Artist': ?, 'Year': ?}", Parameters=[{'S': 'py'}, {'N': '7'}])
show(dynamo.execute_statement(Statement="SELECT * FROM Music WHERE Artist = 'py'")['Items'])
try:
    dynamo.execute_statement(Statement="SELECT FROM")
except ClientError as error:
    show(error.response['Error']['Code'])
`,
  )
  assert.deepEqual(shown, [[{ Artist: { S: 'py' }, Year: { N: '7' } }], 'ValidationException'])
})
