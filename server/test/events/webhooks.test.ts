// Webhooks of GitHub, Stripe and Slack against a whole server, signed as those sign.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import { mayfly } from '../../../cli/test/support/command.ts'
import { makeQueue, openBench, parse, type Queue, type SnsBench } from '../sns/kit.ts'

let bench: SnsBench
let queue: Queue
before(async () => {
  bench = await openBench()
  queue = await makeQueue(bench.sqs, 'calls')
})
after(async () => {
  await bench[Symbol.asyncDispose]()
})

const SECRET = 'a signing secret of the sender'

function url(path = ''): string {
  return `${bench.test.endpoint}/_mayfly/webhooks${path}`
}

async function add(name: string, scheme: string, more: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ name, scheme, destination: queue.arn, secret: SECRET, ...more })
  const response = await fetch(url(), { method: 'POST', body })
  assert.equal(response.status, 201, await response.clone().text())
  return (await response.json()) as Record<string, unknown>
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

async function call(name: string, body: string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url(`/${name}`), { method: 'POST', body, headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

function hmac(text: string, secret = SECRET): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

const seconds = (agoS = 0): string => String(Math.floor(Date.now() / 1000) - agoS)

test('GitHub: a signed delivery becomes one event, however often it is sent', async () => {
  await add('github', 'github')
  const body = JSON.stringify({ ref: 'refs/heads/main', text: 'é' })
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': `sha256=${hmac(body)}`,
  }
  const first = await call('github', body, headers)
  assert.deepEqual(first, { status: 200, body: { status: 'accepted', id: headers['x-github-delivery'] } })
  const second = await call('github', body, headers)
  assert.deepEqual(second, { status: 200, body: { status: 'duplicate', id: headers['x-github-delivery'] } })
  const [message] = await queue.take(1)
  const event = JSON.parse(message?.Body ?? '') as Record<string, unknown>
  const { time, ...rest } = event
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(rest, {
    version: '0',
    id: headers['x-github-delivery'],
    source: 'webhook.github',
    'detail-type': 'push',
    account: '000000000000',
    region: 'eu-west-1',
    resources: ['webhook/github'],
    detail: {
      headers: {
        'content-type': 'application/json',
        'user-agent': 'node',
        'x-github-delivery': headers['x-github-delivery'],
        'x-github-event': 'push',
      },
      body: { ref: 'refs/heads/main', text: 'é' },
    },
  })
  assert.deepEqual(await queue.rest(), [])

  for (const signature of [undefined, 'sha256=', `sha256=${hmac(body, 'other')}`, `sha256=${hmac(body)}00`, 'sha1=x']) {
    const { 'x-hub-signature-256': _signed, ...unsigned } = headers
    const forged = await call('github', body, { ...unsigned, ...(signature && { 'x-hub-signature-256': signature }) })
    assert.equal(forged.status, 401, signature)
  }
  const changed = await call('github', `${body} `, headers)
  assert.equal(changed.status, 401)
})

test('an event bus is a destination, and its rules choose', async () => {
  const events = new EventBridgeClient(bench.test.sdk)
  const pushes = await makeQueue(bench.sqs, 'pushes')
  await pushes.allow('events.amazonaws.com')
  const EventPattern = JSON.stringify({ source: ['webhook.github'], detail: { body: { ref: [{ suffix: '/main' }] } } })
  await events.send(new PutRuleCommand({ Name: 'pushes', EventPattern }))
  await events.send(new PutTargetsCommand({ Rule: 'pushes', Targets: [{ Id: 'q', Arn: pushes.arn }] }))
  await add('bus', 'github', { destination: 'arn:aws:events:eu-west-1:000000000000:event-bus/default' })
  for (const ref of ['refs/heads/other', 'refs/heads/main']) {
    const body = JSON.stringify({ ref })
    const headers = {
      'x-github-event': 'push',
      'x-github-delivery': ref,
      'x-hub-signature-256': `sha256=${hmac(body)}`,
    }
    assert.equal((await call('bus', body, headers)).status, 200)
  }
  const [message, ...more] = await pushes.take(1)
  assert.equal((JSON.parse(message?.Body ?? '') as { id: string }).id, 'refs/heads/main')
  assert.deepEqual([more, await pushes.rest()], [[], []])
  events.destroy()
})

test('Stripe: the signed time counts, and any of the signatures', async () => {
  await add('stripe', 'stripe')
  const body = JSON.stringify({ id: 'evt_1', type: 'invoice.paid' })
  const sign = (time: string, ...secrets: readonly string[]): Record<string, string> => ({
    'stripe-signature': `t=${time},${secrets.map((secret) => `v1=${hmac(`${time}.${body}`, secret)}`).join(',')},v0=ignored`,
  })
  assert.equal((await call('stripe', body, sign(seconds(400), SECRET))).status, 401)
  assert.equal((await call('stripe', body, sign(seconds(-400), SECRET))).status, 401)
  assert.equal((await call('stripe', body, sign(seconds(), 'other'))).status, 401)
  assert.equal((await call('stripe', body, { 'stripe-signature': 'nonsense' })).status, 401)
  assert.equal((await call('stripe', body, sign(seconds(), 'old secret', SECRET))).status, 200)
  // Stripe signs a repetition anew; the event's id is the same.
  assert.equal((await call('stripe', body, sign(seconds(1), SECRET))).body['status'], 'duplicate')
  const event = JSON.parse((await queue.take(1))[0]?.Body ?? '') as Record<string, unknown>
  assert.deepEqual([event['id'], event['detail-type'], event['source']], ['evt_1', 'invoice.paid', 'webhook.stripe'])
})

test('Slack: the challenge, events, and commands as forms', async () => {
  await add('slack', 'slack')
  const send = (body: string, time = seconds(), more: Record<string, string> = {}): Promise<Answer> =>
    call('slack', body, {
      'x-slack-request-timestamp': time,
      'x-slack-signature': `v0=${hmac(`v0:${time}:${body}`)}`,
      ...more,
    })
  const challenge = JSON.stringify({ type: 'url_verification', challenge: 'abc' })
  assert.deepEqual(await send(challenge), { status: 200, body: { challenge: 'abc' } })
  const unsigned = await call('slack', challenge, {})
  assert.equal(unsigned.status, 401)
  const mention = JSON.stringify({ type: 'event_callback', event_id: 'Ev1', event: { type: 'app_mention' } })
  assert.equal((await send(mention, seconds(400))).status, 401)
  assert.equal((await send(mention)).status, 200)
  assert.equal(
    (await send('command=%2Fdeploy&text=now', seconds(), { 'content-type': 'application/x-www-form-urlencoded' }))
      .status,
    200,
  )
  const events = (await queue.take(2)).map(({ Body = '' }) => JSON.parse(Body) as Record<string, unknown>)
  assert.deepEqual(new Set(events.map((event) => event['detail-type'])), new Set(['/deploy', 'app_mention']))
})

test('a topic as the destination; what is too large or unknown is refused', async () => {
  const { TopicArn = '' } = await bench.sns.send(new CreateTopicCommand({ Name: 'calls' }))
  await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn }))
  await add('to-topic', 'github', { destination: TopicArn })
  const send = (body: string): Promise<Answer> =>
    call('to-topic', body, { 'x-hub-signature-256': `sha256=${hmac(body)}` })
  assert.equal((await send('{"a":1}')).status, 200)
  const notification = parse((await queue.take(1))[0]?.Body)
  assert.equal((JSON.parse(notification['Message'] ?? '') as Record<string, unknown>)['source'], 'webhook.github')
  assert.equal((await send('x'.repeat(200 * 1024))).status, 413)
  assert.equal((await call('nobody', '{}', {})).status, 404)
})

test('what cannot be a webhook is not made', async () => {
  const refused = async (settings: unknown): Promise<number> =>
    (await fetch(url(), { method: 'POST', body: JSON.stringify(settings) })).status
  assert.equal(await refused({ name: 'x' }), 400)
  assert.equal(await refused({ name: 'Not A Name', scheme: 'github', destination: queue.arn }), 400)
  assert.equal(await refused({ name: 'x', scheme: 'gitlab', destination: queue.arn }), 400)
  assert.equal(await refused({ name: 'x', scheme: 'stripe', destination: queue.arn }), 400)
  assert.equal(await refused({ name: 'x', scheme: 'github', destination: 'arn:aws:s3:::bucket' }), 400)
  assert.equal(await refused({ name: 'x', scheme: 'github', destination: `${queue.arn}-missing` }), 400)
  const foreign = await fetch(url(), { headers: { origin: 'https://evil.example' } })
  assert.equal(foreign.status, 403)
})

test('the command adds, lists and removes; the secret is told once and never stands in the store', async () => {
  const env = { MAYFLY_ENDPOINT: bench.test.endpoint }
  const made = await mayfly(['webhook', 'add', 'pushes', '--scheme', 'github', '--to', queue.arn, '--json'], env)
  assert.equal(made.code, 0, made.err)
  const { url: address, secret } = JSON.parse(made.out) as { readonly url: string; readonly secret: string }
  assert.equal(address, url('/pushes'))
  assert.match(secret, /^[0-9a-f]{64}$/)
  const body = '{}'
  const answer = await call('pushes', body, { 'x-hub-signature-256': `sha256=${hmac(body, secret)}` })
  assert.equal(answer.status, 200)
  const given = await mayfly(
    ['webhook', 'add', 'paid', '--scheme', 'stripe', '--to', queue.arn, '--secret', '-'],
    env,
    `${SECRET}\n`,
  )
  assert.equal(given.code, 0, given.err)
  assert.ok(!given.out.includes(SECRET))
  const again = await mayfly(['webhook', 'add', 'paid', '--scheme', 'github', '--to', queue.arn], env)
  assert.match(again.err, /MF2103/)
  const listed = await mayfly(['webhook', 'list'], env)
  assert.match(listed.out, /^pushes {2}github {2}arn:aws:sqs:/m)
  assert.ok(!listed.out.includes(secret))
  const removed = await mayfly(['webhook', 'remove', 'pushes'], env)
  assert.equal(removed.code, 0, removed.err)
  assert.equal((await mayfly(['webhook', 'remove', 'pushes'], env)).code, 5)
  assert.equal((await call('pushes', body, {})).status, 404)

  const data = join(bench.test.folder, 'data')
  for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = await readFile(join(entry.parentPath, entry.name))
    assert.ok(!bytes.includes(SECRET) && !bytes.includes(secret), `${entry.name} holds a secret in the clear`)
  }
})
