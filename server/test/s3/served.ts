// A whole Mayfly for the tests of S3 over the wire: in `start` mode, so signatures are verified, in a folder of its own.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { startServer } from '../../src/main.ts'

export interface Served {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** A folder for files of the test; deleted with the server. */
  readonly folder: string
  client(config?: S3ClientConfig): S3Client
  /** Runs a program with the server's credentials and endpoint in its environment; rejects when it fails. */
  runProgram(program: string, args: readonly string[], input?: string): Promise<string>
  close(): Promise<void>
}

export const REGION = 'us-east-1'

/** Starts it. Close it in `after`. */
export async function serve(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-s3-test-'))
  const server = await startServer({ mode: 'start', port: 0, dataFolder: join(folder, 'data'), readyCells: {} })
  const credentials = await readFile(server.credentialsFile ?? '', 'utf8')
  const accessKeyId = /^aws_access_key_id\s*=\s*(\S+)/m.exec(credentials)?.[1] ?? ''
  const secretAccessKey = /^aws_secret_access_key\s*=\s*(\S+)/m.exec(credentials)?.[1] ?? ''
  const clients: S3Client[] = []
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    ENDPOINT: server.endpoint,
  }
  return {
    endpoint: server.endpoint,
    accessKeyId,
    secretAccessKey,
    folder,
    client(config = {}) {
      const client = new S3Client({
        endpoint: server.endpoint,
        region: REGION,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 1,
        ...config,
      })
      clients.push(client)
      return client
    },
    runProgram: (program, args, input) => runProgram(program, args, { env, cwd: folder }, input),
    async close() {
      for (const client of clients) client.destroy()
      await server.close(2000)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly env: Record<string, string>; readonly cwd: string },
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, options)
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}\n${output}\n${errors}`))
    })
    child.stdin.end(input)
  })
}
