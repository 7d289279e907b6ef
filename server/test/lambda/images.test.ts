// Functions from container images, as clients meet them: an image is sent, functions are made of it, run and changed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  InvokeCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import {
  type Config,
  HOST_ARCHITECTURE,
  type Image,
  imageOf,
  indexOf,
  type Layer,
  layerOf,
  pushImage,
  putBytes,
  putDocument,
  sha256,
} from '../images/oci-image.ts'
import { buildProgram, skipImages } from '../images/program.ts'
import { deploy, ROLE, startTestServer, type TestServer } from './server-fixture.ts'
import { zipOf } from './zip-file.ts'

const HOST = '000000000000.dkr.ecr.us-east-1.localhost'
const images = { skip: skipImages }

let world: TestServer
let base: Layer
before(async () => {
  if (skipImages !== false) return
  world = await startTestServer()
  base = await layerOf({ program: buildProgram(), 'var/task/': { type: 'directory', mode: 0o755 } })
})
after(() => world?.close())

/** An image of the program that says `text` when it is asked for /text. */
async function textImage(text: string, config: Config = { Entrypoint: ['/program'] }): Promise<Image> {
  return imageOf([base, await layerOf({ text }, 'zstd')], config)
}

async function push(name: string, image: Image): Promise<string> {
  const answer = await pushImage(world.endpoint, name, image)
  assert.equal(answer.status, 200, answer.body.error)
  return String(answer.body.image?.['uri'])
}

async function create(name: string, ImageUri: string, more: Partial<CreateFunctionCommandInput> = {}) {
  const input = { FunctionName: name, PackageType: 'Image' as const, Role: ROLE, Code: { ImageUri }, ...more }
  return world.client.send(new CreateFunctionCommand(input))
}

async function invoke(FunctionName: string, event: object, Qualifier?: string) {
  const Payload = Buffer.from(JSON.stringify(event))
  const output = await world.client.send(new InvokeCommand({ FunctionName, Payload, ...(Qualifier && { Qualifier }) }))
  return { error: output.FunctionError, value: JSON.parse(output.Payload?.transformToString() || 'null') }
}

const read = async (name: string, qualifier?: string) =>
  (await invoke(name, { do: 'read', path: '/text' }, qualifier)).value

function refused(name: string, message: RegExp) {
  return (error: Error): boolean => {
    assert.equal(error.name, name, error.message)
    assert.match(error.message, message)
    return true
  }
}

test('an image is sent, a function made of it, and it answers', images, async () => {
  const config = {
    Entrypoint: ['/program'],
    Cmd: ['of', 'the', 'image'],
    Env: ['PATH=/', 'COLOUR=of the image'],
    WorkingDir: '/var/task',
    User: 'root',
  }
  const image = await textImage('first', config)
  const uri = await push('team/first:v1', image)
  assert.equal(uri, `${HOST}/team/first:v1`)
  const made = await create('first', uri)
  const { manifest } = image
  assert.deepEqual(
    [made.PackageType, made.CodeSha256, made.CodeSize, made.Runtime, made.Handler, made.Layers, made.State],
    ['Image', manifest.digest, 0, undefined, undefined, undefined, 'Active'],
  )
  assert.deepEqual(made.Architectures, [HOST_ARCHITECTURE === 'arm64' ? 'arm64' : 'x86_64'])
  const lines = String((await invoke('first', {})).value).split('\n')
  assert.equal(lines[0], '/var/task /program of the image')
  assert.deepEqual(lines.slice(1, 3), ['PATH=/', 'COLOUR=of the image'])
  assert.equal(await read('first'), 'first')
  const { Code, Configuration } = await world.client.send(new GetFunctionCommand({ FunctionName: 'first' }))
  assert.deepEqual(Code, {
    RepositoryType: 'ECR',
    ImageUri: uri,
    ResolvedImageUri: `${HOST}/team/first@sha256:${manifest.digest}`,
  })
  assert.equal(Configuration?.RuntimeVersionConfig, undefined)
  await create('by-digest', Code?.ResolvedImageUri ?? '')
  assert.equal(await read('by-digest'), 'first')
})

test('a function says more than its image: entry point, command, folder and variables', images, async () => {
  const uri = await push(
    'override',
    await textImage('x', { Entrypoint: ['/missing'], Cmd: ['a'], Env: ['COLOUR=red', 'PATH=/'] }),
  )
  const ImageConfig = { EntryPoint: ['program', 'first'], Command: ['second'], WorkingDirectory: '/var' }
  const made = await create('override', uri, { ImageConfig, Environment: { Variables: { COLOUR: 'blue' } } })
  assert.deepEqual(made.ImageConfigResponse, { ImageConfig })
  const lines = String((await invoke('override', {})).value).split('\n')
  assert.deepEqual(lines.slice(0, 3), ['/var /program first second', 'PATH=/', 'COLOUR=blue'])
  const change = new UpdateFunctionConfigurationCommand({ FunctionName: 'override', ImageConfig: {} })
  assert.equal((await world.client.send(change)).ImageConfigResponse, undefined)
  const { error, value } = await invoke('override', {})
  assert.deepEqual([error, value.errorType], ['Unhandled', 'Runtime.InvalidEntrypoint'])
  const text = await world.logWith('override', /IMAGE\tLaunch error/)
  assert.match(text, /fork\/exec \/missing: no such file or directory\tEntrypoint: \[\/missing,a\]/)
  assert.doesNotMatch(text, /INIT_START/)
})

test('an extension of an image hears of invocations and of the end', images, async () => {
  const program = buildProgram()
  const watcher = await layerOf({ 'opt/extensions/watcher': program, 'opt/extensions/inner/': { type: 'directory' } })
  const uri = await push('watched:v1', imageOf([base, watcher], { Entrypoint: ['/program'] }))
  await create('watched', uri)
  for (const n of [1, 2]) {
    assert.equal((await invoke('watched', { do: 'mode', path: '/program' })).value, '100755')
    // The instance takes the next one when its extension waits again, too; before, another would.
    await world.logWith('watched', new RegExp(`(REPORT[^]*){${n}}`))
  }
  const change = new UpdateFunctionConfigurationCommand({ FunctionName: 'watched', Description: 'retires it' })
  await world.client.send(change)
  const text = await world.logWith('watched', /watcher heard SHUTDOWN/)
  assert.match(text, /EXTENSION\tName: watcher\tState: Ready\tEvents: \[INVOKE, ?SHUTDOWN\]/)
  assert.deepEqual(text.match(/watcher heard \w+/g), [
    'watcher heard INVOKE',
    'watcher heard INVOKE',
    'watcher heard SHUTDOWN',
  ])
})

test('a tag that moves changes nothing until the function is told; versions keep their image', images, async () => {
  const uri = await push('moving:latest', await textImage('one'))
  await create('moving', uri)
  await world.client.send(new PublishVersionCommand({ FunctionName: 'moving' }))
  const second = await textImage('two')
  await push('moving:latest', second)
  assert.equal(await read('moving'), 'one')
  const update = new UpdateFunctionCodeCommand({ FunctionName: 'moving', ImageUri: uri })
  assert.equal((await world.client.send(update)).CodeSha256, second.manifest.digest)
  assert.deepEqual([await read('moving'), await read('moving', '1')], ['two', 'one'])
  const removed = await fetch(`${world.endpoint}/_mayfly/images/moving:latest`, { method: 'DELETE' })
  assert.equal(removed.status, 200)
  assert.deepEqual([await read('moving'), await read('moving', '1')], ['two', 'one'])
  await assert.rejects(world.client.send(update), refused('InvalidParameterValueException', /does not exist/))
  const again = await fetch(`${world.endpoint}/_mayfly/images/moving:latest`, { method: 'DELETE' })
  assert.equal(again.status, 404)
})

test('an index of several platforms is this machine’s own; another machine’s image is refused', images, async () => {
  const mine = await textImage('mine')
  const other = imageOf([base], {}, { architecture: 's390x' })
  const index = indexOf({ 'linux/s390x': other, [`linux/${HOST_ARCHITECTURE}`]: mine })
  const answer = await pushImage(world.endpoint, 'platforms:v1', mine, index)
  assert.equal(answer.body.image?.['digest'], `sha256:${mine.manifest.digest}`, answer.body.error)
  const refusals = [
    await pushImage(world.endpoint, 'other:v1', other),
    await pushImage(world.endpoint, 'other:v1', other, indexOf({ 'linux/s390x': other, 'linux/ppc64le': other })),
  ]
  for (const { status, body } of refusals) {
    assert.equal(status, 400)
    assert.match(String(body.error), /this machine is linux\/\w+, and the image is for linux\/s390x/)
  }
})

test('what is sent is held to its digest, and an image to what it promises', images, async () => {
  const image = await textImage('held')
  const forged = await putBytes(world.endpoint, { digest: sha256(Buffer.from('a')), bytes: Buffer.from('b') })
  assert.equal(forged.status, 400)
  assert.match(String(forged.body.error), /the bytes that were sent as sha256:ca97.* are sha256:3e23/)
  const asked = await putDocument(world.endpoint, 'held:v1', image.manifest)
  assert.equal(asked.status, 409)
  assert.ok(asked.body.missing?.some(({ digest }) => digest === `sha256:${image.configuration.digest}`))
  // A configuration of one image with the layers of another.
  const mixed = imageOf([base, { ...(await layerOf({ a: 'x' })), archive: Buffer.from('other') }])
  const answer = await pushImage(world.endpoint, 'mixed:v1', mixed)
  assert.equal(answer.status, 400)
  assert.match(String(answer.body.error), /is not the one that the configuration names/)
  for (const name of ['Upper:v1', '..%2f..%2fetc:v1', 'a:b:c', 'a'])
    assert.equal((await putDocument(world.endpoint, name, image.manifest)).status, 400, name)
  for (const bytes of [
    '',
    '[]',
    '{"schemaVersion":1}',
    '{"schemaVersion":2,"layers":[]}',
    '{"schemaVersion":2,"layers":[{}]}',
  ])
    assert.equal(
      (await putDocument(world.endpoint, 'bad:v1', { digest: '', bytes: Buffer.from(bytes) })).status,
      400,
      bytes,
    )
})

test('what does not go with an image, or with a package, is refused in AWS’s words', images, async () => {
  const uri = await push('words:v1', await textImage('words'))
  const invalid = (message: RegExp) => refused('InvalidParameterValueException', message)
  for (const more of [
    { Runtime: 'nodejs22.x' as const },
    { Handler: 'a.b' },
    { Layers: ['arn:aws:lambda:us-east-1:000000000000:layer:a:1'] },
  ])
    await assert.rejects(
      create('refused', uri, more),
      invalid(/^Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image\.$/),
    )
  await assert.rejects(create('refused', uri, { Code: {} }), invalid(/Please provide ImageUri/))
  await assert.rejects(
    create('refused', uri, { Code: { ImageUri: uri, ZipFile: zipOf({ a: 'b' }) } }),
    invalid(/Please provide ImageUri/),
  )
  for (const wrong of [
    'words:v1',
    `${HOST}/words`,
    `${HOST}/../words:v1`,
    '/etc/passwd',
    uri.replace('us-east-1', 'eu-west-1'),
  ])
    await assert.rejects(
      create('refused', wrong),
      invalid(/^Source image .* is not valid\. Provide a valid source image\.$/),
    )
  for (const missing of [`${HOST}/words:v2`, `${HOST}/none:v1`, `${HOST}/words@sha256:${'0'.repeat(64)}`])
    await assert.rejects(
      create('refused', missing),
      invalid(/^Source image .* does not exist\. Provide a valid source image\.$/),
    )
  await assert.rejects(
    create('refused', uri.replace('000000000000', '111111111111')),
    refused('AccessDeniedException', /does not have permission to access the ECR image/),
  )
  await create('words', uri)
  await deploy(world.client, 'zipped', 'export const handler = () => 1')
  const code = (FunctionName: string, more: object) =>
    world.client.send(new UpdateFunctionCodeCommand({ FunctionName, ...more }))
  await assert.rejects(
    code('words', { ZipFile: zipOf({ a: 'b' }) }),
    invalid(/^Please provide ImageUri when updating a function with packageType Image\.$/),
  )
  await assert.rejects(
    code('zipped', { ImageUri: uri }),
    invalid(/^Please don't provide ImageUri when updating a function with packageType Zip\.$/),
  )
  const settings = (FunctionName: string, more: object) =>
    world.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...more }))
  await assert.rejects(
    settings('words', { Layers: ['arn:aws:lambda:us-east-1:000000000000:layer:a:1'] }),
    invalid(/layer/i),
  )
  await assert.rejects(
    settings('words', { Handler: 'a.b' }),
    invalid(/not supported for functions created with container images/),
  )
  await assert.rejects(
    settings('zipped', { ImageConfig: { Command: ['a'] } }),
    invalid(/only supported for functions created with container images/),
  )
  await assert.rejects(
    settings('words', { ImageConfig: { WorkingDirectory: 'a'.repeat(1001), Command: Array(1501).fill('a') } }),
    refused('ValidationException', /2 validation errors.*imageConfig\.command.*imageConfig\.workingDirectory/),
  )
})

test('an image that cannot be the root of a cell is refused when it is sent', images, async () => {
  const hostile = await layerOf({ tmp: { type: 'symlink', linkname: '/etc' } })
  const { status, body } = await pushImage(world.endpoint, 'hostile:v1', imageOf([base, hostile]))
  assert.deepEqual([status, body.error], [400, '/tmp must be a folder, since something is mounted there'])
  await assert.rejects(create('hostile', `${HOST}/hostile:v1`), /does not exist/)
})
