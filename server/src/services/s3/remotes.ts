// Buckets that are somewhere else: destinations of replication at another endpoint. AWS names a destination by its ARN
// alone, which says nothing of where it is, so the operator's settings say it by bucket name (MAYFLY_S3_REMOTE_BUCKETS):
//
//   bucket=https://key:secret@host:port/region bucket2=http://...
import { OperatorError } from '#base/errors.ts'

export interface RemoteEndpoint {
  /** Scheme, host and port. */
  readonly origin: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface RemoteBuckets {
  /** Where a bucket of this name is; undefined: here. */
  endpointOf(bucket: string): RemoteEndpoint | undefined
}

export const NO_REMOTES: RemoteBuckets = { endpointOf: () => undefined }

const DEFAULT_REGION = 'us-east-1'

/** Reads the setting. Throws OperatorError. */
export function parseRemotes(setting: string | undefined): RemoteBuckets {
  const remotes = new Map<string, RemoteEndpoint>()
  for (const entry of (setting ?? '').split(/[\s,]+/)) {
    if (entry === '') continue
    const equals = entry.indexOf('=')
    remotes.set(entry.slice(0, Math.max(0, equals)), parseEndpoint(entry.slice(equals + 1)))
  }
  return { endpointOf: (bucket) => remotes.get(bucket) }
}

function parseEndpoint(text: string): RemoteEndpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const region = url?.pathname.replace(/^\//, '') ?? ''
  if (!url || url.username === '' || url.password === '' || !/^https?:$/.test(url.protocol))
    // The text holds a secret: it is not repeated.
    throw new OperatorError(
      'MAYFLY_S3_REMOTE_BUCKETS has an entry that is no endpoint',
      'Each entry is `bucket=http://accessKeyId:secretAccessKey@host:port/region`, entries are separated by blanks.',
    )
  return {
    origin: url.origin,
    region: region === '' ? DEFAULT_REGION : region,
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
  }
}
