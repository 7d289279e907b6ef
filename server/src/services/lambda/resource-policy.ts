// Resource policies: as one document, the form in which GetPolicy answers and in which its size counts; and as the gateway
// asks for them.
import type { ResourcePolicies } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { invalidParameter } from './errors.ts'
import { type FunctionRef, parseFunctionArn, parseFunctionName } from './function-name.ts'
import { functionKey, functions, policies, type PolicyRecord } from './function-record.ts'

export function renderPolicy({ version, id, statements }: Omit<PolicyRecord, 'revisionId'>): string {
  const head =
    version === undefined
      ? { Version: '2012-10-17', Id: 'default' }
      : { Version: version, ...(id !== undefined && { Id: id }) }
  return JSON.stringify({ ...head, Statement: statements })
}

/** What PutResourcePolicy and its like name: a function, version or alias by its whole ARN. Throws AWS's errors. */
export function policyBearer(arn: string | undefined, context: RequestContext): FunctionRef {
  if (arn === undefined || !parseFunctionArn(arn))
    throw invalidParameter(`${arn} is not the ARN of a function, a version or an alias.`)
  return parseFunctionName(arn, undefined, context)
}

/** What a function, or its version or alias, itself says of who may use it; undefined when there is no such function. */
export async function functionPolicies(store: Store, arn: string): Promise<ResourcePolicies | undefined> {
  const ref = parseFunctionArn(arn)
  const owner = ref && (await functions.get(store, functionKey(ref)))?.value
  if (!owner) return undefined
  const found = await policies.get(store, [owner.id, ref.qualifier ?? ''])
  return { owner: owner.account, documents: found ? [renderPolicy(found.value)] : [] }
}
