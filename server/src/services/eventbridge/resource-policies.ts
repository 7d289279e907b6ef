// What hangs on buses and rules, for the authorization of requests.
import type { ResourcePolicies } from '#protocol/operation.ts'
import { readArn } from './arn.ts'
import type { EventBridgeDeps } from './deps.ts'

/** The policy of a bus; it speaks for the bus's rules too. */
export async function eventPolicies(
  { views }: EventBridgeDeps,
  resource: string,
): Promise<ResourcePolicies | undefined> {
  const read = readArn(resource)
  if (read === undefined) return undefined
  if (read.kind === 'archive' || read.kind === 'replay') return { owner: read.ref.account, documents: [] }
  const { account, region } = read.ref
  const view = await views.get({ account, region, name: read.kind === 'bus' ? read.ref.name : read.ref.bus })
  if (view === undefined) return undefined
  return { owner: account, documents: view.bus.policy === undefined ? [] : [view.bus.policy] }
}
