// Topics with a KMS key: what is kept of their messages cannot be read in the data folder.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import { makeQueue, openBench, type SnsBench } from './kit.ts'

let bench: SnsBench
before(async () => {
  bench = await openBench()
})
after(async () => {
  await bench[Symbol.asyncDispose]()
})

async function isOnDisk(text: string): Promise<boolean> {
  for (const entry of await readdir(join(bench.test.folder, 'data'), { recursive: true, withFileTypes: true }))
    if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(text)) return true
  return false
}

async function archive(name: string, text: string, more: Record<string, string> = {}): Promise<string> {
  const Attributes = {
    FifoTopic: 'true',
    ContentBasedDeduplication: 'true',
    ArchivePolicy: JSON.stringify({ MessageRetentionPeriod: '1' }),
    ...more,
  }
  const { TopicArn = '' } = await bench.sns.send(new CreateTopicCommand({ Name: name, Attributes }))
  await bench.sns.send(new PublishCommand({ TopicArn, Message: text, MessageGroupId: 'g' }))
  return TopicArn
}

test('an archived message is encrypted with the key of its topic, and delivered in the clear', async () => {
  await archive('open.fifo', 'everybody may read this line')
  assert.ok(await isOnDisk('everybody may read this line'))
  const secret = 'nobody may read this line'
  const TopicArn = await archive('sealed.fifo', secret, { KmsMasterKeyId: 'alias/aws/sns' })
  assert.ok(!(await isOnDisk(secret)))
  const queue = await makeQueue(bench.sqs, 'sealed.fifo')
  await bench.sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: queue.arn,
      Attributes: {
        RawMessageDelivery: 'true',
        ReplayPolicy: JSON.stringify({ PointType: 'Timestamp', StartingPoint: '2020-01-01T00:00:00.000Z' }),
      },
    }),
  )
  assert.equal((await queue.take(1))[0]?.Body, secret)
})

test('a key that is not there refuses the publish', async () => {
  const KmsMasterKeyId = '11111111-2222-3333-4444-555555555555'
  const { TopicArn } = await bench.sns.send(new CreateTopicCommand({ Name: 'keyless', Attributes: { KmsMasterKeyId } }))
  await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sms', Endpoint: '+4915112345678' }))
  await assert.rejects(bench.sns.send(new PublishCommand({ TopicArn, Message: 'x' })), { name: 'KMSNotFoundException' })
})
