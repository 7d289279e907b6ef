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
  GetPolicyCommand,
  GetResourcePolicyCommand,
  GetRuntimeManagementConfigCommand,
  InvokeAsyncCommand,
  paginateListFunctionsByCodeSigningConfig,
  PutFunctionCodeSigningConfigCommand,
  PutResourcePolicyCommand,
  PutRuntimeManagementConfigCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { deploy, DUMMY_CREDENTIALS, eventually, startTestServer, type TestServer } from './server-fixture.ts'
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
  const logs = new CloudWatchLogsClient({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: DUMMY_CREDENTIALS,
  })
  await eventually('its log', async () => {
    const found = await logs
      .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/old-style' }))
      .catch(() => undefined)
    return found?.events?.find(({ message }) => message?.includes('got {"by":"InvokeAsync"}'))
  })
  logs.destroy()
})
