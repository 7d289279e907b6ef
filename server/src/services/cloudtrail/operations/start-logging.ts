// StartLogging: delivers what is recorded from now on.
import { transact } from '#storage/transact.ts'
import { changeTrail } from '../change-trail.ts'
import { progress } from '../delivery.ts'
import type { CloudTrailOperation } from '../model.ts'
import { findHomeTrail, trailKey } from '../trail.ts'

export const startLogging: CloudTrailOperation<'StartLogging'> = async (deps, input, context) => {
  const before = await findHomeTrail(deps.store, input.Name, context)
  if (before.logging.kind === 'on') return {}
  const cursor = await deps.journal.lastSequence(context.account)
  await transact(deps.store, async (transaction) => {
    const now = (await progress.get(transaction, trailKey(before)))?.value ?? { cursor, digests: {} }
    await progress.set(transaction, trailKey(before), { ...now, cursor })
  })
  const sinceMs = deps.clock.nowMs()
  await changeTrail(deps, input.Name, context, (trail) => ({ ...trail, logging: { kind: 'on', sinceMs } }))
  return {}
}
