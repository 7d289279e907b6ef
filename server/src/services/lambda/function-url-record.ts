// What is stored about function URLs: lambda.urls [functionId, alias or ''], found by the name in front of their host.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Reader } from '#storage/transact.ts'
import { resourceNotFound } from './errors.ts'

export interface UrlCors {
  readonly allowOrigins: readonly string[]
  readonly allowMethods: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly maxAgeS: number | undefined
  readonly allowCredentials: boolean | undefined
}

export interface FunctionUrlRecord {
  /** 32 characters, the name in front of the host. */
  readonly urlId: string
  readonly account: string
  readonly region: string
  readonly functionName: string
  /** An alias; undefined for $LATEST. */
  readonly alias: string | undefined
  readonly authType: 'NONE' | 'AWS_IAM'
  readonly cors: UrlCors | undefined
  /** `stream`: the answer leaves while the function makes it. */
  readonly mode: 'buffered' | 'stream'
  /** The domain that the client used when it made the URL, with its port. */
  readonly domain: string
  readonly createdMs: number
  readonly modifiedMs: number
}

export const functionUrls = new Collection<FunctionUrlRecord>({
  name: 'lambda.urls',
  codec: jsonCodec(1),
  indexes: { id: ({ urlId }) => [[urlId]] },
})

/** The URL, or AWS's ResourceNotFoundException. */
export async function requireFunctionUrl(
  reader: Reader,
  functionId: string,
  alias: string | undefined,
): Promise<FunctionUrlRecord> {
  const found = await functionUrls.get(reader, [functionId, alias ?? ''])
  if (!found) throw resourceNotFound('The resource you requested does not exist.')
  return found.value
}
