import { PassThrough, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { OutgoingBody, RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { SELECT_EXPRESSION_BYTES_MAX, SELECT_PIECE_BYTES, SELECT_SILENCE_MS } from '../limits.ts'
import type { CustomerKey } from '../encryption/customer-key.ts'
import { requireKeyUse } from '../encryption/key-use.ts'
import { readKey } from '../encryption/read-key.ts'
import { findObject, type FoundObject, openBody } from '../object-read.ts'
import type { ByteRange } from '../range.ts'
import { checkReadable } from '../restore.ts'
import { csvHeader, csvRecords, type ScannedBytes } from '../select/csv-records.ts'
import { jsonDocument, jsonLines } from '../select/json-records.ts'
import { parquetRecords } from '../select/parquet-records.ts'
import type { WriteRow } from '../select/record-writer.ts'
import { runQuery } from '../select/run-query.ts'
import { selectError } from '../select/select-error.ts'
import { type InputForm, readInputForm, readOutputForm } from '../select/serialization.ts'
import { checkStatement, type SqlRecord } from '../select/sql-evaluate.ts'
import type { Statement } from '../select/sql-expression.ts'
import { parseStatement } from '../select/sql-parser.ts'
import { refuseUnsupported } from '../unsupported.ts'

type Input = S3Input<'SelectObjectContent'>
type Events = NonNullable<S3Output<'SelectObjectContent'>['Payload']>
type SelectEvent = Events extends AsyncIterable<infer E> ? E : never

/** SelectObjectContent: the object is read, queried and answered piece by piece; nothing holds it whole. */
export async function selectObjectContent(
  deps: S3Deps,
  input: Input,
  context: RequestContext,
): Promise<S3Output<'SelectObjectContent'>> {
  refuseUnsupported(input)
  const statement = readStatement(input)
  const form = readInputForm(input.InputSerialization ?? {})
  const write = readOutputForm(input.OutputSerialization ?? {})
  const address = { bucket: input.Bucket, key: input.Key, caller: callerOf(context, input) }
  const found = await findObject(deps, address, true)
  checkReadable(found.record, deps.clock.nowMs())
  const customerKey = await readKey(deps, found.record, input)
  await requireKeyUse(context, 'kms:Decrypt', found.record.encryption)
  const query = { statement, form, write, scan: readScan(input, form, found.record.size), found, customerKey }
  return { Payload: answer(deps, query, input.RequestProgress?.Enabled === true) }
}

function readStatement({ Expression: text, ExpressionType: type }: Input): Statement {
  if (type?.toUpperCase() !== 'SQL')
    throw selectError('InvalidExpressionType', 'The ExpressionType is invalid. Only SQL expressions are supported.')
  if (text === undefined)
    throw selectError(
      'MissingRequiredParameter',
      'The SelectRequest entity is missing a required parameter. Check the service documentation and try again.',
    )
  if (Buffer.byteLength(text) > SELECT_EXPRESSION_BYTES_MAX)
    throw selectError(
      'ExpressionTooLong',
      'The SQL expression is too long: The maximum byte-length for the SQL expression is 256 KB.',
    )
  const statement = parseStatement(text)
  checkStatement(statement)
  return statement
}

/** A range of the object whose records are wanted. Throws InvalidScanRange, UnsupportedRangeInput. */
function readScan({ ScanRange: wanted }: Input, form: InputForm, size: number): ByteRange {
  const { Start: first, End: last } = wanted ?? {}
  if (first === undefined && last === undefined) return { start: 0, end: size }
  const quoted = form.kind === 'csv' && form.format.quotedRecordDelimiters
  if (form.compression !== 'NONE' || form.kind === 'parquet' || form.kind === 'json-document' || quoted)
    throw selectError('UnsupportedRangeInput', 'Scan range queries are not supported on this type of object.')
  // Without a start, `End` counts bytes from the end of the object.
  const start = first ?? Math.max(0, size - (last ?? 0))
  const end = first === undefined ? size : Math.min(size, last ?? size)
  if (start < 0 || start >= end) throw selectError('InvalidScanRange', 'The ScanRange is invalid.')
  return { start, end }
}

interface Query {
  readonly statement: Statement
  readonly form: InputForm
  readonly write: WriteRow
  readonly scan: ByteRange
  readonly found: FoundObject
  /** Opens the bytes, where the customer keeps the key. */
  readonly customerKey: CustomerKey | undefined
}

interface Counts {
  scanned: number
  processed: number
  returned: number
}

/** The events of the answer. What goes wrong on the way ends them with an error event. */
async function* answer(deps: S3Deps, query: Query, showsProgress: boolean): AsyncGenerator<SelectEvent> {
  const counts: Counts = { scanned: 0, processed: 0, returned: 0 }
  let piece = ''
  let heardMs = deps.clock.monotonicMs()
  const rows = runQuery(query.statement, recordsOf(deps, query, counts), deps.clock.nowMs())
  for await (const row of rows) {
    piece += query.write(row)
    const nowMs = deps.clock.monotonicMs()
    if (piece.length >= SELECT_PIECE_BYTES) {
      yield records(piece, counts)
      piece = ''
    } else if (nowMs - heardMs < SELECT_SILENCE_MS) continue
    else yield showsProgress ? { Progress: { Details: details(counts) } } : { Cont: {} }
    heardMs = nowMs
  }
  if (piece !== '') yield records(piece, counts)
  if (showsProgress) yield { Progress: { Details: details(counts) } }
  yield { Stats: { Details: details(counts) } }
  yield { End: {} }
}

function records(piece: string, counts: Counts): SelectEvent {
  const bytes = Buffer.from(piece)
  counts.returned += bytes.length
  return { Records: { Payload: bytes } }
}

function details({ scanned, processed, returned }: Counts): {
  readonly BytesScanned: number
  readonly BytesProcessed: number
  readonly BytesReturned: number
} {
  return { BytesScanned: scanned, BytesProcessed: processed, BytesReturned: returned }
}

async function* recordsOf(deps: S3Deps, query: Query, counts: Counts): AsyncGenerator<SqlRecord> {
  const { form, found, statement, scan, customerKey } = query
  if (form.kind === 'parquet') {
    yield* parquetRecords(found.record.size, async (start, end) => {
      counts.scanned += end - start
      counts.processed += end - start
      return Buffer.concat(
        await Array.fromAsync(piecesOf(await openBody(deps, found, { start, end }, { customerKey }))),
      )
    })
    return
  }
  const bytes = await openScan(deps, query, counts)
  if (form.kind === 'csv') {
    const names = scan.start > 0 && form.format.header === 'USE'
    const header = names ? await csvHeader(await openFrom(deps, query, 0), form.format) : undefined
    yield* csvRecords(bytes, form.format, header)
  } else if (form.kind === 'json-document') yield* jsonDocument(bytes.chunks, statement.source)
  else yield* jsonLines(bytes, statement.source)
}

/** A record that begins in the range may end behind it, so everything up to the end of the object is there to be read. */
async function openScan(deps: S3Deps, query: Query, counts: Counts): Promise<ScannedBytes> {
  const { form, scan } = query
  const delimiter = form.kind === 'csv' ? form.format.recordDelimiter : '\n'
  // A record that begins just where the range does has its delimiter just before.
  const from = Math.max(0, scan.start - Buffer.byteLength(delimiter))
  return {
    chunks: counted(await openFrom(deps, query, from), form, counts),
    fromMiddle: scan.start > 0,
    // A compressed object is always read whole.
    endBytes: form.compression === 'NONE' ? scan.end - from : Number.POSITIVE_INFINITY,
  }
}

async function openFrom(
  deps: S3Deps,
  { found, customerKey }: Query,
  start: number,
): Promise<AsyncIterable<Uint8Array>> {
  return piecesOf(await openBody(deps, found, { start, end: found.record.size }, { customerKey }))
}

async function* piecesOf(body: OutgoingBody): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body
  else yield* body
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  { compression }: InputForm,
  counts: Counts,
): AsyncGenerator<Uint8Array> {
  const scanned = counting(chunks, (bytes) => (counts.scanned += bytes))
  yield* counting(compression === 'GZIP' ? gunzipped(scanned) : scanned, (bytes) => (counts.processed += bytes))
}

async function* counting(
  chunks: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count(chunk.length)
    yield chunk
  }
}

/** Throws InvalidCompressionFormat or TruncatedInput. */
async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const out = new PassThrough()
  pipeline(chunks, createGunzip(), out, () => {})
  try {
    for await (const chunk of out) yield chunk as Buffer
  } catch (error) {
    throw String(error).includes('unexpected end')
      ? selectError(
          'TruncatedInput',
          'Object decompression failed. Check that the object is properly compressed using the format specified in the request.',
          error,
        )
      : selectError(
          'InvalidCompressionFormat',
          'GZIP is not applicable to the queried object. Correct the request and try again.',
          error,
        )
  }
}
