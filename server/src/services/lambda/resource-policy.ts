// Resource policies: as one document, the form in which GetPolicy answers and in which its size counts; and as the gateway
// asks for them.
import type { ResourcePolicies } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'
import { parseFunctionArn } from './function-name.ts'
import { functionKey, functions, policies, type PolicyStatement } from './function-record.ts'

export function renderPolicy(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements })
}

/** What a function, or its version or alias, itself says of who may use it; undefined when there is no such function. */
export async function functionPolicies(store: Store, arn: string): Promise<ResourcePolicies | undefined> {
  const ref = parseFunctionArn(arn)
  const owner = ref && (await functions.get(store, functionKey(ref)))?.value
  if (!owner) return undefined
  const found = await policies.get(store, [owner.id, ref.qualifier ?? ''])
  return { owner: owner.account, documents: found ? [renderPolicy(found.value.statements)] : [] }
}
