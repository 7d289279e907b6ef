// Every operation on functions and what belongs to them, by the SDK, by boto3 and by awscli: the same steps, the same answers.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as lambda from '@aws-sdk/client-lambda'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DUMMY_CREDENTIALS, ROLE, startTestServer, type TestServer } from './server-fixture.ts'
import { zipOf } from './zip-file.ts'

let world: TestServer
before(async () => {
  world = await startTestServer()
  const { endpoint } = world
  const queues = new SQSClient({ endpoint, region: 'us-east-1', credentials: DUMMY_CREDENTIALS })
  await queues.send(new CreateQueueCommand({ QueueName: 'failed' }))
  queues.destroy()
})
after(() => world.close())

type Json = Readonly<Record<string, unknown>>

interface Step {
  readonly operation: string
  readonly input: Json
  /** Values of the answer, by the path to each. */
  readonly expected: Json
  /** Names for later steps, each with the path to its value: `$name` stands for it. */
  readonly save?: Readonly<Record<string, readonly (string | number)[]>>
}

const ACCOUNT = 'arn:aws:lambda:us-east-1:000000000000'
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:failed'
const PROFILE = 'arn:aws:signer:us-east-1:000000000000:/signing-profiles/ours/abcdefghij'

/** `zip`: of a Node.js function, base64. */
function stepsFor(name: string, zip: string): readonly Step[] {
  const FunctionName = name
  const arn = `${ACCOUNT}:function:${name}`
  const layer = `${name}-layer`
  const step = (operation: string, input: Json, expected: Json = {}, save?: Step['save']): Step => ({
    operation,
    input,
    expected,
    ...(save && { save }),
  })
  const of = (operation: string, input: Json = {}, expected: Json = {}): Step =>
    step(operation, { FunctionName, ...input }, expected)
  return [
    step(
      'PublishLayerVersion',
      { LayerName: layer, Content: { ZipFile: zip } },
      { Version: 1 },
      { layer: ['LayerVersionArn'] },
    ),
    step('GetLayerVersion', { LayerName: layer, VersionNumber: 1 }, { Version: 1 }),
    step('GetLayerVersionByArn', { Arn: `${ACCOUNT}:layer:${layer}:1` }, { Version: 1 }),
    step('ListLayerVersions', { LayerName: layer }, { 'LayerVersions.0.Version': 1 }),
    step('ListLayers', {}, {}),
    step('AddLayerVersionPermission', {
      LayerName: layer,
      VersionNumber: 1,
      StatementId: 'all',
      Action: 'lambda:GetLayerVersion',
      Principal: '*',
    }),
    step('GetLayerVersionPolicy', { LayerName: layer, VersionNumber: 1 }),
    step('RemoveLayerVersionPermission', { LayerName: layer, VersionNumber: 1, StatementId: 'all' }),
    of(
      'CreateFunction',
      {
        Runtime: 'nodejs20.x',
        Handler: 'index.handler',
        Role: ROLE,
        Code: { ZipFile: zip },
        Layers: ['$layer'],
        EphemeralStorage: { Size: 1024 },
        Environment: { Variables: { STAGE: 'test' } },
        Tags: { team: 'blue' },
      },
      {
        'EphemeralStorage.Size': 1024,
        'Environment.Variables.STAGE': 'test',
        'Layers.0.Arn': `${ACCOUNT}:layer:${layer}:1`,
      },
    ),
    of('GetFunction', {}, { 'Tags.team': 'blue' }),
    of(
      'UpdateFunctionConfiguration',
      { DeadLetterConfig: { TargetArn: QUEUE }, Timeout: 9, EphemeralStorage: { Size: 600 } },
      { Timeout: 9, 'EphemeralStorage.Size': 600, 'DeadLetterConfig.TargetArn': QUEUE },
    ),
    of('GetFunctionConfiguration', {}, { Timeout: 9, State: 'Active' }),
    of('PublishVersion', { Description: 'first' }, { Version: '1', Description: 'first' }),
    of('UpdateFunctionCode', { ZipFile: zip }, { Version: '$LATEST' }),
    of('UpdateFunctionConfiguration', { Timeout: 10 }, { Timeout: 10 }),
    of('PublishVersion', {}, { Version: '2' }),
    of('ListVersionsByFunction', {}, { 'Versions.2.Version': '2' }),
    of('CreateAlias', { Name: 'live', FunctionVersion: '1' }, { FunctionVersion: '1' }),
    of(
      'UpdateAlias',
      { Name: 'live', RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } } },
      { 'RoutingConfig.AdditionalVersionWeights.2': 0.25 },
    ),
    of('GetAlias', { Name: 'live' }, { 'RoutingConfig.AdditionalVersionWeights.2': 0.25 }),
    of('ListAliases', {}, { 'Aliases.0.Name': 'live' }),
    of('PutFunctionConcurrency', { ReservedConcurrentExecutions: 5 }, { ReservedConcurrentExecutions: 5 }),
    of('GetFunctionConcurrency', {}, { ReservedConcurrentExecutions: 5 }),
    of(
      'PutProvisionedConcurrencyConfig',
      { Qualifier: 'live', ProvisionedConcurrentExecutions: 1 },
      { RequestedProvisionedConcurrentExecutions: 1 },
    ),
    of('GetProvisionedConcurrencyConfig', { Qualifier: 'live' }, { RequestedProvisionedConcurrentExecutions: 1 }),
    of('ListProvisionedConcurrencyConfigs', {}, { 'ProvisionedConcurrencyConfigs.0.FunctionArn': `${arn}:live` }),
    of('DeleteProvisionedConcurrencyConfig', { Qualifier: 'live' }),
    of('DeleteFunctionConcurrency'),
    of(
      'CreateFunctionUrlConfig',
      { AuthType: 'NONE', InvokeMode: 'BUFFERED', Cors: { AllowOrigins: ['https://example.com'], MaxAge: 60 } },
      { AuthType: 'NONE', 'Cors.MaxAge': 60 },
    ),
    of('UpdateFunctionUrlConfig', { AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM' }, { AuthType: 'AWS_IAM' }),
    of('GetFunctionUrlConfig', {}, { AuthType: 'AWS_IAM', 'Cors.AllowOrigins.0': 'https://example.com' }),
    of('ListFunctionUrlConfigs', {}, { 'FunctionUrlConfigs.0.AuthType': 'AWS_IAM' }),
    of('DeleteFunctionUrlConfig'),
    of(
      'PutFunctionEventInvokeConfig',
      { MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: QUEUE } } },
      { MaximumRetryAttempts: 1, 'DestinationConfig.OnFailure.Destination': QUEUE },
    ),
    of(
      'UpdateFunctionEventInvokeConfig',
      { MaximumEventAgeInSeconds: 120 },
      { MaximumEventAgeInSeconds: 120, MaximumRetryAttempts: 1 },
    ),
    of('GetFunctionEventInvokeConfig', {}, { MaximumEventAgeInSeconds: 120 }),
    of('ListFunctionEventInvokeConfigs', {}, { 'FunctionEventInvokeConfigs.0.MaximumRetryAttempts': 1 }),
    of('DeleteFunctionEventInvokeConfig'),
    of('PutFunctionRecursionConfig', { RecursiveLoop: 'Allow' }, { RecursiveLoop: 'Allow' }),
    of('GetFunctionRecursionConfig', {}, { RecursiveLoop: 'Allow' }),
    of('PutRuntimeManagementConfig', { UpdateRuntimeOn: 'FunctionUpdate' }, { UpdateRuntimeOn: 'FunctionUpdate' }),
    of('GetRuntimeManagementConfig', {}, { UpdateRuntimeOn: 'FunctionUpdate' }),
    step(
      'CreateCodeSigningConfig',
      { AllowedPublishers: { SigningProfileVersionArns: [PROFILE] } },
      {},
      { signing: ['CodeSigningConfig', 'CodeSigningConfigArn'] },
    ),
    step(
      'GetCodeSigningConfig',
      { CodeSigningConfigArn: '$signing' },
      { 'CodeSigningConfig.CodeSigningPolicies.UntrustedArtifactOnDeployment': 'Warn' },
    ),
    step(
      'UpdateCodeSigningConfig',
      { CodeSigningConfigArn: '$signing', Description: 'ours' },
      { 'CodeSigningConfig.Description': 'ours' },
    ),
    step('ListCodeSigningConfigs', {}),
    of('PutFunctionCodeSigningConfig', { CodeSigningConfigArn: '$signing' }, { FunctionName }),
    of('GetFunctionCodeSigningConfig', {}, { FunctionName }),
    step('ListFunctionsByCodeSigningConfig', { CodeSigningConfigArn: '$signing' }, { 'FunctionArns.0': arn }),
    of('DeleteFunctionCodeSigningConfig'),
    step('DeleteCodeSigningConfig', { CodeSigningConfigArn: '$signing' }),
    of('AddPermission', { StatementId: 'topic', Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com' }),
    of('GetPolicy'),
    of('RemovePermission', { StatementId: 'topic' }),
    step('TagResource', { Resource: arn, Tags: { stage: 'test' } }),
    step('ListTags', { Resource: arn }, { 'Tags.team': 'blue', 'Tags.stage': 'test' }),
    step('UntagResource', { Resource: arn, TagKeys: ['team'] }),
    step('ListTags', { Resource: arn }, { 'Tags.team': undefined, 'Tags.stage': 'test' }),
    step('GetAccountSettings', {}, { 'AccountLimit.ConcurrentExecutions': 1000 }),
    step('ListFunctions', {}),
    of('DeleteAlias', { Name: 'live' }),
    of('DeleteFunction'),
    step('DeleteLayerVersion', { LayerName: layer, VersionNumber: 1 }),
  ]
}

const ZIP = zipOf({ 'index.mjs': 'export const handler = async () => process.version' }).toString('base64')

function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Json | undefined)?.[String(key)], value)
}

function check(steps: readonly Step[], answers: readonly unknown[]): readonly string[] {
  const unknown = steps.filter((_, index) => answers[index] === null).map(({ operation }) => operation)
  for (const [index, { operation, expected }] of steps.entries())
    for (const [path, value] of Object.entries(answers[index] === null ? {} : expected))
      assert.deepEqual(
        at(answers[index], path.split('.')),
        value,
        `${operation}: ${path} of ${JSON.stringify(answers[index])}`,
      )
  return [...new Set(unknown)]
}

/** Values of the SDK's input: what was saved in place of `$name`, bytes in place of base64. */
function filled(value: unknown, saved: ReadonlyMap<string, unknown>, key = ''): unknown {
  if (key === 'ZipFile') return Buffer.from(String(value), 'base64')
  if (typeof value === 'string') return saved.get(value) ?? value
  if (Array.isArray(value)) return value.map((one) => filled(one, saved))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one, saved, name)]))
}

test('by the SDK for JavaScript', async () => {
  const steps = stepsFor('by-sdk', ZIP)
  const saved = new Map<string, unknown>()
  const answers: unknown[] = []
  for (const { operation, input, save = {} } of steps) {
    // Each operation's command is exported under its name.
    const commands = lambda as unknown as Readonly<
      Record<string, new (input: unknown) => lambda.GetAccountSettingsCommand>
    >
    const Command = commands[`${operation}Command`] ?? assert.fail(operation)
    const answer = await world.client.send(new Command(filled(input, saved)))
    answers.push(answer)
    for (const [name, path] of Object.entries(save)) saved.set(`$${name}`, at(answer, path))
  }
  assert.deepEqual(check(steps, answers), [])
})

for (const client of ['boto3', 'awscli'])
  test(`by ${client}`, { skip: existsSync('/usr/bin/aws') ? false : 'awscli is not installed' }, async (t) => {
    const steps = stepsFor(`by-${client}`, ZIP)
    const script = join(import.meta.dirname, 'every_operation.py')
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: '/nonexistent',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    }
    const answers = await new Promise<string>((resolve, reject) => {
      const options = { env, maxBuffer: 64 * 1024 * 1024 }
      const child = execFile('/usr/bin/python3', [script, client, world.endpoint], options, (error, out, text) =>
        error ? reject(new Error(text)) : resolve(out),
      )
      child.stdin?.end(JSON.stringify(steps))
    })
    const unknown = check(steps, JSON.parse(answers) as unknown[])
    if (unknown.length > 0) t.diagnostic(`this ${client} does not know ${unknown.join(', ')}`)
    assert.ok(unknown.length < 5)
  })
