// How DynamoDB's exports and imports reach a bucket: S3's own operations, called in process. Services do not know each other;
// this is one of the few places that know both.
import { AwsError } from '#protocol/errors.ts'
import type { IncomingBody, Service } from '#protocol/operation.ts'
import type { BucketOutcome, BucketPlace, BucketPort } from '#services/dynamodb/bucket-port.ts'
import { internalContext } from './internal-context.ts'

export function createBucketPort(s3: () => Promise<Service>): BucketPort {
  const call = async <T>(
    operation: string,
    place: BucketPlace,
    input: Readonly<Record<string, unknown>>,
    valueOf: (output: Readonly<Record<string, unknown>>) => T,
  ): Promise<BucketOutcome<T>> => {
    const found = (await s3()).operations.get(operation)
    if (found === undefined) return { kind: 'refused', code: 'NotImplemented', message: `S3 has no ${operation}` }
    try {
      const { account, region } = place
      const context = internalContext({ service: 's3', operation, account, region })
      const output = await found.handle({ Bucket: place.bucket, ...input }, context)
      return { kind: 'done', value: valueOf((output ?? {}) as Readonly<Record<string, unknown>>) }
    } catch (error) {
      if (error instanceof AwsError && error.status < 500)
        return { kind: 'refused', code: error.code, message: error.message }
      throw error
    }
  }
  return {
    put: (place, key, body) =>
      call('PutObject', place, { Key: key, Body: bodyOfBytes(body) }, ({ ETag }) => ({ etag: ETag as string })),
    list: (place, prefix, next) =>
      call(
        'ListObjectsV2',
        place,
        { Prefix: prefix, ...(next !== undefined && { ContinuationToken: next }) },
        (output) => ({
          objects: ((output['Contents'] ?? []) as readonly { Key: string; Size?: number }[]).map(
            ({ Key, Size = 0 }) => ({
              key: Key,
              sizeBytes: Size,
            }),
          ),
          next: output['NextContinuationToken'] as string | undefined,
        }),
      ),
    read: (place, key) => call('GetObject', place, { Key: key }, ({ Body }) => streamOf(Body)),
  }
}

export function bodyOfBytes(bytes: Uint8Array): IncomingBody {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    length: buffer.length,
    bytes: async () => buffer,
    async *stream() {
      yield buffer
    },
    trailers: () => new Map(),
  }
}

async function* streamOf(body: unknown): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body
  else if (body !== undefined) yield* body as AsyncIterable<Uint8Array>
}
