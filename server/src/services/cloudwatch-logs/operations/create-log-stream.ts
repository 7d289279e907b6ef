import { Constraints } from '../constraints.ts'
import { noSuchGroup, streamExists } from '../errors.ts'
import type { LogsOperation } from '../model.ts'
import { streamRef } from '../names.ts'

export const createLogStream: LogsOperation<'CreateLogStream'> = async ({ logs }, input, context) => {
  const { logGroupName, logStreamName } = input
  new Constraints().groupName('logGroupName', logGroupName).streamName('logStreamName', logStreamName).check()
  const outcome = await logs.createStream(streamRef(context, logGroupName, logStreamName))
  if (outcome === 'no-group') throw noSuchGroup()
  if (outcome === 'exists') throw streamExists()
  return {}
}
