// Parameter Store through its clients: types, versions, labels, paths, filters, encryption, permissions.
import * as ssm from '@aws-sdk/client-ssm'
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { aws, boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

let kit: TestServer
let client: ssm.SSMClient
before(async () => {
  kit = await openServer({ readyCells: {} })
  client = new ssm.SSMClient(kit.sdk)
})
after(() => kit[Symbol.asyncDispose]())

async function put(Name: string, Value: string, more: Partial<ssm.PutParameterCommandInput> = {}): Promise<void> {
  await client.send(new ssm.PutParameterCommand({ Name, Value, Type: 'String', ...more }))
}

test('versions, history and labels', async () => {
  const Name = '/app/url'
  await put(Name, 'one')
  await assert.rejects(put(Name, 'two'), { name: 'ParameterAlreadyExists' })
  await put(Name, 'two', { Overwrite: true })
  await put(Name, 'three', { Overwrite: true, Description: 'third' })
  const newest = await client.send(new ssm.GetParameterCommand({ Name }))
  assert.deepEqual([newest.Parameter?.Value, newest.Parameter?.Version], ['three', 3])
  assert.match(newest.Parameter?.ARN ?? '', /:parameter\/app\/url$/)
  await client
    .send(new ssm.LabelParameterVersionCommand({ Name, ParameterVersion: 2, Labels: ['live', 'aws-bad'] }))
    .then(({ InvalidLabels }) => assert.deepEqual(InvalidLabels, ['aws-bad']))
  const live = await client.send(new ssm.GetParameterCommand({ Name: `${Name}:live` }))
  assert.deepEqual([live.Parameter?.Value, live.Parameter?.Selector], ['two', ':live'])
  await client.send(new ssm.LabelParameterVersionCommand({ Name, ParameterVersion: 3, Labels: ['live'] }))
  assert.equal((await client.send(new ssm.GetParameterCommand({ Name: `${Name}:live` }))).Parameter?.Value, 'three')
  const history = await client.send(new ssm.GetParameterHistoryCommand({ Name }))
  assert.deepEqual(
    history.Parameters?.map(({ Value, Labels }) => [Value, Labels]),
    [
      ['one', []],
      ['two', []],
      ['three', ['live']],
    ],
  )
  await client.send(new ssm.UnlabelParameterVersionCommand({ Name, ParameterVersion: 3, Labels: ['live'] }))
  await assert.rejects(client.send(new ssm.GetParameterCommand({ Name: `${Name}:live` })), {
    name: 'ParameterVersionNotFound',
  })
  await client.send(new ssm.DeleteParameterCommand({ Name }))
  await assert.rejects(client.send(new ssm.GetParameterCommand({ Name })), { name: 'ParameterNotFound' })
  await assert.rejects(client.send(new ssm.DeleteParameterCommand({ Name })), { name: 'ParameterNotFound' })
})

test('a secure string is encrypted, under the default key or a given one', async () => {
  await put('/secret/a', 'canary-71c2', { Type: 'SecureString' })
  const hidden = await client.send(new ssm.GetParameterCommand({ Name: '/secret/a' }))
  assert.ok(!JSON.stringify(hidden).includes('canary-71c2'))
  const told = await client.send(new ssm.GetParameterCommand({ Name: '/secret/a', WithDecryption: true }))
  assert.equal(told.Parameter?.Value, 'canary-71c2')
  const kms = new KMSClient(kit.sdk)
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({}))
  await put('/secret/b', 'mine', { Type: 'SecureString', KeyId: key?.KeyId })
  await kms.send(new DisableKeyCommand({ KeyId: key?.KeyId }))
  await assert.rejects(client.send(new ssm.GetParameterCommand({ Name: '/secret/b', WithDecryption: true })), {
    name: 'InvalidKeyId',
  })
  await assert.rejects(put('/secret/c', 'x', { Type: 'SecureString', KeyId: 'alias/nothing' }), {
    name: 'InvalidKeyId',
  })
})

test('paths, filters, tags and many at once', async () => {
  for (const name of ['/p/a', '/p/b', '/p/deep/c', '/px', 'plain']) await put(name, `value of ${name}`)
  const names = async (input: ssm.GetParametersByPathCommandInput): Promise<(string | undefined)[]> => {
    const found: (string | undefined)[] = []
    for await (const { Parameters } of ssm.paginateGetParametersByPath({ client, pageSize: 1 }, input))
      found.push(...(Parameters ?? []).map(({ Name }) => Name))
    return found
  }
  assert.deepEqual(await names({ Path: '/p' }), ['/p/a', '/p/b'])
  assert.deepEqual(await names({ Path: '/p/', Recursive: true }), ['/p/a', '/p/b', '/p/deep/c'])
  const one = await client.send(new ssm.GetParametersByPathCommand({ Path: '/p', MaxResults: 1 }))
  assert.ok(one.NextToken)
  const many = await client.send(new ssm.GetParametersCommand({ Names: ['/p/a', 'nothing', 'plain'] }))
  assert.deepEqual(
    many.Parameters?.map(({ Name }) => Name),
    ['/p/a', 'plain'],
  )
  assert.deepEqual(many.InvalidParameters, ['nothing'])
  const tagged = { ResourceType: 'Parameter', ResourceId: '/px' } as const
  await client.send(
    new ssm.AddTagsToResourceCommand({
      ...tagged,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  )
  await client.send(new ssm.RemoveTagsFromResourceCommand({ ...tagged, TagKeys: ['a'] }))
  assert.deepEqual((await client.send(new ssm.ListTagsForResourceCommand(tagged))).TagList, [{ Key: 'b', Value: '2' }])
  const described = await client.send(
    new ssm.DescribeParametersCommand({ ParameterFilters: [{ Key: 'tag:b', Values: ['2'] }] }),
  )
  assert.deepEqual(
    described.Parameters?.map(({ Name }) => Name),
    ['/px'],
  )
  const gone = await client.send(new ssm.DeleteParametersCommand({ Names: ['/p/a', 'nothing'] }))
  assert.deepEqual([gone.DeletedParameters, gone.InvalidParameters], [['/p/a'], ['nothing']])
})

test('limits: tiers, patterns, names', async () => {
  const long = 'x'.repeat(5000)
  await assert.rejects(put('/long', long), { name: 'ValidationException' })
  await put('/long', long, { Tier: 'Intelligent-Tiering' })
  const found = await client.send(
    new ssm.DescribeParametersCommand({ ParameterFilters: [{ Key: 'Tier', Values: ['Advanced'] }] }),
  )
  assert.deepEqual(
    found.Parameters?.map(({ Name }) => Name),
    ['/long'],
  )
  await assert.rejects(put('/n', 'abc', { AllowedPattern: '\\d+' }), { name: 'ParameterPatternMismatchException' })
  await assert.rejects(put('/n', `${'a'.repeat(3000)}b`, { AllowedPattern: '(a+)+' }), {
    name: 'InvalidAllowedPatternException',
  })
  for (const name of ['aws.x', '/ssm/x', 'a b', '/a//b', 'a/b'])
    await assert.rejects(put(name, 'x'), { name: 'ValidationException' })
  await assert.rejects(put('/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p', 'x'), { name: 'HierarchyLevelLimitExceededException' })
})

test('by awscli and boto3', async () => {
  const made = await aws(kit, ['ssm', 'put-parameter', '--name', '/cli/a', '--type', 'SecureString', '--value', 'v'])
  assert.equal(made.status, 0, made.stderr)
  const [value] = await boto3(
    kit,
    `show(client('ssm').get_parameter(Name='/cli/a', WithDecryption=True)['Parameter']['Value'])`,
  )
  assert.equal(value, 'v')
})
