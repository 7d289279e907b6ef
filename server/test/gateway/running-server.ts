// A whole server for tests with real clients: real stores in a fresh folder, a free port, no cells booted ahead. Closed
// and removed by `closeServers`, which a test file calls in its `after` hook.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerOptions } from '#config.ts'
import { type RunningServer, startServer } from '#main.ts'

export interface TestServer {
  readonly server: RunningServer
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

const closers: (() => Promise<void>)[] = []

/** Closes every server of this process and removes its folder. */
export async function closeServers(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()))
}

/** Starts a server. Call `closeServers` at the end. */
export async function openServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-test-'))
  const server = await startServer({ host: '127.0.0.1', port: 0, dataFolder, readyCells: {}, ...options })
  closers.push(async () => {
    await server.close(1000)
    await rm(dataFolder, { recursive: true, force: true })
  })
  return { server, endpoint: server.endpoint, credentials: await credentialsOf(server) }
}

async function credentialsOf(server: RunningServer): Promise<TestServer['credentials']> {
  if (server.credentialsFile === undefined) return { accessKeyId: 'test', secretAccessKey: 'test' }
  const text = await readFile(server.credentialsFile, 'utf8')
  const field = (name: string): string => new RegExp(`^${name} = (\\S+)$`, 'm').exec(text)?.[1] ?? ''
  return { accessKeyId: field('aws_access_key_id'), secretAccessKey: field('aws_secret_access_key') }
}

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of the machine to its end, with nothing of this process's environment but PATH. */
export function runClient(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string; readonly cwd?: string } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: tmpdir(),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      ...options.env,
    }
    const child = spawn(command, args, { env, cwd: options.cwd })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (piece) => (stdout += String(piece)))
    child.stderr.on('data', (piece) => (stderr += String(piece)))
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
    child.stdin.end(options.input ?? '')
  })
}
