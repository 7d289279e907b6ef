// Fills a new table from the files of a bucket. A line that is no item of the table is counted as an error and left out.
import { AwsError } from '#protocol/errors.ts'
import { changeByArn, readByArn } from '../arn-store.ts'
import { imports, type ImportRecord, type Progress } from '../backup-record.ts'
import type { BucketPlace } from '../bucket-port.ts'
import type { DynamoDeps } from '../deps.ts'
import { fieldsOf, itemOfFields, itemOfJson, linesOf } from '../import-lines.ts'
import { checkStorable } from '../item-checks.ts'
import { itemKey } from '../item-keys.ts'
import type { Job } from '../jobs.ts'
import type { Item } from '../language/attribute-value.ts'
import { itemBytes } from '../language/item-size.ts'
import { ITEM_BYTES_MAX } from '../language/limits.ts'
import { storeItem } from '../stored-item.ts'
import type { TableRecord } from '../table-record.ts'
import { clearLoaded, finishLoad, tableToLoad, WriteBuffer } from './load-table.ts'

interface Counts {
  processedBytes: number
  processed: number
  errors: number
}

interface Refusal {
  readonly code: string
  readonly message: string
}

export async function runImport(
  deps: DynamoDeps,
  { table, importArn }: Extract<Job, { readonly kind: 'import' }>,
  signal: AbortSignal,
): Promise<void> {
  const [record, found] = [await tableToLoad(deps, table), await readByArn(deps.store, imports, importArn)]
  if (record === undefined || found?.progress.kind !== 'running') return
  await clearLoaded(deps, record, signal)
  const counts: Counts = { processedBytes: 0, processed: 0, errors: 0 }
  const refusal = await readFiles(deps, record, found, counts, signal)
  if (signal.aborted) return
  const { items, bytes } = await finishLoad(deps, record, signal)
  const endedMs = deps.clock.nowMs()
  const progress: Progress =
    refusal === undefined ? { kind: 'done', endedMs, items, bytes } : { kind: 'failed', endedMs, ...refusal }
  if (!signal.aborted)
    await changeByArn(deps.store, imports, importArn, (old) => ({ ...old, progress, counts: { ...counts } }))
}

/** Answers what the bucket refused. */
async function readFiles(
  deps: DynamoDeps,
  record: TableRecord,
  found: ImportRecord,
  counts: Counts,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const place: BucketPlace = { account: record.account, region: record.region, bucket: found.bucket }
  const buffer = new WriteBuffer(deps)
  for (let next: string | undefined; ;) {
    const page = await deps.buckets.list(place, found.prefix ?? '', next)
    if (page.kind === 'refused') return page
    for (const { key, sizeBytes } of page.value.objects) {
      if (signal.aborted) return undefined
      const body = await deps.buckets.read(place, key)
      if (body.kind === 'refused') return body
      counts.processedBytes += sizeBytes
      await readFile(record, found, body.value, counts, buffer)
    }
    next = page.value.next
    if (next === undefined) break
  }
  await buffer.flush()
  return undefined
}

async function readFile(
  record: TableRecord,
  { format, csv, compression }: ImportRecord,
  body: AsyncIterable<Uint8Array>,
  counts: Counts,
  buffer: WriteBuffer,
): Promise<void> {
  const delimiter = csv?.delimiter ?? ','
  let header = csv?.header
  try {
    for await (const line of linesOf(body, compression)) {
      if (line.trim() === '') continue
      if (format === 'CSV' && header === undefined) {
        header = fieldsOf(line, delimiter)
        continue
      }
      counts.processed++
      const item = read(() =>
        checked(
          record,
          format === 'CSV' ? itemOfFields(record, header ?? [], fieldsOf(line, delimiter)) : itemOfJson(line),
        ),
      )
      if (item === undefined) counts.errors++
      else await buffer.add({ key: itemKey(record, item), value: storeItem(item) })
    }
  } catch (error) {
    // A file that cannot be decompressed ends here; the others go on.
    if (!isOfFile(error)) throw error
    counts.errors++
  }
}

function isOfFile(error: unknown): boolean {
  return (
    error instanceof AwsError || (error instanceof Error && 'code' in error && /^Z_|^ZSTD_/.test(String(error.code)))
  )
}

function checked(record: TableRecord, item: Item): Item {
  checkStorable(record, item)
  if (itemBytes(item) > ITEM_BYTES_MAX) throw new AwsError('ValidationException', 400, 'too large')
  return item
}

/** Undefined for a line that is no item. */
function read(make: () => Item): Item | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof AwsError || error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}
