// How a deploy reads its package from a bucket: Lambda asks, S3's own GetObject answers. Services do not know each other;
// this is one of the few places that know both.
import { AwsError } from '#protocol/errors.ts'
import type { Service } from '#protocol/operation.ts'
import type { CodeSource } from '#services/lambda/ports.ts'
import { internalContext } from './internal-context.ts'

export function createCodeSource(s3: () => Promise<Service>): CodeSource {
  return {
    async read({ account, region, bucket, key, version }) {
      const getObject = (await s3()).operations.get('GetObject')
      if (getObject === undefined) return { kind: 'missing', code: 'NotImplemented', message: 'S3 cannot read objects' }
      try {
        const input = { Bucket: bucket, Key: key, VersionId: version }
        const output = await getObject.handle(
          input,
          internalContext({ service: 's3', operation: 'GetObject', account, region }),
        )
        return { kind: 'found', body: bodyOf(output) }
      } catch (error) {
        if (error instanceof AwsError && error.status < 500)
          return { kind: 'missing', code: error.code, message: error.message }
        throw error
      }
    },
  }
}

function bodyOf(output: unknown): AsyncIterable<Uint8Array> {
  const body = (output as { readonly Body?: Uint8Array | AsyncIterable<Uint8Array> }).Body
  return body === undefined || body instanceof Uint8Array ? piecesOf(body) : body
}

async function* piecesOf(body: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (body !== undefined && body.length > 0) yield body
}
