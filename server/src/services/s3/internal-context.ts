// The context of what S3 does by itself: logs that it writes, versions that it expires, replicas that it makes.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { BucketRecord } from './bucket.ts'

/** Acts as the owner of the bucket; `agent` tells which part of S3 it is, where an access key id would stand. */
export function internalContext(
  { account, region }: Pick<BucketRecord, 'account' | 'region'>,
  operation: string,
  agent: string,
): RequestContext {
  return {
    requestId: newRequestId(),
    service: 's3',
    operation,
    account,
    region,
    principal: { kind: 'root', account, accessKeyId: agent },
    http: { method: 'POST', url: '/', headers: {}, host: '', remoteAddress: '127.0.0.1' },
    signal: new AbortController().signal,
    setHeader() {},
    setStatus() {},
  }
}
