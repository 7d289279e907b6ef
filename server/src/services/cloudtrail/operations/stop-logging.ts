// StopLogging: what was recorded until now is still delivered.
import { changeTrail } from '../change-trail.ts'
import type { CloudTrailOperation } from '../model.ts'

export const stopLogging: CloudTrailOperation<'StopLogging'> = async (deps, input, context) => {
  const upTo = await deps.journal.lastSequence(context.account)
  const stoppedMs = deps.clock.nowMs()
  await changeTrail(deps, input.Name, context, (trail) =>
    trail.logging.kind === 'on'
      ? { ...trail, logging: { kind: 'off', sinceMs: trail.logging.sinceMs, stoppedMs, upTo } }
      : trail,
  )
  return {}
}
