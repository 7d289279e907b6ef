// The context of work that no client's request caused: the account itself acts.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'

/** For operations and policies of other services that are asked in process. */
export function internalContext(
  call: Pick<RequestContext, 'service' | 'operation' | 'account' | 'region'>,
): RequestContext {
  const { account } = call
  return {
    ...call,
    requestId: newRequestId(),
    principal: { kind: 'root', account, accessKeyId: '' },
    http: { method: 'POST', url: '/', headers: {}, host: '', remoteAddress: '' },
    signal: new AbortController().signal,
    setHeader() {},
    setStatus() {},
  }
}
