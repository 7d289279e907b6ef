// On-demand backups, exports and imports, as they are kept:
//
//   ['dynamodb.backups', account, region, table, id]   a backup; its items are in a space of their own
//   ['dynamodb.exports', account, region, table, id]
//   ['dynamodb.imports', account, region, table, id]
import { randomHex } from '#base/ids.ts'
import { jsonCodec, type Codec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import { tableArn, tableOfArn, type TablePlace } from './arn.ts'
import type { TableRecord } from './table-record.ts'

interface Finished {
  readonly endedMs: number
  readonly items: number
  readonly bytes: number
}

export type Progress =
  | { readonly kind: 'running' }
  | ({ readonly kind: 'done' } & Finished)
  | { readonly kind: 'failed'; readonly endedMs: number; readonly code: string; readonly message: string }

export interface BackupRecord {
  readonly arn: string
  readonly name: string
  readonly createdMs: number
  readonly space: string
  readonly progress: Progress
  /** The table as it was. */
  readonly table: TableRecord
}

export interface ExportRecord {
  readonly arn: string
  readonly startedMs: number
  /** The moment whose items are exported. */
  readonly atMs: number
  readonly table: TableRecord
  readonly bucket: string
  readonly bucketOwner?: string
  readonly prefix?: string
  readonly encryption: { readonly algorithm: 'AES256' | 'KMS'; readonly keyId?: string }
  readonly clientToken?: string
  readonly progress: Progress
  readonly manifest?: string
}

export interface ImportRecord {
  readonly arn: string
  readonly startedMs: number
  readonly table: TablePlace & { readonly id: string }
  readonly bucket: string
  readonly bucketOwner?: string
  readonly prefix?: string
  readonly format: 'DYNAMODB_JSON' | 'CSV'
  readonly csv?: { readonly delimiter?: string; readonly header?: readonly string[] }
  readonly compression: 'GZIP' | 'ZSTD' | 'NONE'
  readonly clientToken?: string
  readonly progress: Progress
  readonly counts: { readonly processedBytes: number; readonly processed: number; readonly errors: number }
  /** As given, for descriptions. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** One kind of record below a table's ARN. */
export class ArnRecords<T> {
  readonly #prefix: string
  readonly kind: string
  readonly #codec: Codec<T>

  constructor(prefix: string, kind: string) {
    this.#prefix = prefix
    this.kind = kind
    this.#codec = jsonCodec<T>(1)
  }

  /** The ARN of a new one; its id begins with the time, so that keys are in order of time. */
  newArn(table: TablePlace, nowMs: number): string {
    return `${tableArn(table)}/${this.kind}/${String(nowMs).padStart(14, '0')}-${randomHex(4)}`
  }

  /** Undefined for an ARN that is none of this kind. */
  keyOf(arn: string): Key | undefined {
    const place = tableOfArn(arn)
    const [, kind, id] = /:table\/[^/]+\/([^/]+)\/([^/]+)$/.exec(arn) ?? []
    if (place === undefined || kind !== this.kind || id === undefined) return undefined
    return [this.#prefix, place.account, place.region, place.name, id]
  }

  /** Of a place, or of one table in it. */
  prefixOf({ account, region }: Omit<TablePlace, 'name'>, table?: string): Key {
    return table === undefined ? [this.#prefix, account, region] : [this.#prefix, account, region, table]
  }

  encode(record: T): Uint8Array {
    return this.#codec.encode(record)
  }

  decode(bytes: Uint8Array): T {
    return this.#codec.decode(bytes)
  }
}

export const backups = new ArnRecords<BackupRecord>('dynamodb.backups', 'backup')
export const exportsOf = new ArnRecords<ExportRecord>('dynamodb.exports', 'export')
export const imports = new ArnRecords<ImportRecord>('dynamodb.imports', 'import')
