// PublishBatch: up to ten messages in one commit. As on AWS, one entry that cannot be published fails the request.
import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import { forTopic, publicationBytes, readDraft } from '../draft.ts'
import { batchTooLong, emptyBatch, idsNotDistinct, invalidBatchId, tooManyEntries } from '../errors.ts'
import { requireKeyUse } from '../key-use.ts'
import { BATCH_ENTRIES_MAX, BATCH_ID_CHARS_MAX, MESSAGE_BYTES_MAX } from '../limits.ts'
import { sequenceText } from '../message.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { requireTopic } from '../topic.ts'

const ID = /^[A-Za-z0-9_-]+$/

export async function publishBatch(
  deps: SnsDeps,
  input: SnsInput<'PublishBatch'>,
  context: RequestContext,
): Promise<SnsOutput<'PublishBatch'>> {
  const entries = input.PublishBatchRequestEntries ?? []
  if (entries.length === 0) throw emptyBatch()
  if (entries.length > BATCH_ENTRIES_MAX) throw tooManyEntries()
  const topic = await requireTopic(deps.store, input.TopicArn, context)
  const ids = entries.map(({ Id }) => Id)
  checkIds(ids)
  const bytes = entries.reduce((sum, entry) => sum + publicationBytes(entry), 0)
  if (bytes > MESSAGE_BYTES_MAX) throw batchTooLong()
  const drafts = entries.map((entry, index) => forTopic(readDraft(entry, true, index + 1), topic))
  await requireKeyUse(deps, topic, context)
  const published = await deps.publisher.publish(topic, drafts, deps.hops.next(context.principal))
  return {
    Successful: published.map(({ messageId, sequence }, index) => ({
      Id: ids[index],
      MessageId: messageId,
      SequenceNumber: sequence === undefined ? undefined : sequenceText(sequence),
    })),
    Failed: [],
  }
}

function checkIds(ids: readonly string[]): void {
  for (const id of ids) {
    if (id.length > BATCH_ID_CHARS_MAX)
      throw invalidBatchId(
        `The Id of a batch entry in the batch request is too long: ${id.slice(0, BATCH_ID_CHARS_MAX)}`,
      )
    if (!ID.test(id))
      throw invalidBatchId(`The Id of a batch entry in the batch request contains an impermissible character: ${id}`)
  }
  if (new Set(ids).size < ids.length) throw idsNotDistinct()
}
