// CreateTopic: idempotent for the same name with the same attributes and tags.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { archivingTopics } from '../archive.ts'
import { topicArn } from '../arn.ts'
import { checkDataProtectionPolicy } from '../data-protection.ts'
import type { SnsDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { TOPIC_NAME_CHARS_MAX } from '../limits.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { readTags, withTags } from '../tags.ts'
import { topicKey, type TopicRecord, topics } from '../topic.ts'
import { archiveDaysOf, newAttributes } from '../topic-attributes.ts'

const NAME = /^[A-Za-z0-9_-]+$/

export async function createTopic(
  deps: SnsDeps,
  input: SnsInput<'CreateTopic'>,
  context: RequestContext,
): Promise<SnsOutput<'CreateTopic'>> {
  const { account, region } = context
  const name = input.Name ?? ''
  const given = input.Attributes ?? {}
  const fifo = given['FifoTopic']?.toLowerCase() === 'true'
  checkName(name, fifo)
  const tags = withTags({}, readTags(input.Tags ?? []))
  const attributes = newAttributes(given, fifo)
  if (input.DataProtectionPolicy !== undefined) checkDataProtectionPolicy(input.DataProtectionPolicy)
  await transact(deps.store, async (transaction) => {
    const key = topicKey({ account, region, name })
    const before = (await topics.get(transaction, key))?.value
    if (before !== undefined) return sameOrThrow(before, attributes, tags)
    const topic: TopicRecord = {
      id: newRequestId(),
      account,
      region,
      name,
      createdMs: deps.clock.nowMs(),
      attributes,
      tags,
      ...(input.DataProtectionPolicy !== undefined && { dataProtectionPolicy: input.DataProtectionPolicy }),
    }
    await topics.set(transaction, key, topic)
    if (archiveDaysOf(topic) !== undefined) await archivingTopics.set(transaction, key, { account, region, name })
  })
  deps.views.forgetAll()
  return { TopicArn: topicArn({ account, region, name }) }
}

function checkName(name: string, fifo: boolean): void {
  const base = fifo && name.endsWith('.fifo') ? name.slice(0, -'.fifo'.length) : name
  const fits = NAME.test(base) && name.length <= TOPIC_NAME_CHARS_MAX
  if (fifo && !(fits && name.endsWith('.fifo')))
    throw invalidParameter(
      'Topic Name Reason: Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.',
    )
  if (!fits) throw invalidParameter('Topic Name')
}

/** What is not named may be anything. */
function sameOrThrow(
  before: TopicRecord,
  attributes: Readonly<Record<string, string>>,
  tags: Readonly<Record<string, string>>,
): void {
  if (Object.entries(attributes).some(([name, value]) => before.attributes[name] !== value))
    throw invalidParameter('Attributes Reason: Topic already exists with different attributes')
  if (Object.entries(tags).some(([name, value]) => before.tags[name] !== value))
    throw invalidParameter('Tags Reason: Topic already exists with different tags')
}
