import { randomHex } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { queueArn, queueUrl, type QueueName } from '../arn.ts'
import { differingAttribute, readNewAttributes } from '../attributes.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { invalidParameter, queueNameExists } from '../errors.ts'
import { QUEUE_NAME_CHARS_MAX } from '../limits.ts'
import type { QueueRecord } from '../queue-record.ts'
import { demandRedrive } from '../redrive.ts'
import { withTags } from '../tags.ts'

const NAME = /^[A-Za-z0-9_-]+$/
const FIFO_NAME = /^[A-Za-z0-9_-]+\.fifo$/
const UID_BYTES = 8

/**
 * CreateQueue. A queue that is there already is answered when all attributes that were sent are as it has them. AWS lets 60
 * seconds pass before the name of a deleted queue can be used again; here it can be at once.
 */
export async function createQueue(
  { queues, clock }: SqsDeps,
  { QueueName: name, Attributes: sent = {}, tags }: SqsInput<'CreateQueue'>,
  context: RequestContext,
): Promise<SqsOutput<'CreateQueue'>> {
  const { account, region } = context
  const isFifo = sent.FifoQueue?.toLowerCase() === 'true'
  demandName(name, isFifo)
  const attributes = readNewAttributes(sent, isFifo)
  const id: QueueName = { account, region, name }
  await demandRedrive(queues, attributes, { ...id, isFifo })
  const nowMs = clock.nowMs()
  const asked: QueueRecord = {
    ...id,
    uid: randomHex(UID_BYTES),
    createdMs: nowMs,
    modifiedMs: nowMs,
    attributes,
    tags: withTags({}, tags ?? {}),
    purgedTo: 0,
    purgedMs: 0,
  }
  const there = await queues.record(queueArn(id))
  const { record, isNew } = there ? { record: there, isNew: false } : await queues.create(asked)
  const differing = isNew ? undefined : differingAttribute(record, sent)
  if (differing !== undefined) throw queueNameExists(differing)
  return { QueueUrl: queueUrl(record, context) }
}

function demandName(name: string, isFifo: boolean): void {
  const isFit = name.length <= QUEUE_NAME_CHARS_MAX && (isFifo ? FIFO_NAME : NAME).test(name)
  if (isFit) return
  throw invalidParameter(
    isFifo
      ? 'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.'
      : 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
  )
}
