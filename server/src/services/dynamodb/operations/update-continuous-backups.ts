import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeContinuousBackups } from '../describe-backups.ts'
import { notFound } from '../errors.ts'
import { historyPrefix } from '../history-record.ts'
import { RECOVERY_DAYS_MAX, RECOVERY_DAYS_MIN } from '../limits.ts'
import { newSpace } from '../tables.ts'

export const updateContinuousBackups: DynamoOperation<'UpdateContinuousBackups'> = async (deps, input, context) => {
  const { tables, jobs, clock } = deps
  const { PointInTimeRecoveryEnabled: isEnabled, RecoveryPeriodInDays: days } = input.PointInTimeRecoverySpecification
  const at = 'pointInTimeRecoverySpecification.recoveryPeriodInDays'
  new Constraints()
    .tableName('tableName', input.TableName)
    .atLeast(at, days, RECOVERY_DAYS_MIN)
    .atMost(at, days, RECOVERY_DAYS_MAX)
    .check()
  const place = tablePlace(input.TableName, context)
  if ((await tables.find(place)) === undefined)
    throw notFound('TableNotFoundException', `Table not found: ${place.name}`)
  const record = await tables.update(place, (old, transaction) => {
    const { history, ...plain } = old
    if (!isEnabled) {
      if (history !== undefined) jobs.add(transaction, { kind: 'clear', prefix: historyPrefix(history.space) })
      return plain
    }
    const kept = history ?? { space: newSpace(), sinceMs: clock.nowMs(), days: RECOVERY_DAYS_MAX }
    return { ...plain, history: { ...kept, days: days ?? kept.days } }
  })
  jobs.wake()
  return { ContinuousBackupsDescription: describeContinuousBackups(record, clock.nowMs()) }
}
