// `mayfly audit` as its reader sees it, and who may read.
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openServer, type TestServer } from '../conformance/server-kit.ts'
import { mayfly } from '../conformance/mayfly.ts'

describe('mayfly audit', () => {
  let server: TestServer
  let target: { endpoint: string; credentials: TestServer['keys'] }

  before(async () => {
    server = await openServer()
    target = { endpoint: server.endpoint, credentials: server.keys }
    await new IAMClient(server.sdk).send(new CreateUserCommand({ UserName: 'ada' }))
    await assert.rejects(new IAMClient(server.sdk).send(new CreateUserCommand({ UserName: 'ada' })))
    const wrong = { accessKeyId: server.keys.accessKeyId, secretAccessKey: 'x' }
    await assert.rejects(
      new SQSClient({ ...server.sdk, credentials: wrong }).send(new CreateQueueCommand({ QueueName: 'q' })),
    )
  })
  after(() => server[Symbol.asyncDispose]())

  test('lists, and filters by who, what, when and how it ended', async () => {
    const lines = async (...flags: readonly string[]): Promise<readonly string[]> => {
      const { status, stdout, stderr } = await mayfly(target, ['audit', ...flags])
      assert.equal(status, 0, stderr)
      return stdout.split('\n').filter((line) => line !== '')
    }
    assert.equal((await lines()).length, 3)
    assert.equal((await lines('--what', 'iam')).length, 2)
    assert.equal((await lines('--what', 'iam:Create*', '--who', 'root')).length, 2)
    const [denied, ...others] = await lines('--denied')
    assert.match(denied ?? '', /sqs:CreateQueue Unknown AKIA\w+.* InvalidSignatureException$/)
    assert.deepEqual(others, [])
    assert.equal((await lines('--who', server.keys.accessKeyId)).length, 3)
    assert.equal((await lines('--resource', 'ada')).length, 2)
    assert.equal((await lines('--resource', 'eve')).length, 0)
    assert.equal((await lines('--since', '1h', '--max', '1')).length, 1)
    assert.equal((await lines('--until', '1h')).length, 0)
    const [first] = (await lines('--json', '--max', '1')).map((line) => JSON.parse(line))
    assert.equal(first.schemaVersion, 1)
    assert.equal(first.event.eventName, 'CreateQueue')
  })

  test('follows', async () => {
    const command = fileURLToPath(new URL('../../../cli/bin/mayfly.js', import.meta.url))
    const env = {
      PATH: process.env['PATH'],
      MAYFLY_ENDPOINT: server.endpoint,
      AWS_ACCESS_KEY_ID: server.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.keys.secretAccessKey,
    }
    const child = execFile(process.execPath, [command, 'audit', '--follow', '--what', 'CreateQueue'], { env })
    const ended = once(child, 'exit')
    assert.ok(child.stdout)
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    assert.match(String((await lines.next()).value), /InvalidSignatureException/)
    await new SQSClient(server.sdk).send(new CreateQueueCommand({ QueueName: 'followed' }))
    assert.match(String((await lines.next()).value), /sqs:CreateQueue .*:followed$/)
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [143, null])
  })

  test('verifies, and holds a witness', async () => {
    const { stdout } = await mayfly(target, ['audit', 'verify'])
    const witness = /^intact 000000000000 {2}\d+ records {2}witness (\d+:[0-9a-f]{64})$/m.exec(stdout)?.[1]
    assert.ok(witness)
    const held = await mayfly(target, ['audit', 'verify', '--account', '000000000000', '--witness', witness])
    assert.equal(held.status, 0)
    const other = `${witness.slice(0, -1)}${witness.endsWith('0') ? '1' : '0'}`
    const lost = await mayfly(target, ['audit', 'verify', '--account', '000000000000', '--witness', other])
    assert.equal(lost.status, 8)
    assert.match(lost.stderr, /MF3101/)
  })

  test('is for root of the default account', async () => {
    for (const path of ['/_mayfly/audit', '/_mayfly/audit/verify'])
      assert.equal((await fetch(`${server.endpoint}${path}`)).status, 403)
    const refused = await mayfly({ ...target, credentials: { ...server.keys, secretAccessKey: 'x' } }, ['audit'])
    assert.equal(refused.status, 6)
    assert.match(refused.stderr, /MF2102/)
  })
})
