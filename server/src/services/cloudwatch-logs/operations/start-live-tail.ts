import { Constraints } from '../constraints.ts'
import { invalidParameter, noSuchGroup, tooManySessions } from '../errors.ts'
import { TAIL_GROUPS_MAX, STREAM_NAMES_MAX } from '../limits.ts'
import { LiveTailSession } from '../live-tail.ts'
import type { LogsOperation } from '../model.ts'
import { groupOfArn, groupRef } from '../names.ts'
import { parseFilter } from '../pattern/pattern.ts'

export const startLiveTail: LogsOperation<'StartLiveTail'> = async (deps, input, context) => {
  const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = input
  const constraints = new Constraints()
    .count('logGroupIdentifiers', logGroupIdentifiers, { min: 1, max: TAIL_GROUPS_MAX })
    .streamNames('logStreamNames', logStreamNames, STREAM_NAMES_MAX)
    .streamNames('logStreamNamePrefixes', logStreamNamePrefixes, STREAM_NAMES_MAX)
    .filterPattern('logEventFilterPattern', logEventFilterPattern)
  for (const [index, identifier] of logGroupIdentifiers.entries())
    constraints.groupIdentifier(`logGroupIdentifiers.${index + 1}.member`, identifier)
  constraints.check()
  if (logStreamNames !== undefined && logStreamNamePrefixes !== undefined)
    throw invalidParameter('logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.')
  if ((logStreamNames ?? logStreamNamePrefixes) !== undefined && logGroupIdentifiers.length > 1)
    throw invalidParameter('Log streams can only be given together with a single log group.')
  const pattern = parseFilter(logEventFilterPattern)
  const groups = logGroupIdentifiers.map((identifier) => {
    // AWS takes only ARNs here, and without the asterisk.
    if (!identifier.startsWith('arn:') || identifier.endsWith('*'))
      throw invalidParameter(`Invalid log group ARN: ${identifier}`)
    return { identifier, ref: groupRef(context, groupOfArn(context, identifier)) }
  })
  await deps.logs.flush()
  for (const { ref } of groups) if (!(await deps.logs.getGroup(ref))) throw noSuchGroup()
  const session = LiveTailSession.open(deps, {
    requestId: context.requestId,
    groups,
    logStreamNames: logStreamNames ?? [],
    logStreamNamePrefixes: logStreamNamePrefixes ?? [],
    logEventFilterPattern: logEventFilterPattern ?? '',
    matches: (message) => pattern.matches(message),
    signal: AbortSignal.any([context.signal, deps.draining]),
  })
  if (!session) throw tooManySessions()
  return { responseStream: session.events() }
}
