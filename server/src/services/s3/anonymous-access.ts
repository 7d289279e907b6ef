// May anybody do this? For what S3 serves beside the API, where nobody signs: websites. The same policies and ACLs as for
// the API decide.
import type { EdgeRequest } from '#protocol/edge.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { conditionKeysOf } from '#identity/policy/condition-keys.ts'
import { evaluate, type NamedPolicy } from '#identity/policy/evaluate.ts'
import { bucketArn, objectArn } from './arn.ts'
import type { BucketRecord } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import { resourcePolicies } from './resource-policies.ts'

/**
 * A request context for nobody, who may list where everybody may, and use no key of KMS. Nothing that it is given is sent:
 * the caller makes the answer.
 */
export function anonymousContext(
  deps: S3Deps,
  request: EdgeRequest,
  bucket: BucketRecord,
  operation: string,
): RequestContext {
  const { requestId, method, url, headers, host, remoteAddress, secure } = request
  return {
    requestId,
    service: 's3',
    operation,
    account: bucket.account,
    region: bucket.region,
    principal: { kind: 'anonymous' },
    http: { method, url, headers, host, remoteAddress, secure },
    signal: new AbortController().signal,
    permits: async (action) => action === 's3:ListBucket' && (await mayAnybody(deps, request, bucket, undefined)),
    setHeader() {},
    setStatus() {},
  }
}

/** May anybody read this object; may anybody list the bucket (without `key`)? */
export async function mayAnybody(
  deps: S3Deps,
  request: EdgeRequest,
  bucket: BucketRecord,
  key: string | undefined,
): Promise<boolean> {
  const action = key === undefined ? 's3:ListBucket' : 's3:GetObject'
  const resource = key === undefined ? bucketArn(bucket.name) : objectArn(bucket.name, key)
  const context = anonymousContext(deps, request, bucket, key === undefined ? 'ListObjectsV2' : 'GetObject')
  const found = await resourcePolicies(deps, resource, context)
  const policies = (found?.documents ?? []).map((text): NamedPolicy => {
    return { name: bucket.name, policy: deps.policies.of(text, 'resource') }
  })
  const keys = conditionKeysOf({
    'aws:sourceip': request.remoteAddress,
    'aws:securetransport': String(request.secure),
    'aws:useragent': request.headers['user-agent'],
    'aws:referer': request.headers['referer'],
    'aws:resourceaccount': bucket.account,
  })
  const decision = evaluate(
    { caller: { kind: 'anonymous' }, action, resource, resourceAccount: found?.owner ?? bucket.account, keys },
    { identity: [], resource: policies },
  )
  return decision.kind === 'allowed'
}
