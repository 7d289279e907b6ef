import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { fails, type S3World, worldWithBucket } from '../../../../test/s3/kit.ts'

const Bucket = 'photos'
const PEOPLE = 'name,age,city\nAnna,31,Bern\nBruno,19,Basel\n"Cleo ""C"", x",44,Bern\nDan,,Chur\n'

type Loose = Readonly<Record<string, unknown>>
const CSV_IN = { CSV: { FileHeaderInfo: 'USE' } }
const JSON_OUT = { JSON: {} }

interface Selected {
  readonly text: string
  readonly events: readonly string[]
  readonly stats: Loose
}

async function select(
  world: S3World,
  Key: string,
  Expression: string,
  InputSerialization: Loose = CSV_IN,
  more: Loose = {},
): Promise<Selected> {
  const { Payload } = await world.run('SelectObjectContent', {
    Bucket,
    Key,
    Expression,
    ExpressionType: 'SQL',
    InputSerialization,
    OutputSerialization: { CSV: {} },
    ...more,
  })
  const events: string[] = []
  let text = ''
  let stats: Loose = {}
  for await (const event of Payload ?? []) {
    events.push(Object.keys(event)[0] ?? '')
    if (event.Records) text += Buffer.from(event.Records.Payload ?? []).toString()
    if (event.Stats) stats = event.Stats.Details as Loose
  }
  return { text, events, stats }
}

async function rows(world: S3World, Key: string, sql: string, input?: Loose): Promise<readonly unknown[]> {
  const { text } = await select(world, Key, sql, input, { OutputSerialization: JSON_OUT })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}

async function people(): Promise<S3World> {
  const world = await worldWithBucket()
  await world.put(Bucket, 'people.csv', PEOPLE)
  return world
}

test('SelectObjectContent over CSV: projections, conditions, limits, and the events of the answer', async () => {
  const world = await people()
  const all = await select(world, 'people.csv', 'SELECT * FROM S3Object')
  assert.equal(all.text, 'Anna,31,Bern\nBruno,19,Basel\n"Cleo ""C"", x",44,Bern\nDan,,Chur\n')
  assert.deepEqual(all.events, ['Records', 'Stats', 'End'])
  assert.deepEqual(all.stats, {
    BytesScanned: PEOPLE.length,
    BytesProcessed: PEOPLE.length,
    BytesReturned: all.text.length,
  })
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ["SELECT s.name FROM S3Object s WHERE s.city = 'Bern' AND CAST(s.age AS INT) > 40", [{ name: 'Cleo "C", x' }]],
    ['SELECT name AS who, age FROM S3Object LIMIT 1', [{ who: 'Anna', age: '31' }]],
    ["SELECT s._1 FROM S3Object s WHERE s._1 LIKE '%n%' AND s._1 NOT LIKE 'B%'", [{ _1: 'Anna' }, { _1: 'Dan' }]],
    ["SELECT COUNT(*) AS n, MIN(CAST(age AS INT)) AS low FROM S3Object WHERE age <> ''", [{ n: 3, low: 19 }]],
    [
      "SELECT SUM(CAST(s.age AS INT)), AVG(CAST(s.age AS FLOAT)) FROM S3Object s WHERE s.city IN ('Bern')",
      [{ _1: 75, _2: 37.5 }],
    ],
    ["SELECT UPPER(TRIM(s.city)) || '!' AS c FROM S3Object s WHERE s.age BETWEEN 18 AND 20", [{ c: 'BASEL!' }]],
    [
      "SELECT CASE WHEN s.age = '' THEN 'none' ELSE s.age END AS a FROM S3Object s WHERE NOT s.city = 'Bern'",
      [{ a: '19' }, { a: 'none' }],
    ],
    ['SELECT SUBSTRING(s.name, 2, 3) AS s, CHAR_LENGTH(s.city) AS n FROM S3Object AS s LIMIT 1', [{ s: 'nna', n: 4 }]],
    ["SELECT COALESCE(NULLIF(s.age, ''), '?') AS a FROM S3Object s WHERE s.name = 'Dan'", [{ a: '?' }]],
    ['SELECT MAX(s.name) AS m FROM S3Object s', [{ m: 'Dan' }]],
    ['SELECT s."NAME" FROM S3Object s LIMIT 0', []],
  ]
  for (const [sql, expected] of cases) assert.deepEqual(await rows(world, 'people.csv', sql), expected, sql)
})

test('SelectObjectContent: dates', async () => {
  const world = await worldWithBucket()
  await world.put(Bucket, 'd.csv', '2024-02-29T12:30:45.250Z\n')
  const one = async (expression: string): Promise<unknown> => {
    const [row] = await rows(world, 'd.csv', `SELECT ${expression} AS v FROM S3Object s`, { CSV: {} })
    return (row as { v: unknown }).v
  }
  const at = 'TO_TIMESTAMP(s._1)'
  assert.equal(await one(`DATE_ADD(year, 1, ${at})`), '2025-02-28T12:30:45.250Z')
  assert.equal(await one(`DATE_ADD(month, -1, ${at})`), '2024-01-29T12:30:45.250Z')
  assert.equal(await one(`DATE_DIFF(day, ${at}, TO_TIMESTAMP('2024-03-02T12:30:45Z'))`), 1)
  assert.equal(await one(`DATE_DIFF(month, TO_TIMESTAMP('2023-12-31T'), ${at})`), 2)
  assert.equal(await one(`EXTRACT(YEAR FROM ${at})`), 2024)
  assert.equal(await one(`TO_STRING(${at}, 'MMMM d, y h:mm a')`), 'February 29, 2024 12:30 PM')
  assert.equal(await one(`UTCNOW() > ${at}`), true)
  await assert.rejects(one(`TO_STRING(${at}, 'b')`), fails('EvaluatorInvalidTimestampFormatPattern'))
  await assert.rejects(one("CAST('nonsense' AS TIMESTAMP)"), fails('CastFailed'))
})

test('SelectObjectContent over JSON: lines and documents, paths, MISSING and NULL', async () => {
  const world = await worldWithBucket()
  const people = [
    { name: 'Anna', pets: [{ kind: 'cat' }, { kind: 'dog' }], at: { city: 'Bern' } },
    { name: 'Bruno', pets: [], age: null },
  ]
  await world.put(Bucket, 'lines.json', people.map((one) => JSON.stringify(one)).join('\n'))
  await world.put(Bucket, 'doc.json', JSON.stringify({ people }, undefined, 2))
  const lines = { JSON: { Type: 'LINES' } }
  const document = { JSON: { Type: 'DOCUMENT' } }
  assert.deepEqual(await rows(world, 'lines.json', 'SELECT * FROM S3Object', lines), people)
  assert.deepEqual(
    await rows(world, 'lines.json', "SELECT s.name, s.pets[1].kind AS k, s.at['city'] AS c FROM S3Object s", lines),
    [{ name: 'Anna', k: 'dog', c: 'Bern' }, { name: 'Bruno' }],
  )
  assert.deepEqual(await rows(world, 'lines.json', 'SELECT s.name FROM S3Object s WHERE s.age IS MISSING', lines), [
    { name: 'Anna' },
  ])
  assert.deepEqual(await rows(world, 'lines.json', 'SELECT s.name FROM S3Object s WHERE s.at IS NULL', lines), [
    { name: 'Bruno' },
  ])
  assert.deepEqual(await rows(world, 'doc.json', 'SELECT p.name FROM S3Object[*].people[*] p', document), [
    { name: 'Anna' },
    { name: 'Bruno' },
  ])
  assert.deepEqual(
    await rows(world, 'doc.json', 'SELECT * FROM S3Object[*].people[*].pets[*]', document),
    people[0]?.pets,
  )
  await assert.rejects(select(world, 'doc.json', 'SELECT * FROM S3Object', lines), fails('JSONParsingError'))
})

test('SelectObjectContent over Parquet', async () => {
  const world = await worldWithBucket()
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'name', data: ['Anna', 'Bruno', 'Cleo'], type: 'STRING' },
      { name: 'age', data: [31, 19, 44], type: 'INT32' },
    ],
    rowGroupSize: 2,
  })
  await world.put(Bucket, 'p.parquet', Buffer.from(bytes))
  const parquet = { Parquet: {} }
  assert.deepEqual(await rows(world, 'p.parquet', 'SELECT s.name FROM S3Object s WHERE s.age > 20', parquet), [
    { name: 'Anna' },
    { name: 'Cleo' },
  ])
  assert.deepEqual(await rows(world, 'p.parquet', 'SELECT SUM(age) AS s FROM S3Object', parquet), [{ s: 94 }])
  await world.put(Bucket, 'no.parquet', 'PAR1 and nothing')
  await assert.rejects(select(world, 'no.parquet', 'SELECT * FROM S3Object', parquet), fails('ParquetParsingError'))
})

test('SelectObjectContent reads GZIP, refuses BZIP2 and what is not compressed', async () => {
  const world = await people()
  await world.put(Bucket, 'people.csv.gz', gzipSync(PEOPLE))
  const zipped = { ...CSV_IN, CompressionType: 'GZIP' }
  const found = await select(world, 'people.csv.gz', "SELECT name FROM S3Object WHERE city = 'Chur'", zipped)
  assert.equal(found.text, 'Dan\n')
  assert.equal(found.stats['BytesProcessed'], PEOPLE.length)
  await assert.rejects(select(world, 'people.csv', 'SELECT * FROM S3Object', zipped), fails('InvalidCompressionFormat'))
  await world.put(Bucket, 'cut.gz', gzipSync(PEOPLE).subarray(0, 40))
  await assert.rejects(select(world, 'cut.gz', 'SELECT * FROM S3Object', zipped), fails('TruncatedInput'))
  const bzip = { ...CSV_IN, CompressionType: 'BZIP2' }
  await assert.rejects(select(world, 'people.csv', 'SELECT * FROM S3Object', bzip), fails('NotImplemented', 501))
})

test('SelectObjectContent: scan ranges share out the records, each to the range in which it begins', async () => {
  const world = await worldWithBucket()
  const lines = Array.from({ length: 2000 }, (_, index) => `row-${index},${'x'.repeat(index % 37)}`)
  const text = `id,pad\n${lines.join('\n')}\n`
  await world.put(Bucket, 'rows.csv', text)
  const found: string[] = []
  for (let start = 0; start < text.length; start += 1013) {
    const ScanRange = { Start: start, End: start + 1013 }
    const part = await select(world, 'rows.csv', 'SELECT s.id FROM S3Object s', CSV_IN, { ScanRange })
    found.push(...part.text.split('\n').filter((line) => line !== ''))
  }
  assert.deepEqual(
    found,
    lines.map((line) => line.split(',')[0]),
  )
  const whole = await select(world, 'rows.csv', 'SELECT * FROM S3Object', CSV_IN, {
    RequestProgress: { Enabled: true },
  })
  assert.deepEqual(new Set(whole.events), new Set(['Records', 'Progress', 'Stats', 'End']))
  await assert.rejects(
    select(world, 'rows.csv', 'SELECT * FROM S3Object', CSV_IN, { ScanRange: { Start: 9, End: 3 } }),
    fails('InvalidScanRange'),
  )
})

test('SelectObjectContent: what is no statement, or asks for what there is not, is refused before anything is read', async () => {
  const world = await people()
  const cases: readonly (readonly [string, string])[] = [
    ['SELEC * FROM S3Object', 'ParseExpectedKeyword'],
    ['SELECT *', 'ParseSelectMissingFrom'],
    ['SELECT * FROM nowhere', 'InvalidDataSource'],
    ['SELECT * FROM S3Object WHERE', 'ParseExpectedExpression'],
    ['SELECT * FROM S3Object WHERE a = ;', 'LexerInvalidChar'],
    ['SELECT * FROM S3Object GROUP BY a', 'UnsupportedSqlOperation'],
    ['SELECT FROBNICATE(a) FROM S3Object', 'UnsupportedFunction'],
    ['SELECT LOWER() FROM S3Object', 'EvaluatorInvalidArguments'],
    ['SELECT name, COUNT(*) FROM S3Object', 'UnsupportedSqlOperation'],
    ['SELECT CAST(name AS TREE) FROM S3Object', 'InvalidDataType'],
    [`SELECT ${'('.repeat(5000)}1 FROM S3Object`, 'ExpressionTooLong'],
    ['SELECT s.nowhere FROM S3Object s', 'MissingHeaders'],
    ['SELECT CAST(s.name AS INT) FROM S3Object s', 'CastFailed'],
  ]
  for (const [sql, code] of cases)
    await assert.rejects(select(world, 'people.csv', sql), fails(code, 400), sql.slice(0, 60))
  await assert.rejects(select(world, 'nowhere.csv', 'SELECT * FROM S3Object'), fails('NoSuchKey', 404))
})
