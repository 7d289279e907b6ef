// Other servers, run beside Mayfly in one benchmark. They live in bench/peers, a package of its own that is installed
// when a benchmark first asks for one of them.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Where a peer keeps its state. dynalite: LevelDB; fauxqs: SQLite for queues, files for objects; s3rver: files only. */
export type PeerStorage = 'memory' | 'disk'
export type PeerName = 'dynalite' | 'fauxqs' | 's3rver'

export interface Peer {
  readonly endpoint: string
  readonly pid: number
  /** What it takes. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  end(): Promise<void>
}

interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const PEERS = fileURLToPath(new URL('../peers/', import.meta.url))
const START_MAX_MS = 20_000
const POLL_MS = 25

/** Starts a peer in a fresh folder and waits until it answers. Throws when it does not start. */
export async function startPeer(name: PeerName, storage: PeerStorage): Promise<Peer> {
  install()
  const folder = await mkdtemp(join(tmpdir(), `peer-${name}-`))
  const port = await freePort()
  const { file, args, env } = commandOf(name, { storage, folder, port })
  const child = spawn(process.execPath, [join(PEERS, 'node_modules', file), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
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
    throw new Error(`${name} did not start`)
  }
  return {
    endpoint,
    pid: child.pid ?? 0,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    end,
  }
}

function commandOf(
  name: PeerName,
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
      return { file: 'dynalite/cli.js', args, env: {} }
    }
    case 's3rver':
      if (!disk) throw new Error('s3rver keeps objects in files only')
      return {
        file: 's3rver/bin/s3rver.js',
        args: ['-d', folder, '-a', '127.0.0.1', '-p', String(port), '-s'],
        env: {},
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
  if (existsSync(join(PEERS, 'node_modules', '.package-lock.json'))) return
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
