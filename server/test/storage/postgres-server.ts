// A real PostgreSQL for tests: a cluster of its own in a temporary folder, reached through a Unix socket there. Durable
// settings stay on. Where no PostgreSQL is installed, `findPostgres` says so and tests skip with that reason.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const VERSIONS_FOLDER = '/usr/lib/postgresql'
const START_ATTEMPTS_MAX = 200
const START_PAUSE_MS = 50

/** The folder with the newest installed server's programs, or why there is none. */
export function findPostgres(): { readonly bin: string } | { readonly missing: string } {
  const versions = existsSync(VERSIONS_FOLDER) ? readdirSync(VERSIONS_FOLDER) : []
  const newest = versions.sort((a, b) => Number(b) - Number(a)).find((version) => existsSync(initdbOf(version)))
  return newest
    ? { bin: join(VERSIONS_FOLDER, newest, 'bin') }
    : { missing: 'PostgreSQL is not installed (apt-get install postgresql)' }
}

function initdbOf(version: string): string {
  return join(VERSIONS_FOLDER, version, 'bin', 'initdb')
}

export class PostgresServer {
  readonly #bin: string
  readonly #folder: string
  #process: ChildProcess | undefined

  private constructor(bin: string, folder: string) {
    this.#bin = bin
    this.#folder = folder
  }

  /** Makes a new cluster and starts it. */
  static async create(bin: string): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-postgres-'))
    const owner = unprivileged()
    if (owner) chownSync(folder, owner.uid, owner.gid)
    const made = spawnSync(
      join(bin, 'initdb'),
      ['-D', join(folder, 'data'), '-U', 'mayfly', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
      {
        ...owner,
        cwd: folder,
        encoding: 'utf8',
      },
    )
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error?.message ?? ''}`)
    const server = new PostgresServer(bin, folder)
    await server.start()
    return server
  }

  /** The address of a database; `postgres` is always there. */
  url(database = 'postgres'): string {
    return `postgres://mayfly@localhost/${database}?host=${encodeURIComponent(this.#folder)}`
  }

  async start(): Promise<void> {
    const arguments_ = [
      '-D',
      join(this.#folder, 'data'),
      '-k',
      this.#folder,
      '-c',
      'listen_addresses=',
      '-c',
      'max_connections=200',
    ]
    const server = spawn(join(this.#bin, 'postgres'), arguments_, {
      ...unprivileged(),
      cwd: this.#folder,
      stdio: 'ignore',
    })
    this.#process = server
    for (let attempt = 0; attempt < START_ATTEMPTS_MAX; attempt++) {
      if (server.exitCode !== null || server.signalCode !== null)
        throw new Error(`postgres ended with ${server.exitCode ?? server.signalCode}`)
      const ready = spawnSync(join(this.#bin, 'pg_isready'), ['-q', '-h', this.#folder])
      if (ready.status === 0) return
      await sleep(START_PAUSE_MS)
    }
    throw new Error('postgres does not answer')
  }

  /** Ends the server: SIGINT is its fast shutdown, SIGQUIT its immediate one (as after a crash). */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const server = this.#process
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }

  async dispose(): Promise<void> {
    await this.stop('SIGQUIT')
    await rm(this.#folder, { recursive: true, force: true })
  }
}

// PostgreSQL refuses to run as root: take its own user, else nobody.
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((what) =>
      Number(spawnSync('id', [what, name], { encoding: 'utf8' }).stdout || NaN),
    )
    if (uid !== undefined && gid !== undefined && uid > 0 && gid > 0) return { uid, gid }
  }
  throw new Error('neither user postgres nor user nobody exists')
}
