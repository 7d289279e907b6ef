// Queues have one owner: a node that was replaced without noticing can write nothing any more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { SqsWorld } from './kit.ts'

test('a node that lost the queues acknowledges nothing; what the new owner took is all there is', async () => {
  const store = createMemoryStore()
  const old = new SqsWorld({ store })
  const QueueUrl = await old.queue('jobs')
  await old.run('SendMessage', { QueueUrl, MessageBody: 'before' })
  const young = new SqsWorld({ store })
  await young.run('SendMessage', { QueueUrl, MessageBody: 'by the new owner' })
  await assert.rejects(old.run('SendMessage', { QueueUrl, MessageBody: 'by the old owner' }))
  const { Messages = [] } = await young.run('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 })
  assert.deepEqual(new Set(Messages.map(({ Body }) => Body)), new Set(['before', 'by the new owner']))
})

test('a node that lost the queues and is asked again reads them anew, and owns them then', async () => {
  const store = createMemoryStore()
  const old = new SqsWorld({ store })
  const QueueUrl = await old.queue('jobs')
  const young = new SqsWorld({ store })
  await young.run('SendMessage', { QueueUrl, MessageBody: 'one' })
  await assert.rejects(old.run('SendMessage', { QueueUrl, MessageBody: 'lost' }))
  await old.run('SendMessage', { QueueUrl, MessageBody: 'two' })
  const { Messages = [] } = await old.run('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 })
  assert.deepEqual(new Set(Messages.map(({ Body }) => Body)), new Set(['one', 'two']))
  await assert.rejects(young.run('SendMessage', { QueueUrl, MessageBody: 'lost as well' }))
})
