// What can be set about functions beside their code, with the unmodified SDK against a whole server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CodeSigningConfigNotFoundException,
  CodeVerificationFailedException,
  CreateCodeSigningConfigCommand,
  DeleteCodeSigningConfigCommand,
  DeleteFunctionCodeSigningConfigCommand,
  DeleteResourcePolicyCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  GetResourcePolicyCommand,
  GetRuntimeManagementConfigCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  KMSDisabledException,
  paginateListFunctionsByCodeSigningConfig,
  PutFunctionCodeSigningConfigCommand,
  PutResourcePolicyCommand,
  PutRuntimeManagementConfigCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { deploy, DUMMY_CREDENTIALS, startTestServer, type TestServer } from './server-fixture.ts'
import { zipOf } from './zip-file.ts'

let world: TestServer
before(async () => {
  world = await startTestServer()
})
after(() => world.close())

const ECHO = 'export const handler = async (event) => { console.log("got", JSON.stringify(event)); return event }'

test('code signing configurations', async () => {
  const { client } = world
  const { CodeSigningConfig } = await client.send(
    new CreateCodeSigningConfigCommand({
      AllowedPublishers: {
        SigningProfileVersionArns: ['arn:aws:signer:us-east-1:000000000000:/signing-profiles/release/AbCdEfGhIj'],
      },
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
    }),
  )
  const CodeSigningConfigArn = CodeSigningConfig?.CodeSigningConfigArn ?? ''
  await deploy(client, 'signed', ECHO)
  await client.send(new PutFunctionCodeSigningConfigCommand({ FunctionName: 'signed', CodeSigningConfigArn }))
  const got = await client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: 'signed' }))
  assert.equal(got.CodeSigningConfigArn, CodeSigningConfigArn)
  const users: string[] = []
  for await (const page of paginateListFunctionsByCodeSigningConfig({ client }, { CodeSigningConfigArn }))
    users.push(...(page.FunctionArns ?? []))
  assert.deepEqual(users, ['arn:aws:lambda:us-east-1:000000000000:function:signed'])
  const update = new UpdateFunctionCodeCommand({ FunctionName: 'signed', ZipFile: zipOf({ 'index.mjs': ECHO }) })
  await assert.rejects(client.send(update), CodeVerificationFailedException)
  await client.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName: 'signed' }))
  await client.send(update)
  await client.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }))
  await assert.rejects(
    client.send(new PutFunctionCodeSigningConfigCommand({ FunctionName: 'signed', CodeSigningConfigArn })),
    CodeSigningConfigNotFoundException,
  )
})

test('runtime management', async () => {
  const { client } = world
  await deploy(client, 'managed', ECHO)
  const put = { FunctionName: 'managed', UpdateRuntimeOn: 'FunctionUpdate' } as const
  await client.send(new PutRuntimeManagementConfigCommand(put))
  const got = await client.send(new GetRuntimeManagementConfigCommand({ FunctionName: 'managed' }))
  assert.equal(got.UpdateRuntimeOn, 'FunctionUpdate')
})

test('resource policies as whole documents', async () => {
  const { client } = world
  await deploy(client, 'policied', ECHO)
  const ResourceArn = 'arn:aws:lambda:us-east-1:000000000000:function:policied'
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: '111111111111' }, Action: 'lambda:InvokeFunction', Resource: ResourceArn },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const { RevisionId } = await client.send(new PutResourcePolicyCommand({ ResourceArn, Policy }))
  assert.equal((await client.send(new GetResourcePolicyCommand({ ResourceArn }))).Policy, Policy)
  assert.equal((await client.send(new GetPolicyCommand({ FunctionName: 'policied' }))).Policy, Policy)
  await client.send(new DeleteResourcePolicyCommand({ ResourceArn, RevisionId }))
})

test('InvokeAsync answers 202, and the event arrives', async () => {
  const { client } = world
  await deploy(client, 'old-style', ECHO)
  const sent = new InvokeAsyncCommand({ FunctionName: 'old-style', InvokeArgs: Buffer.from('{"by":"InvokeAsync"}') })
  assert.equal((await client.send(sent)).Status, 202)
  await world.logWith('old-style', /got {"by":"InvokeAsync"}/)
})

const NODE_LOGS = `
class Odd extends Error {}
export const handler = async ({ fail }) => {
  console.debug('hidden')
  console.info('text', { a: 1 }, 'end')
  console.warn({ whole: [1, 2] })
  console.error('went wrong:', new Odd('no'))
  process.stdout.write('as it is\\n')
  if (fail) throw new Odd('thrown')
}`
const PYTHON_LOGS = `
import logging
log = logging.getLogger('mine')
def handler(event, context):
    log.debug('hidden')
    log.info('text %s', 'end', extra={'order': 7})
    log.warning({'whole': [1, 2]})
    try:
        raise KeyError('no')
    except KeyError:
        log.exception('went wrong')
    print('as it is')
    if event.get('fail'):
        raise ValueError('thrown')
`

for (const [kind, settings] of Object.entries({
  node: { Code: { ZipFile: zipOf({ 'index.mjs': NODE_LOGS }) } },
  python: { Runtime: 'python3.12' as const, Code: { ZipFile: zipOf({ 'index.py': PYTHON_LOGS }) } },
}))
  test(`JSON logs of a ${kind} function`, async () => {
    const name = `json-${kind}`
    await deploy(world.client, name, '', { ...settings, LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'DEBUG' } })
    const invoke = async (event: object): Promise<Record<string, unknown>[]> => {
      const Payload = Buffer.from(JSON.stringify(event))
      const output = await world.client.send(new InvokeCommand({ FunctionName: name, Payload, LogType: 'Tail' }))
      const lines = Buffer.from(output.LogResult ?? '', 'base64')
        .toString()
        .trim()
        .split('\n')
      return lines.map((line) => (line.startsWith('{') ? JSON.parse(line) : { plain: line }))
    }
    const events = await invoke({})
    const started = events.find(({ type }) => type === 'platform.start')?.['record'] ?? {}
    const { requestId } = started as { readonly requestId?: string }
    const own = events.filter((event) => 'level' in event)
    assert.deepEqual(
      own.map((event) => [event['level'], event['requestId'] === requestId]),
      [
        ['INFO', true],
        [kind === 'node' ? 'WARN' : 'WARNING', true],
        ['ERROR', true],
      ],
    )
    assert.ok(own.every(({ timestamp }) => !Number.isNaN(Date.parse(timestamp as string))))
    assert.deepEqual(own[1]?.['message'], { whole: [1, 2] })
    assert.match(own[2]?.['message'] as string, /^went wrong/)
    assert.deepEqual(
      [own[2]?.['errorType'], own[2]?.['errorMessage']],
      kind === 'node' ? ['Odd', 'no'] : ['KeyError', "'no'"],
    )
    assert.ok(Array.isArray(own[2]?.['stackTrace']))
    if (kind === 'python')
      assert.deepEqual([own[0]?.['message'], own[0]?.['order'], own[0]?.['logger']], ['text end', 7, 'mine'])
    else assert.equal(own[0]?.['message'], 'text { a: 1 } end')
    assert.ok(events.some(({ plain }) => plain === 'as it is'))
    // The tail is the last 4 KB: what came before them may be cut.
    const types = events.flatMap(({ type }) => (type === undefined ? [] : [type]))
    assert.deepEqual(types.slice(-3), ['platform.start', 'platform.runtimeDone', 'platform.report'])
    const failed = await invoke({ fail: true })
    const thrown = failed.findLast(({ level }) => level === 'ERROR')
    const told = kind === 'node' ? (thrown?.['message'] as Record<string, unknown>) : thrown
    assert.deepEqual([told?.['errorType'], told?.['errorMessage']], [kind === 'node' ? 'Odd' : 'ValueError', 'thrown'])
    const report = failed.find(({ type }) => type === 'platform.report')?.['record'] as Record<string, unknown>
    assert.equal(report['status'], 'error')
  })

test('variables under a key of KMS: read at the init, and not when the key is disabled', async () => {
  const { client, endpoint } = world
  const kms = new KMSClient({ endpoint, region: 'us-east-1', credentials: DUMMY_CREDENTIALS })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const source = 'export const handler = async () => process.env.PASSWORD'
  const Environment = { Variables: { PASSWORD: 'correct horse' } }
  await deploy(client, 'secretive', source, { Environment, KMSKeyArn: KeyMetadata?.Arn })
  const invoke = async (): Promise<string | undefined> =>
    (await client.send(new InvokeCommand({ FunctionName: 'secretive' }))).Payload?.transformToString()
  assert.equal(await invoke(), '"correct horse"')
  assert.equal(await invoke(), '"correct horse"')
  const shown = await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'secretive' }))
  assert.deepEqual([shown.KMSKeyArn, shown.Environment], [KeyMetadata?.Arn, Environment])
  await kms.send(new DisableKeyCommand({ KeyId: KeyMetadata?.KeyId }))
  // A new instance, which must read them anew.
  await client.send(
    new UpdateFunctionCodeCommand({ FunctionName: 'secretive', ZipFile: zipOf({ 'index.mjs': source }) }),
  )
  await assert.rejects(client.send(new InvokeCommand({ FunctionName: 'secretive' })), KMSDisabledException)
  await kms.send(new EnableKeyCommand({ KeyId: KeyMetadata?.KeyId }))
  assert.equal(await invoke(), '"correct horse"')
  kms.destroy()
})
