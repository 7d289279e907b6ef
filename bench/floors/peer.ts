// Other servers, run beside Mayfly in one benchmark. They live in bench/peers, a package of its own that is installed
// when a benchmark first asks for one of them.
import { execFileSync, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Where a peer keeps its state. dynalite: LevelDB; fauxqs: SQLite for queues, files for objects; s3rver: files only. */
export type PeerStorage = 'memory' | 'disk'
export type StatefulPeer = 'dynalite' | 'fauxqs' | 's3rver'
/** Servers that run one function, which answers `{"hello":"world","event":<body>}` to a POST of JSON. */
export type FunctionPeer = 'functions-framework' | 'workerd' | 'serverless-offline'

export interface Peer {
  readonly endpoint: string
  readonly pid: number
  /** What it takes. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  end(): Promise<void>
}

interface Command {
  /** A file below node_modules that Node runs, unless `program` runs it. */
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly program?: true
}

const PEERS = fileURLToPath(new URL('../peers/', import.meta.url))
const START_MAX_MS = 20_000
const POLL_MS = 25
const SAID_CHARS_MAX = 2000

/** Starts a peer in a fresh folder and waits until it answers. Throws when it does not start. */
export async function startPeer(name: StatefulPeer, storage: PeerStorage): Promise<Peer> {
  return start(name, async (folder, port) => commandOf(name, { storage, folder, port }))
}

/** The same for a server of a function. */
export async function startFunctionPeer(name: FunctionPeer): Promise<Peer> {
  return start(name, (folder, port) => FUNCTIONS[name](folder, port))
}

async function start(name: string, prepare: (folder: string, port: number) => Promise<Command>): Promise<Peer> {
  install()
  const folder = await mkdtemp(join(tmpdir(), `peer-${name}-`))
  const port = await freePort()
  const { file, args, env, program } = await prepare(folder, port)
  const path = join(PEERS, 'node_modules', file)
  const child = spawn(program === true ? path : process.execPath, program === true ? args : [path, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: folder,
    env: { ...process.env, ...env },
  })
  // Some tell there of every request: what they said last is kept for the case that they do not start.
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-SAID_CHARS_MAX)
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const endpoint = `http://127.0.0.1:${port}`
  for (const beganMs = Date.now(); !(await answers(endpoint)); await sleep(POLL_MS)) {
    if (child.exitCode === null && Date.now() - beganMs < START_MAX_MS) continue
    await end()
    throw new Error(`${name} did not start: ${said}`)
  }
  return {
    endpoint,
    pid: child.pid ?? 0,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    end,
  }
}

/** Each runs the same function in the way that its own documentation shows first. */
const FUNCTIONS: Readonly<Record<FunctionPeer, (folder: string, port: number) => Promise<Command>>> = {
  async 'functions-framework'(folder, port) {
    const source = 'exports.handler = (request, response) => response.json({ hello: "world", event: request.body })'
    await writeFile(join(folder, 'index.js'), source)
    const args = ['--target=handler', `--source=${folder}`, `--port=${port}`]
    return { file: '@google-cloud/functions-framework/build/src/main.js', args, env: { NODE_ENV: 'production' } }
  },
  async workerd(folder, port) {
    await writeFile(
      join(folder, 'worker.js'),
      'export default { fetch: async (request) => request.method === "POST"\n' +
        '  ? Response.json({ hello: "world", event: await request.json() }) : new Response("") }',
    )
    await writeFile(
      join(folder, 'config.capnp'),
      [
        'using Workerd = import "/workerd/workerd.capnp";',
        'const config :Workerd.Config = (',
        '  services = [ (name = "main", worker = .main) ],',
        `  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "main" ) ]`,
        ');',
        'const main :Workerd.Worker = (',
        '  modules = [ (name = "worker", esModule = embed "worker.js") ],',
        '  compatibilityDate = "2025-01-01",',
        ');',
      ].join('\n'),
    )
    const file = `@cloudflare/workerd-linux-${process.arch === 'arm64' ? 'arm64' : '64'}/bin/workerd`
    return { file, args: ['serve', 'config.capnp'], program: true }
  },
  async 'serverless-offline'(folder, port) {
    await symlink(join(PEERS, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(
      join(folder, 'handler.js'),
      'exports.handler = async ({ body }) =>' +
        ' ({ statusCode: 200, body: JSON.stringify({ hello: "world", event: JSON.parse(body) }) })',
    )
    await writeFile(
      join(folder, 'serverless.yml'),
      [
        'service: bench',
        "frameworkVersion: '3'",
        'provider: { name: aws, runtime: nodejs20.x }',
        'plugins: [serverless-offline]',
        'functions:',
        '  bench: { handler: handler.handler, events: [{ httpApi: { method: post, path: / } }] }',
      ].join('\n'),
    )
    const [lambdaPort, websocketPort] = [await freePort(), await freePort()]
    const args = ['offline', 'start', '--host', '127.0.0.1', '--httpPort', String(port)]
    args.push('--lambdaPort', String(lambdaPort), '--websocketPort', String(websocketPort))
    const env = { SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off', SLS_ANALYTICS_DISABLED: '1' }
    return { file: 'serverless/bin/serverless.js', args, env }
  },
}

function commandOf(
  name: StatefulPeer,
  { storage, folder, port }: { readonly storage: PeerStorage; readonly folder: string; readonly port: number },
): Command {
  const disk = storage === 'disk'
  switch (name) {
    case 'dynalite': {
      const args = [
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        '--createTableMs',
        '0',
        ...(disk ? ['--path', folder] : []),
      ]
      return { file: 'dynalite/cli.js', args }
    }
    case 's3rver':
      if (!disk) throw new Error('s3rver keeps objects in files only')
      return {
        file: 's3rver/bin/s3rver.js',
        args: ['-d', folder, '-a', '127.0.0.1', '-p', String(port), '-s'],
      }
    case 'fauxqs': {
      const kept = {
        FAUXQS_DATA_DIR: folder,
        FAUXQS_PERSISTENCE: 'true',
        FAUXQS_S3_STORAGE_DIR: join(folder, 'objects'),
      }
      const env = { FAUXQS_PORT: String(port), FAUXQS_HOST: '127.0.0.1', FAUXQS_LOGGER: 'false', ...(disk && kept) }
      // Its command line knows no persistence.
      return { file: 'fauxqs/dist/server.js', args: [], env }
    }
  }
}

/** As the lock file says; without install scripts, which none of them needs for what is measured here. */
function install(): void {
  const installed = statSync(join(PEERS, 'node_modules/.package-lock.json'), { throwIfNoEntry: false })
  if (installed && installed.mtimeMs > statSync(join(PEERS, 'package-lock.json')).mtimeMs) return
  process.stderr.write('installing the peers of this benchmark …\n')
  execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: PEERS, stdio: ['ignore', 'ignore', 'inherit'] })
}

function answers(endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(endpoint, (response) => {
      response.resume()
      resolve(true)
    })
    asked.once('error', () => resolve(false))
    asked.end()
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
