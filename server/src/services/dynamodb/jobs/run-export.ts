// Writes the items of a table, as they were at a moment, to a bucket: files of compressed lines, and manifests that name
// them. "Amazon DynamoDB Developer Guide", "DynamoDB table export output format".
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { randomHex } from '#base/ids.ts'
import { tableArn } from '../arn.ts'
import { changeByArn, readByArn } from '../arn-store.ts'
import { exportsOf, type ExportRecord, type Progress } from '../backup-record.ts'
import type { BucketPlace } from '../bucket-port.ts'
import type { DynamoDeps } from '../deps.ts'
import type { Job } from '../jobs.ts'
import { EXPORT_FILE_BYTES } from '../limits.ts'
import { StoredItem } from '../stored-item.ts'
import { SPACE_PREFIX } from '../table-record.ts'
import { clearRange } from './clear-range.ts'
import { copyItems } from './copy-items.ts'
import { eachBatch } from './each-entry.ts'

const compress = promisify(gzip)

class BucketRefusal extends Error {
  override readonly name = 'BucketRefusal'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export async function runExport(
  deps: DynamoDeps,
  { exportArn, from, scratch }: Extract<Job, { readonly kind: 'export' }>,
  signal: AbortSignal,
): Promise<void> {
  const record = await readByArn(deps.store, exportsOf, exportArn)
  if (record?.progress.kind === 'running') {
    await clearRange(deps, [SPACE_PREFIX, scratch], signal)
    await copyItems(deps, from, { space: scratch, key: record.table.key }, signal)
    await writeAll(deps, record, scratch, signal)
  }
  await clearRange(deps, [SPACE_PREFIX, scratch], signal)
}

async function writeAll(deps: DynamoDeps, record: ExportRecord, space: string, signal: AbortSignal): Promise<void> {
  const writer = new ExportWriter(deps, record)
  let outcome: Progress
  try {
    await writer.begin()
    for await (const entries of eachBatch(deps, { prefix: [SPACE_PREFIX, space] }, signal))
      for (const { value } of entries) await writer.add(new StoredItem(value))
    if (signal.aborted) return
    outcome = await writer.finish()
  } catch (error) {
    if (!(error instanceof BucketRefusal)) throw error
    outcome = { kind: 'failed', endedMs: deps.clock.nowMs(), code: error.code, message: error.message }
  }
  await changeByArn(deps.store, exportsOf, record.arn, (found) => ({
    ...found,
    progress: outcome,
    ...(outcome.kind === 'done' && { manifest: writer.manifestKey }),
  }))
}

class ExportWriter {
  readonly #deps: DynamoDeps
  readonly #record: ExportRecord
  readonly #place: BucketPlace
  readonly #folder: string
  readonly #files: string[] = []
  #lines: string[] = []
  #lineBytes = 0
  #items = 0
  #bytes = 0

  constructor(deps: DynamoDeps, record: ExportRecord) {
    this.#deps = deps
    this.#record = record
    const { account, region } = record.table
    this.#place = { account, region, bucket: record.bucket }
    const prefix = record.prefix === undefined ? '' : `${record.prefix.replace(/\/$/, '')}/`
    this.#folder = `${prefix}AWSDynamoDB/${record.arn.slice(record.arn.lastIndexOf('/') + 1)}`
  }

  get manifestKey(): string {
    return `${this.#folder}/manifest-summary.json`
  }

  /** Tells early whether the bucket may be written. */
  async begin(): Promise<void> {
    await this.#put('_started', Buffer.alloc(0))
  }

  async add(stored: StoredItem): Promise<void> {
    this.#lines.push(`{"Item":${stored.text}}\n`)
    this.#lineBytes += stored.text.length
    this.#items++
    this.#bytes += stored.sizeBytes
    if (this.#lineBytes >= EXPORT_FILE_BYTES) await this.#flush()
  }

  async #flush(): Promise<void> {
    const body = await compress(this.#lines.join(''))
    const name = `data/${randomHex(13)}.json.gz`
    const etag = await this.#put(name, body)
    const md5Checksum = createHash('md5').update(body).digest('base64')
    const dataFileS3Key = `${this.#folder}/${name}`
    this.#files.push(JSON.stringify({ itemCount: this.#lines.length, md5Checksum, etag, dataFileS3Key }))
    this.#lines = []
    this.#lineBytes = 0
  }

  async finish(): Promise<Progress> {
    if (this.#lines.length > 0 || this.#files.length === 0) await this.#flush()
    const endedMs = this.#deps.clock.nowMs()
    await this.#putWithSum('manifest-files', `${this.#files.join('\n')}\n`)
    await this.#putWithSum('manifest-summary', JSON.stringify(this.#summary(endedMs)))
    return { kind: 'done', endedMs, items: this.#items, bytes: this.#bytes }
  }

  #summary(endedMs: number): Readonly<Record<string, unknown>> {
    const { arn, startedMs, table, atMs, bucket, prefix = null, encryption } = this.#record
    const at = (ms: number): string => new Date(ms).toISOString()
    return {
      version: '2020-06-30',
      exportArn: arn,
      startTime: at(startedMs),
      endTime: at(endedMs),
      tableArn: tableArn(table),
      tableId: table.id,
      exportTime: at(atMs),
      s3Bucket: bucket,
      s3Prefix: prefix,
      s3SseAlgorithm: encryption.algorithm,
      s3SseKmsKeyId: encryption.keyId ?? null,
      manifestFilesS3Key: `${this.#folder}/manifest-files.json`,
      billedSizeBytes: this.#bytes,
      itemCount: this.#items,
      outputFormat: 'DYNAMODB_JSON',
      exportType: 'FULL_EXPORT',
    }
  }

  async #putWithSum(name: string, text: string): Promise<void> {
    const body = Buffer.from(text)
    await this.#put(`${name}.json`, body)
    await this.#put(`${name}.md5`, Buffer.from(createHash('md5').update(body).digest('base64')))
  }

  async #put(name: string, body: Uint8Array): Promise<string> {
    const outcome = await this.#deps.buckets.put(this.#place, `${this.#folder}/${name}`, body)
    if (outcome.kind === 'refused') throw new BucketRefusal(outcome.code, outcome.message)
    return outcome.value.etag.replaceAll('"', '')
  }
}
