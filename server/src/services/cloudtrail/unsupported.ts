// What trails can do on AWS and not here: refused by name, because taking it would promise a delivery that never comes.
import { trailError } from './errors.ts'

interface TrailInput {
  readonly SnsTopicName?: string | undefined
  readonly CloudWatchLogsLogGroupArn?: string | undefined
  readonly CloudWatchLogsRoleArn?: string | undefined
  readonly KmsKeyId?: string | undefined
  readonly IsOrganizationTrail?: boolean | undefined
  readonly RecursiveLogging?: unknown
}

/** Throws UnsupportedOperationException. */
export function refuseUnsupported(input: TrailInput): void {
  const {
    SnsTopicName,
    CloudWatchLogsLogGroupArn,
    CloudWatchLogsRoleArn,
    KmsKeyId,
    IsOrganizationTrail,
    RecursiveLogging,
  } = input
  const named = { SnsTopicName, CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn, KmsKeyId, RecursiveLogging }
  for (const [name, value] of Object.entries(named))
    if (value !== undefined && value !== '')
      throw trailError('UnsupportedOperationException', `Mayfly does not support ${name} of trails yet. Leave it out.`)
  if (IsOrganizationTrail === true)
    throw trailError('UnsupportedOperationException', 'Mayfly has no organizations: leave IsOrganizationTrail out.')
}
