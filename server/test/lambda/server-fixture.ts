// A whole server for the tests of this folder, and clients that talk to it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateFunctionCommand, LambdaClient, type CreateFunctionCommandInput } from '@aws-sdk/client-lambda'
import type { LambdaOptions } from '#services/lambda/ports.ts'
import { type RunningServer, startServer } from '../../src/main.ts'
import { zipOf } from './zip-file.ts'

export const ROLE = 'arn:aws:iam::000000000000:role/test-role'
export const DUMMY_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' }

export interface TestServer {
  readonly server: RunningServer
  readonly endpoint: string
  readonly client: LambdaClient
  close(): Promise<void>
}

/** A server in this process, in a fresh folder, with few ready cells. */
export async function startTestServer(lambda: Partial<LambdaOptions> = {}): Promise<TestServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-lambda-'))
  const server = await startServer({
    mode: 'dev',
    host: '127.0.0.1',
    port: 0,
    dataFolder,
    lambda,
    readyCells: { node: { small: 1 }, python: { small: 1 } },
  })
  const client = new LambdaClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: DUMMY_CREDENTIALS,
    maxAttempts: 1,
  })
  return {
    server,
    endpoint: server.endpoint,
    client,
    async close() {
      client.destroy()
      await server.close(1000)
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

/** Makes a Node.js function of one file, `index.mjs`, unless `more` says otherwise. */
export async function deploy(
  client: LambdaClient,
  name: string,
  source: string,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile: zipOf({ 'index.mjs': source }) },
      ...more,
    }),
  )
}

/** Asks again until `answer` is not undefined; fails after `waitMs`. */
export async function eventually<T>(what: string, answer: () => Promise<T | undefined>, waitMs = 15_000): Promise<T> {
  const endMs = Date.now() + waitMs
  for (;;) {
    const found = await answer()
    if (found !== undefined) return found
    if (Date.now() > endMs) throw new Error(`gave up waiting for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
