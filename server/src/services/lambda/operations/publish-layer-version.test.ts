// PublishLayerVersion, GetLayerVersion, GetLayerVersionByArn, ListLayerVersions, ListLayers, DeleteLayerVersion, the policy
// operations AddLayerVersionPermission, GetLayerVersionPolicy, RemoveLayerVersionPermission, and layers in the settings of
// functions.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Harness, harness, refusal } from '../../../../test/lambda/harness.ts'
import { zipOf } from '../../../../test/lambda/zip-file.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:layer:tools'

function publish({ call }: Harness, files: Record<string, string>, more: object = {}): ReturnType<typeof call> {
  return call('PublishLayerVersion', { LayerName: 'tools', Content: { ZipFile: zipOf(files) }, ...more })
}

test('PublishLayerVersion counts versions, which GetLayerVersion and GetLayerVersionByArn tell', async () => {
  const world = harness()
  const { call } = world
  const more = {
    Description: 'd',
    LicenseInfo: 'MIT',
    CompatibleRuntimes: ['nodejs22.x'],
    CompatibleArchitectures: ['x86_64'],
  }
  await publish(world, { 'bin/tool': 'x' })
  await publish(world, { 'bin/tool': 'y' }, more)
  const got = await call('GetLayerVersion', { LayerName: 'tools', VersionNumber: 2 })
  assert.deepEqual(
    [got.LayerArn, got.LayerVersionArn, got.Version, got.Description, got.LicenseInfo, got.CompatibleRuntimes],
    [ARN, `${ARN}:2`, 2, 'd', 'MIT', ['nodejs22.x']],
  )
  assert.match(got.CreatedDate ?? '', /^2026-11-21T09:30:00\.000\+0000$/)
  assert.match(got.Content?.Location ?? '', /^http:.*\/_mayfly\/lambda-code\//)
  assert.equal(Buffer.from(got.Content?.CodeSha256 ?? '', 'base64').length, 32)
  const byArn = await call('GetLayerVersionByArn', { Arn: `${ARN}:2` })
  assert.equal(byArn.LayerVersionArn, `${ARN}:2`)
  assert.equal((await call('GetLayerVersion', { LayerName: ARN, VersionNumber: 1 })).Version, 1)
  await assert.rejects(
    call('GetLayerVersion', { LayerName: 'tools', VersionNumber: 3 }),
    refusal('ResourceNotFoundException', 'The resource you requested does not exist.'),
  )
})

test('what a layer cannot be is refused', async () => {
  const world = harness()
  await assert.rejects(
    publish(world, { a: '' }, { LayerName: 'no spaces' }),
    refusal('ValidationException', /layerName/),
  )
  await assert.rejects(publish(world, {}), refusal('InvalidParameterValueException', /non-empty zip/))
  await assert.rejects(
    publish(world, { a: '' }, { Content: { ZipFile: Buffer.from('no zip') } }),
    refusal('InvalidParameterValueException', /Could not unzip/),
  )
  await assert.rejects(
    publish(world, { a: '' }, { CompatibleArchitectures: ['mips'] }),
    refusal('ValidationException', /compatibleArchitectures/),
  )
})

test('ListLayerVersions begins with the newest and pages; ListLayers tells the newest that suits', async () => {
  const world = harness()
  const { call } = world
  for (const runtime of ['nodejs20.x', 'nodejs22.x', 'python3.12'])
    await publish(world, { [runtime]: '' }, { CompatibleRuntimes: [runtime] })
  await publish(world, { other: '' }, { LayerName: 'zebra' })
  const first = await call('ListLayerVersions', { LayerName: 'tools', MaxItems: 2 })
  assert.deepEqual(
    first.LayerVersions?.map(({ Version }) => Version),
    [3, 2],
  )
  const rest = await call('ListLayerVersions', { LayerName: 'tools', Marker: first.NextMarker ?? '' })
  assert.deepEqual([rest.LayerVersions?.map(({ Version }) => Version), rest.NextMarker], [[1], undefined])
  const nodes = await call('ListLayerVersions', { LayerName: 'tools', CompatibleRuntime: 'nodejs22.x' })
  assert.deepEqual(
    nodes.LayerVersions?.map(({ Version }) => Version),
    [2],
  )
  const all = await call('ListLayers', { MaxItems: 1 })
  assert.deepEqual([all.Layers?.[0]?.LayerName, all.Layers?.[0]?.LatestMatchingVersion?.Version], ['tools', 3])
  const more = await call('ListLayers', { Marker: all.NextMarker ?? '' })
  assert.deepEqual(
    more.Layers?.map(({ LayerName }) => LayerName),
    ['zebra'],
  )
  const suited = await call('ListLayers', { CompatibleRuntime: 'nodejs20.x' })
  assert.deepEqual(
    suited.Layers?.map((row) => [row.LayerName, row.LatestMatchingVersion?.Version]),
    [['tools', 1]],
  )
})

test('DeleteLayerVersion leaves functions what they use, and a number is never used again', async () => {
  const world = harness()
  const { call, make } = world
  await publish(world, { a: '1' })
  await make('hello', { Layers: [`${ARN}:1`] })
  await call('DeleteLayerVersion', { LayerName: 'tools', VersionNumber: 1 })
  await call('DeleteLayerVersion', { LayerName: 'tools', VersionNumber: 1 })
  const { Layers } = await call('GetFunctionConfiguration', { FunctionName: 'hello' })
  assert.deepEqual(
    Layers?.map(({ Arn }) => Arn),
    [`${ARN}:1`],
  )
  assert.deepEqual((await call('ListLayers', {})).Layers, [])
  await publish(world, { a: '2' })
  assert.equal((await call('ListLayerVersions', { LayerName: 'tools' })).LayerVersions?.[0]?.Version, 2)
})

test('functions name their layers; what cannot be used is refused', async () => {
  const world = harness()
  const { call, make } = world
  for (let count = 0; count < 6; count++) await publish(world, { a: String(count) }, { LayerName: `l${count}` })
  await publish(world, { b: '' }, { LayerName: 'l0' })
  const layer = (name: string, version = 1): string => ARN.replace('tools', name) + `:${version}`
  await make('hello')
  const set = (Layers: string[]): Promise<unknown> =>
    call('UpdateFunctionConfiguration', { FunctionName: 'hello', Layers })
  const tooMany = [0, 1, 2, 3, 4, 5].map((index) => layer(`l${index}`))
  await assert.rejects(set(tooMany), refusal('InvalidParameterValueException', /more than 5 layers/))
  await assert.rejects(
    set([layer('l0', 1), layer('l0', 2)]),
    refusal('InvalidParameterValueException', /^Two different versions of the same layer/),
  )
  await assert.rejects(
    set([layer('nobody')]),
    refusal('InvalidParameterValueException', `Layer version ${layer('nobody')} does not exist.`),
  )
  await assert.rejects(set([ARN]), refusal('InvalidParameterValueException', /not the ARN of a layer version/))
  await set([layer('l1'), layer('l0', 2)])
  const kept = await call('UpdateFunctionConfiguration', { FunctionName: 'hello', Timeout: 9 })
  assert.deepEqual(
    kept.Layers?.map(({ Arn }) => Arn),
    [layer('l1'), layer('l0', 2)],
  )
  await set([])
  assert.equal((await call('GetFunctionConfiguration', { FunctionName: 'hello' })).Layers, undefined)
})

test('layers of one function are one package, the later over the earlier', async (context) => {
  const world = harness()
  await publish(world, { 'python/one.py': 'old', 'bin/tool': 'first', 'kept/a': 'a' }, { LayerName: 'one' })
  await publish(world, { 'python/one.py': 'new', 'bin/more/deep': 'x', kept: 'now a file' }, { LayerName: 'two' })
  await world.make('hello', { Layers: [ARN.replace('tools', 'one:1'), ARN.replace('tools', 'two:1')] })
  await world.call('Invoke', { FunctionName: 'hello' })
  const layers = world.engine.invocations[0]?.version.layers
  assert.ok(layers)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-layers-'))
  context.after(() => rm(folder, { recursive: true }))
  await layers.unpack(folder)
  assert.deepEqual((await readdir(folder)).toSorted(), ['bin', 'kept', 'python'])
  assert.equal(await readFile(join(folder, 'python/one.py'), 'utf8'), 'new')
  assert.equal(await readFile(join(folder, 'bin/tool'), 'utf8'), 'first')
  assert.equal(await readFile(join(folder, 'bin/more/deep'), 'utf8'), 'x')
  assert.equal(await readFile(join(folder, 'kept'), 'utf8'), 'now a file')
})

test('another account may use a layer version when its policy says so', async () => {
  const world = harness()
  const { call } = world
  await publish(world, { a: '' })
  const other = { account: '111111111111' }
  const use = (): Promise<unknown> =>
    call(
      'CreateFunction',
      {
        FunctionName: 'guest',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::111111111111:role/r',
        Code: { ZipFile: zipOf({ 'index.js': '' }) },
        Layers: [`${ARN}:1`],
      },
      other,
    )
  await assert.rejects(use(), refusal('AccessDeniedException', /lambda:GetLayerVersion on resource/))
  const grant = { LayerName: 'tools', VersionNumber: 1, StatementId: 's', Action: 'lambda:GetLayerVersion' }
  const added = await call('AddLayerVersionPermission', { ...grant, Principal: '111111111111' })
  assert.equal(JSON.parse(added.Statement ?? '').Principal.AWS, 'arn:aws:iam::111111111111:root')
  await assert.rejects(
    call('AddLayerVersionPermission', { ...grant, Principal: '*' }),
    refusal('ResourceConflictException', /already exists/),
  )
  const policy = await call('GetLayerVersionPolicy', { LayerName: 'tools', VersionNumber: 1 })
  assert.equal(policy.RevisionId, added.RevisionId)
  await use()
  await call('RemoveLayerVersionPermission', { LayerName: 'tools', VersionNumber: 1, StatementId: 's' })
  await assert.rejects(
    call('GetLayerVersionPolicy', { LayerName: 'tools', VersionNumber: 1 }),
    refusal('ResourceNotFoundException', 'No policy is associated with the given resource.'),
  )
})
