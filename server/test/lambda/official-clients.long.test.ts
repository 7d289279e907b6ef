// The official runtime clients of other languages, unmodified: built with the toolchain of this machine, deployed, invoked.
// A language without its toolchain is skipped and says so.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import {
  CreateFunctionCommand,
  InvokeCommand,
  PublishLayerVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { below, onBaseImage, skipBaseImages } from '../images/base-image.ts'
import { filesBelow, machinePython, programAt } from '../images/machine-files.ts'
import { type Entries, type Image, imageOf, layerOf, pushImage } from '../images/oci-image.ts'
import { deploy, ROLE, startTestServer, type TestServer } from './server-fixture.ts'
import { type ZipEntry, zipOf } from './zip-file.ts'

const run = promisify(execFile)
const SOURCES = join(import.meta.dirname, 'official-clients')
const BUILD_MS_MAX = 600_000

let world: TestServer
let folder: string
before(async () => {
  world = await startTestServer()
  folder = await mkdtemp(join(tmpdir(), 'mayfly-clients-'))
})
after(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

/** Where a tool is, or why its test is skipped. */
function tool(name: string, ...places: readonly string[]): { readonly path: string; readonly skip: string | false } {
  const found = [...places, '/usr/local/bin', '/usr/bin'].map((place) => join(place, name)).find(existsSync)
  return { path: found ?? '', skip: found === undefined && `there is no ${name} on this machine` }
}

/** A copy of a source folder, to build in. */
async function workshop(name: string, language = name): Promise<string> {
  const copy = join(folder, name)
  await cp(join(SOURCES, language), copy, { recursive: true })
  return copy
}

async function greets(name: string): Promise<void> {
  const call = async (event: object): Promise<{ readonly error: string | undefined; readonly value: unknown }> => {
    const Payload = Buffer.from(JSON.stringify(event))
    const output = await world.client.send(new InvokeCommand({ FunctionName: name, Payload, LogType: 'Tail' }))
    assert.match(Buffer.from(output.LogResult ?? '', 'base64').toString(), /START RequestId/)
    return { error: output.FunctionError, value: JSON.parse(output.Payload?.transformToString() ?? '') }
  }
  for (const Name of ['Ada', 'Grace']) {
    const { error, value } = await call({ Name })
    assert.equal(error, undefined, JSON.stringify(value))
    const { greeting, id } = value as { readonly greeting: string; readonly id: string }
    assert.equal(greeting, `hello ${Name}`)
    assert.match(id, /^[0-9a-f-]{36}$/)
  }
  const { error, value } = await call({})
  assert.equal(error, 'Unhandled')
  assert.match(JSON.stringify(value), /nobody to greet/)
}

const go = tool('go', '/usr/local/go/bin')
test('aws-lambda-go', { skip: go.skip, timeout: BUILD_MS_MAX }, async () => {
  const cwd = await workshop('go')
  const env = { ...process.env, CGO_ENABLED: '0' }
  await run(go.path, ['build', '-mod=mod', '-tags', 'lambda.norpc', '-o', 'bootstrap', '.'], { cwd, env })
  await deployProgram('go', await readFile(join(cwd, 'bootstrap')))
  await greets('go')
})

const cargo = tool('cargo', join(homedir(), '.cargo/bin'))
test('lambda_runtime of Rust', { skip: cargo.skip, timeout: BUILD_MS_MAX }, async () => {
  const cwd = await workshop('rust')
  await run(cargo.path, ['build', '--locked', '--release'], { cwd, maxBuffer: 64 * 1024 * 1024 })
  await deployProgram('rust', await readFile(join(cwd, 'target/release/bootstrap')))
  await greets('rust')
})

const maven = tool('mvn')
test('aws-lambda-java-runtime-interface-client', { skip: maven.skip, timeout: BUILD_MS_MAX }, async () => {
  const cwd = await workshop('java')
  await run(maven.path, ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd })
  await mkdir(join(cwd, 'out'))
  await run('javac', ['-cp', 'lib/*', '-d', 'out', 'Greeter.java'], { cwd })
  const jars = (await readdir(join(cwd, 'lib'))).map((name) => [`lib/${name}`, join(cwd, 'lib', name)] as const)
  const files = [['greet/Greeter.class', join(cwd, 'out/greet/Greeter.class')] as const, ...jars]
  const entries = await Promise.all(files.map(async ([name, path]) => ({ name, content: await readFile(path) })))
  await deploy(world.client, 'java', '', {
    Runtime: 'java17',
    Handler: 'greet.Greeter::handleRequest',
    MemorySize: 512,
    Timeout: 20,
    Code: { ZipFile: zipOf(entries) },
  })
  await greets('java')
  await watchedJava(entries)
})

/** An extension of shell beside the JVM: hears of the invocation and of the end. */
async function watchedJava(entries: readonly ZipEntry[]): Promise<void> {
  const content = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension"
curl -sS -D /tmp/registered -o /dev/null -H "Lambda-Extension-Name: watcher" -d '{"events":["INVOKE","SHUTDOWN"]}' "$api/register"
id=$(grep -i lambda-extension-identifier /tmp/registered | tr -d '\\r' | cut -d' ' -f2)
while :; do
  event=$(curl -sS -H "Lambda-Extension-Identifier: $id" "$api/event/next")
  echo "heard $event"
  case "$event" in *SHUTDOWN*) exit 0;; esac
done
`
  const Content = { ZipFile: zipOf([{ name: 'extensions/watcher', content, mode: 0o100755 }]) }
  const { LayerVersionArn = '' } = await world.client.send(
    new PublishLayerVersionCommand({ LayerName: 'watcher', Content }),
  )
  const Code = { ZipFile: zipOf(entries) }
  const settings = { Runtime: 'java17', Handler: 'greet.Greeter::handleRequest', MemorySize: 512, Timeout: 20 } as const
  await deploy(world.client, 'java-watched', '', { ...settings, Code, Layers: [LayerVersionArn] })
  await greets('java-watched')
  await world.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'java-watched', Description: 'new' }))
  const heard = await world.logWith('java-watched', /"shutdownReason":"spindown"/)
  assert.equal(heard.match(/heard .*"eventType":"INVOKE"/g)?.length, 3, heard)
}

const npm = tool('npm', dirname(process.execPath))
const cmake = tool('cmake')
/** `app.js` with the client, whose native part is built here, once. */
let builtNode: Promise<string> | undefined
const nodeClient = (): Promise<string> => (builtNode ??= buildNodeClient())
async function buildNodeClient(): Promise<string> {
  const cwd = await workshop('node')
  // Its native part is built by its own scripts, which npm runs only where it is told to.
  await run(npm.path, ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd })
  for (const script of ['preinstall', 'postinstall'])
    await run(npm.path, ['run', script], { cwd: join(cwd, 'node_modules/aws-lambda-ric'), maxBuffer: 64 * 1024 * 1024 })
  return cwd
}

const node = { skip: npm.skip || cmake.skip, timeout: BUILD_MS_MAX }
test('aws-lambda-ric of Node.js', node, async () => {
  const line = 'exec /run/mayfly/bin/node node_modules/aws-lambda-ric/index.mjs "$_HANDLER"'
  await deployClient('node-ric', await nodeClient(), line)
  await greets('node-ric')
})

test(
  'aws-lambda-ric of Node.js, in the form of AWS’s base images',
  { ...node, skip: node.skip || skipBaseImages },
  async () => {
    const files = await filesBelow(await nodeClient())
    const isRuntime = ({ name }: { readonly name: string }): boolean => name.startsWith('node_modules/')
    const image = await onBaseImage(
      {
        language: await programAt('var/lang/bin/node', process.execPath),
        runtime: entriesOf(files.filter(isRuntime)),
        bootstrap: 'exec /var/lang/bin/node /var/runtime/node_modules/aws-lambda-ric/index.mjs "$_HANDLER"',
        task: entriesOf(files.filter((file) => !isRuntime(file))),
      },
      'app.handler',
    )
    await deployImage('node-based', image)
    await greets('node-based')
  },
)

const python = tool('python3')
let builtPython: Promise<string> | undefined
const pythonClient = (): Promise<string> => (builtPython ??= buildPythonClient())
async function buildPythonClient(): Promise<string> {
  const cwd = await workshop('python')
  await run(python.path, ['-m', 'pip', 'install', '--quiet', '--target', '.', '-r', 'requirements.txt'], { cwd })
  return cwd
}

test('awslambdaric of Python', { skip: python.skip, timeout: BUILD_MS_MAX }, async () => {
  await deployClient('python-ric', await pythonClient(), 'exec python3 -m awslambdaric "$_HANDLER"')
  await greets('python-ric')
})

test('AWS’s SDK for durable execution in Python', { skip: python.skip, timeout: BUILD_MS_MAX }, async () => {
  const cwd = await workshop('python-durable')
  await run(python.path, ['-m', 'pip', 'install', '--quiet', '--target', '.', '-r', 'requirements.txt'], { cwd })
  await deploy(world.client, 'plain', 'export const handler = async ({ n }) => n + 1')
  await deploy(world.client, 'python-durable', '', {
    Runtime: 'python3.13',
    Handler: 'app.handler',
    MemorySize: 512,
    Timeout: 30,
    DurableConfig: { ExecutionTimeout: 120 },
    Code: { ZipFile: zipOf(await filesBelow(cwd)) },
  })
  const { FunctionError: error, Payload: answer } = await world.client.send(
    new InvokeCommand({ FunctionName: 'python-durable:$LATEST', Payload: Buffer.from('{"price":4}') }),
  )
  assert.deepEqual(
    [error, JSON.parse(answer?.transformToString() ?? '')],
    [undefined, { paid: 8, both: [1, 2], sent: 9 }],
  )
})

const imageOfPython = { skip: python.skip || skipBaseImages, timeout: BUILD_MS_MAX }
test('awslambdaric of Python, in a container image', imageOfPython, async () => {
  const { language, client, app } = await pythonParts('usr')
  const layers = [await layerOf(language, 'zstd'), await layerOf(below('var/task', { ...client, ...app }))]
  const config = {
    Entrypoint: ['/usr/bin/python3', '-m', 'awslambdaric'],
    Cmd: ['app.handler'],
    WorkingDir: '/var/task',
  }
  await deployImage('python-image', imageOf(layers, config))
  await greets('python-image')
})

test('awslambdaric of Python, in the form of AWS’s base images', imageOfPython, async () => {
  const { language, client, app } = await pythonParts('var/lang')
  const bootstrap = 'PYTHONPATH=/var/runtime exec /var/lang/bin/python3 -m awslambdaric "$_HANDLER"'
  await deployImage(
    'python-based',
    await onBaseImage({ language, runtime: client, bootstrap, task: app }, 'app.handler'),
  )
  await greets('python-based')
})

/** The machine's Python below a folder, the client of AWS, and the handler. */
async function pythonParts(prefix: string) {
  const cwd = await pythonClient()
  const files = await filesBelow(cwd)
  const modules = files.map(({ name }) => join(cwd, name))
  const language = await machinePython(prefix, modules)
  const isApp = ({ name }: { readonly name: string }): boolean => name === 'app.py'
  return {
    language,
    app: entriesOf(files.filter(isApp)),
    client: entriesOf(files.filter((file) => !isApp(file))),
  }
}

async function deployImage(name: string, image: Image): Promise<void> {
  const { status, body } = await pushImage(world.endpoint, `${name}:v1`, image)
  assert.equal(status, 200, body.error)
  await world.client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      PackageType: 'Image',
      Role: ROLE,
      Timeout: 20,
      MemorySize: 512,
      Code: { ImageUri: String(body.image?.['uri']) },
    }),
  )
}

function entriesOf(files: readonly { readonly name: string; readonly content: Buffer }[]): Entries {
  return Object.fromEntries(files.map(({ name, content }) => [name, content]))
}

/** A function whose `bootstrap` is one line of shell that starts the client. */
async function deployClient(name: string, cwd: string, line: string): Promise<void> {
  const entries = await filesBelow(cwd)
  const bootstrap: ZipEntry = { name: 'bootstrap', content: `#!/bin/sh\ncd /var/task\n${line}\n`, mode: 0o100755 }
  const Code = { ZipFile: zipOf([...entries, bootstrap]) }
  const settings = { Runtime: 'provided.al2023', Handler: 'app.handler', Timeout: 20, MemorySize: 512, Code } as const
  await deploy(world.client, name, '', settings)
}

function deployProgram(name: string, content: Buffer): Promise<void> {
  const entry: ZipEntry = { name: 'bootstrap', content, mode: 0o100755 }
  const Code = { ZipFile: zipOf([entry]) }
  return deploy(world.client, name, '', { Runtime: 'provided.al2023', Handler: 'bootstrap', Timeout: 10, Code })
}
