import { Constraints } from '../constraints.ts'
import { deletionProtected, noSuchGroup, noSuchStream } from '../errors.ts'
import type { LogsOperation } from '../model.ts'
import { streamRef } from '../names.ts'

export const deleteLogStream: LogsOperation<'DeleteLogStream'> = async ({ logs }, input, context) => {
  const { logGroupName, logStreamName } = input
  new Constraints().groupName('logGroupName', logGroupName).streamName('logStreamName', logStreamName).check()
  const outcome = await logs.deleteStream(streamRef(context, logGroupName, logStreamName))
  if (outcome === 'no-group') throw noSuchGroup()
  if (outcome === 'no-stream') throw noSuchStream()
  if (outcome === 'protected') throw deletionProtected()
  return {}
}
