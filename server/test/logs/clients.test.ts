// CloudWatch Logs through the whole server, by the clients that people use: the JavaScript SDK, awscli, boto3.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as sdk from '@aws-sdk/client-cloudwatch-logs'
import { aws, awsJson, boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

let target: TestServer
let logs: sdk.CloudWatchLogsClient

before(async () => {
  target = await openServer()
  logs = new sdk.CloudWatchLogsClient({ ...target.sdk, disableHostPrefix: true })
})

after(async () => {
  logs.destroy()
  await target[Symbol.asyncDispose]()
})

async function fill(group: string): Promise<void> {
  await logs.send(new sdk.CreateLogGroupCommand({ logGroupName: group }))
  for (const stream of ['a', 'b']) {
    await logs.send(new sdk.CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }))
    const now = Date.now()
    await logs.send(
      new sdk.PutLogEventsCommand({
        logGroupName: group,
        logStreamName: stream,
        logEvents: Array.from({ length: 10 }, (_, n) => ({
          timestamp: now - 1000 + n,
          message: `${stream}${n} grüße`,
        })),
      }),
    )
  }
}

test('SDK: paginators, errors with their names', async () => {
  await fill('/sdk')
  const found: string[] = []
  for await (const page of sdk.paginateFilterLogEvents({ client: logs, pageSize: 3 }, { logGroupName: '/sdk' }))
    found.push(...(page.events ?? []).map((event) => event.message ?? ''))
  assert.equal(found.length, 20)
  assert.equal(found.filter((message) => message.endsWith('grüße')).length, 20)
  const walked: string[] = []
  for await (const page of sdk.paginateGetLogEvents(
    { client: logs, pageSize: 4, stopOnSameToken: true },
    { logGroupName: '/sdk', logStreamName: 'a', startFromHead: true },
  ))
    walked.push(...(page.events ?? []).map((event) => event.message?.slice(0, 2) ?? ''))
  assert.deepEqual(walked, ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9'])
  await assert.rejects(
    logs.send(new sdk.GetLogEventsCommand({ logGroupName: '/none', logStreamName: 'a' })),
    (error) =>
      error instanceof sdk.ResourceNotFoundException && error.message === 'The specified log group does not exist.',
  )
  await assert.rejects(
    logs.send(new sdk.CreateLogGroupCommand({ logGroupName: '/sdk' })),
    sdk.ResourceAlreadyExistsException,
  )
  await assert.rejects(
    logs.send(new sdk.FilterLogEventsCommand({ logGroupName: '/sdk', filterPattern: '[a' })),
    sdk.InvalidParameterException,
  )
})

test('SDK: live tail', async () => {
  await fill('/live')
  const [group] = (await logs.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: '/live' }))).logGroups ?? []
  const abort = new AbortController()
  const { responseStream } = await logs.send(
    new sdk.StartLiveTailCommand({ logGroupIdentifiers: [group?.logGroupArn ?? ''], logEventFilterPattern: 'live' }),
    { abortSignal: abort.signal },
  )
  assert.ok(responseStream)
  const seen: string[] = []
  for await (const event of responseStream) {
    if (event.sessionStart) {
      assert.deepEqual(event.sessionStart.logGroupIdentifiers, [group?.logGroupArn])
      const logEvents = [
        { timestamp: Date.now(), message: 'live one' },
        { timestamp: Date.now(), message: 'other' },
      ]
      await logs.send(new sdk.PutLogEventsCommand({ logGroupName: '/live', logStreamName: 'a', logEvents }))
    }
    seen.push(...(event.sessionUpdate?.sessionResults ?? []).map((line) => `${line.logStreamName} ${line.message}`))
    if (seen.length > 0) break
  }
  abort.abort()
  assert.deepEqual(seen, ['a live one'])
})

test('awscli: filter, get, tail --follow', async () => {
  await fill('/cli')
  const filtered = await awsJson(target, [
    'logs',
    'filter-log-events',
    '--log-group-name',
    '/cli',
    '--filter-pattern',
    'a1',
  ])
  assert.deepEqual(
    (filtered as { events: { message: string }[] }).events.map((event) => event.message),
    ['a1 grüße'],
  )
  const failed = await aws(target, ['logs', 'get-log-events', '--log-group-name', '/cli', '--log-stream-name', 'x'])
  assert.equal(failed.status, 254)
  assert.match(failed.stderr, /\(ResourceNotFoundException\).*GetLogEvents.*The specified log stream does not exist\./)
  // The command polls for ever; new events are put once it has shown those of before.
  const shown = Promise.withResolvers<void>()
  const tail = aws(target, ['logs', 'tail', '/cli', '--follow', '--since', '1h', '--format', 'short'], (out) => {
    if (out.split('\n').length > 20) shown.resolve()
    return out.includes('arrived later')
  })
  await Promise.race([shown.promise, tail])
  await logs.send(
    new sdk.PutLogEventsCommand({
      logGroupName: '/cli',
      logStreamName: 'b',
      logEvents: [{ timestamp: Date.now(), message: 'arrived later' }],
    }),
  )
  const { stdout } = await tail
  const lines = stdout.trim().split('\n')
  assert.equal(lines.length, 21)
  assert.match(lines.at(-1) ?? '', /arrived later$/)
})

test('boto3: paginators, errors with their codes', async () => {
  await fill('/boto')
  const [messages, code, tags, retention] = await boto3(
    target,
    `
logs = client('logs')
pages = logs.get_paginator('filter_log_events').paginate(logGroupName='/boto', filterPattern='?a1 ?b2', PaginationConfig={'PageSize': 1})
show([event['message'] for page in pages for event in page['events']])
try:
    logs.put_retention_policy(logGroupName='/boto', retentionInDays=2)
except ClientError as error:
    show(error.response['Error']['Code'])
logs.tag_resource(resourceArn='arn:aws:logs:eu-west-1:000000000000:log-group:/boto', tags={'a': 'b'})
show(logs.list_tags_log_group(logGroupName='/boto')['tags'])
logs.put_retention_policy(logGroupName='/boto', retentionInDays=7)
show(logs.describe_log_groups(logGroupNamePrefix='/boto')['logGroups'][0]['retentionInDays'])
`,
  )
  assert.deepEqual(messages, ['a1 grüße', 'b2 grüße'])
  assert.equal(code, 'InvalidParameterException')
  assert.deepEqual(tags, { a: 'b' })
  assert.equal(retention, 7)
})
