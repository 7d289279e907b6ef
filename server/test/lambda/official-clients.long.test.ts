// The official runtime clients of other languages, unmodified: built with the toolchain of this machine, deployed, invoked.
// A language without its toolchain is skipped and says so.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import {
  CreateFunctionCommand,
  InvokeCommand,
  PublishLayerVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { type Entries, imageOf, layerOf, pushImage } from '../images/oci-image.ts'
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
test('aws-lambda-ric of Node.js', { skip: npm.skip || cmake.skip, timeout: BUILD_MS_MAX }, async () => {
  const cwd = await workshop('node')
  // Its native part is built by its own scripts, which npm runs only where it is told to.
  await run(npm.path, ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd })
  for (const script of ['preinstall', 'postinstall'])
    await run(npm.path, ['run', script], { cwd: join(cwd, 'node_modules/aws-lambda-ric'), maxBuffer: 64 * 1024 * 1024 })
  await deployClient('node-ric', cwd, 'exec /run/mayfly/bin/node node_modules/aws-lambda-ric/index.mjs "$_HANDLER"')
  await greets('node-ric')
})

const python = tool('python3')
test('awslambdaric of Python', { skip: python.skip, timeout: BUILD_MS_MAX }, async () => {
  const cwd = await workshop('python')
  await run(python.path, ['-m', 'pip', 'install', '--quiet', '--target', '.', '-r', 'requirements.txt'], { cwd })
  await deployClient('python-ric', cwd, 'exec python3 -m awslambdaric "$_HANDLER"')
  await greets('python-ric')
})

test('awslambdaric of Python, in a container image', { skip: python.skip, timeout: BUILD_MS_MAX }, async () => {
  const cwd = await workshop('python-image', 'python')
  await run(python.path, ['-m', 'pip', 'install', '--quiet', '--target', '.', '-r', 'requirements.txt'], { cwd })
  const task: Record<string, Buffer> = {}
  for (const { name, content } of await filesBelow(cwd)) task[`var/task/${name}`] = content
  const modules = Object.keys(task).map((name) => join(cwd, relative('var/task', name)))
  const layers = [await layerOf(await machinePython(modules), 'zstd'), await layerOf(task)]
  const image = imageOf(layers, {
    Entrypoint: [python.path, '-m', 'awslambdaric'],
    Cmd: ['app.handler'],
    WorkingDir: '/var/task',
  })
  const { status, body } = await pushImage(world.endpoint, 'python-ric:v1', image)
  assert.equal(status, 200, body.error)
  await world.client.send(
    new CreateFunctionCommand({
      FunctionName: 'python-image',
      PackageType: 'Image',
      Role: ROLE,
      Timeout: 20,
      MemorySize: 512,
      Code: { ImageUri: String(body.image?.['uri']) },
    }),
  )
  await greets('python-image')
})

/** The machine's Python with its standard library, and all libraries that these and the modules are linked to. */
async function machinePython(modules: readonly string[]): Promise<Entries> {
  const tell = 'import sysconfig; print(sysconfig.get_path("stdlib"))'
  const library = (await run(python.path, ['-c', tell])).stdout.trim()
  const found: Record<string, Buffer> = { [python.path.slice(1)]: await readFile(python.path) }
  const linked = [python.path, ...modules.filter((path) => path.endsWith('.so'))]
  for (const { name, content } of await filesBelow(library)) {
    const path = join(library, name)
    if (/(^|\/)(test|idlelib|config-[^/]+|(site|dist)-packages)\//.test(name)) continue
    found[path.slice(1)] = content
    if (name.endsWith('.so')) linked.push(path)
  }
  const { stdout } = await run('ldd', linked, { maxBuffer: 64 * 1024 * 1024 })
  for (const [, path = ''] of stdout.matchAll(/(?:=>|^)\s+(\/\S+) \(/gm)) found[path.slice(1)] ??= await readFile(path)
  return found
}

/** All files below a folder that are needed to run it; names from the folder on. */
async function filesBelow(folder: string): Promise<{ readonly name: string; readonly content: Buffer }[]> {
  const files: { readonly name: string; readonly content: Buffer }[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path)
    if (entry.isFile() && !NOT_NEEDED.test(name)) files.push({ name, content: await readFile(path) })
  }
  return files
}

/** A function whose `bootstrap` is one line of shell that starts the client. */
async function deployClient(name: string, cwd: string, line: string): Promise<void> {
  const entries = await filesBelow(cwd)
  const bootstrap: ZipEntry = { name: 'bootstrap', content: `#!/bin/sh\ncd /var/task\n${line}\n`, mode: 0o100755 }
  const Code = { ZipFile: zipOf([...entries, bootstrap]) }
  const settings = { Runtime: 'provided.al2023', Handler: 'app.handler', Timeout: 20, MemorySize: 512, Code } as const
  await deploy(world.client, name, '', settings)
}

/** What only building needs. */
const NOT_NEEDED = /\/(deps|src|scripts)\/|node-addon-api|node-gyp|__pycache__|\.d\.ts$/

function deployProgram(name: string, content: Buffer): Promise<void> {
  const entry: ZipEntry = { name: 'bootstrap', content, mode: 0o100755 }
  const Code = { ZipFile: zipOf([entry]) }
  return deploy(world.client, name, '', { Runtime: 'provided.al2023', Handler: 'bootstrap', Timeout: 10, Code })
}
