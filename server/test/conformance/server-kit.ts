// A server and the real clients against it: Debian's awscli and boto3 as child processes, configured by environment only,
// as users do. The server runs in this process; restarts by SIGKILL are tested with a child (child-server.ts).
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, type RunningServer, type ServerOptions } from '../../src/main.ts'

export const REGION = 'eu-west-1'
const CLIENT_TIMEOUT_MS = 60_000
const CLIENT_OUTPUT_MAX = 16 * 1024 * 1024

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface TestServer {
  readonly server: RunningServer
  readonly endpoint: string
  readonly keys: Keys
  /** For a client of the JavaScript SDK. */
  readonly sdk: {
    readonly endpoint: string
    readonly region: string
    readonly credentials: Keys
    readonly maxAttempts: number
    readonly forcePathStyle: boolean
  }
  /** A fresh folder that goes with the server. */
  readonly folder: string
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a server that verifies signatures, on a fresh data folder. Dispose it. */
export async function openServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-conformance-'))
  const server = await startServer({ mode: 'start', port: 0, dataFolder: join(folder, 'data'), ...options })
  const keys = await readKeys(server.credentialsFile)
  return {
    server,
    endpoint: server.endpoint,
    keys,
    sdk: { endpoint: server.endpoint, region: REGION, credentials: keys, maxAttempts: 1, forcePathStyle: true },
    folder,
    async [Symbol.asyncDispose]() {
      await server.close(5000)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function trustIn(service: string): object {
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }
  return { Version: '2012-10-17', Statement: [statement] }
}

/**
 * A role for functions, or another service, which may everything, or only what `statements` say (none: nothing); answers its
 * ARN.
 */
export async function makeRole(
  target: { readonly sdk: Pick<TestServer['sdk'], 'endpoint' | 'region' | 'credentials'> },
  name: string,
  statements: readonly object[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  service = 'lambda.amazonaws.com',
): Promise<string> {
  const iam = new IAMClient(target.sdk)
  const AssumeRolePolicyDocument = JSON.stringify(trustIn(service))
  const { Role: role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }))
  if (statements.length === 0) return role?.Arn ?? ''
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'may', PolicyDocument }))
  return role?.Arn ?? ''
}

/** The root key from AWS's shared-credentials format; `dev` takes any. */
export async function readKeys(file: string | undefined): Promise<Keys> {
  if (file === undefined) return { accessKeyId: 'test', secretAccessKey: 'test' }
  const text = await readFile(file, 'utf8')
  const value = (name: string): string => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1] ?? ''
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') }
}

export interface ClientRun {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Target {
  readonly endpoint: string
  readonly keys: Keys
}

/** Is told all that a client has printed each time there is more of it; once it answers true the client gets SIGTERM. */
type Heard = (stdout: string) => boolean

/** Runs Debian's awscli; resolves with its status whatever it is. `heard`: for commands that go on for ever. */
export function aws(target: Target, args: readonly string[], heard?: Heard): Promise<ClientRun> {
  return run('/usr/bin/aws', ['--endpoint-url', target.endpoint, '--output', 'json', ...args], target, heard)
}

/** As `aws`, throws unless it succeeds, and parses what it prints. */
export async function awsJson(target: Target, args: readonly string[]): Promise<unknown> {
  const { status, stdout, stderr } = await aws(target, args)
  if (status !== 0) throw new Error(`aws ${args.join(' ')}: ${stderr}`)
  return stdout.trim() === '' ? undefined : JSON.parse(stdout)
}

/**
 * Runs a Python script with boto3; `client(name)` makes a client. What it prints with `show(value)` (JSON) is answered.
 */
export async function boto3(target: Target, script: string): Promise<readonly unknown[]> {
  const prelude = `
import boto3, json, os, sys
from botocore.config import Config
from botocore.exceptions import ClientError
def client(name):
    return boto3.client(name, endpoint_url=os.environ['ENDPOINT'], config=Config(retries={'max_attempts': 0}, s3={'addressing_style': 'path'}, inject_host_prefix=False))
def show(value):
    print('\\x1e' + json.dumps(value, default=str))
`
  const { status, stdout, stderr } = await run('/usr/bin/python3', ['-c', prelude + script], target)
  if (status !== 0) throw new Error(`python3: ${stderr}`)
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('\x1e'))
    .map((line): unknown => JSON.parse(line.slice(1)))
}

function run(command: string, args: readonly string[], target: Target, heard?: Heard): Promise<ClientRun> {
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ACCESS_KEY_ID: target.keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: target.keys.secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    ENDPOINT: target.endpoint,
    PYTHONUNBUFFERED: '1',
  }
  return new Promise((resolve) => {
    const options = { env, timeout: CLIENT_TIMEOUT_MS, maxBuffer: CLIENT_OUTPUT_MAX }
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ status, stdout, stderr })
    })
    if (heard === undefined) return
    let all = ''
    child.stdout?.on('data', (piece) => {
      all += String(piece)
      if (heard(all)) child.kill()
    })
  })
}

/** Asks until `probe` answers something, for at most `timeoutMs`. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>, timeoutMs = 60_000): Promise<T> {
  const endMs = Date.now() + timeoutMs
  for (;;) {
    const found = await probe()
    if (found !== undefined) return found
    if (Date.now() > endMs) throw new Error(`${what} did not happen within ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
