// GetTrailStatus: whether a trail logs, and how its last deliveries went.
import { progress } from '../delivery.ts'
import type { CloudTrailOperation } from '../model.ts'
import { findTrail, trailKey } from '../trail.ts'

export const getTrailStatus: CloudTrailOperation<'GetTrailStatus'> = async ({ store }, input, context) => {
  const trail = await findTrail(store, input.Name, context)
  const now = (await progress.get(store, trailKey(trail)))?.value
  const { logging } = trail
  const startedMs = logging.kind === 'never' ? undefined : logging.sinceMs
  const stoppedMs = logging.kind === 'off' ? logging.stoppedMs : undefined
  return {
    IsLogging: logging.kind === 'on',
    LatestDeliveryError: now?.error,
    LatestDeliveryTime: dateOf(now?.deliveredMs),
    LatestDigestDeliveryTime: dateOf(now?.digestMs),
    LatestDigestDeliveryError: now?.digestError,
    StartLoggingTime: dateOf(startedMs),
    StopLoggingTime: dateOf(stoppedMs),
    LatestDeliveryAttemptTime: textOf(now?.triedMs),
    LatestDeliveryAttemptSucceeded: textOf(now?.deliveredMs),
    TimeLoggingStarted: textOf(startedMs),
    TimeLoggingStopped: textOf(stoppedMs),
    LatestNotificationAttemptTime: '',
    LatestNotificationAttemptSucceeded: '',
  }
}

function dateOf(timeMs: number | undefined): Date | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs)
}

function textOf(timeMs: number | undefined): string {
  return timeMs === undefined ? '' : new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z')
}
