// ListTopics: 100 at a time, by name.
import type { RequestContext } from '#protocol/operation.ts'
import { topicArn } from '../arn.ts'
import type { SnsDeps } from '../deps.ts'
import { LIST_PAGE } from '../limits.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { pageToken, readPageToken } from '../page-token.ts'
import { topics } from '../topic.ts'

export async function listTopics(
  { store }: SnsDeps,
  input: SnsInput<'ListTopics'>,
  { account, region }: RequestContext,
): Promise<SnsOutput<'ListTopics'>> {
  const after = readPageToken(input.NextToken, 1)
  const prefix = [account, region]
  const page = await topics.list(
    store,
    { prefix, ...(after && { after: [...prefix, ...after] }) },
    { limit: LIST_PAGE + 1 },
  )
  const shown = page.slice(0, LIST_PAGE)
  const last = shown.at(-1)
  return {
    Topics: shown.map(({ value }) => ({ TopicArn: topicArn(value) })),
    ...(page.length > LIST_PAGE && last && { NextToken: pageToken([last.value.name]) }),
  }
}
