// A whole server for the tests of this folder, and clients that talk to it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
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
  readonly logs: CloudWatchLogsClient
  /** All that a function has logged so far; with `name:version`, what instances of that version have. */
  log(name: string): Promise<string>
  /** The same, once it holds all of these. */
  logWith(name: string, ...wanted: readonly RegExp[]): Promise<string>
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
  const settings = { endpoint: server.endpoint, region: 'us-east-1', credentials: DUMMY_CREDENTIALS }
  const client = new LambdaClient({ ...settings, maxAttempts: 1 })
  const logs = new CloudWatchLogsClient(settings)
  const log = (name: string): Promise<string> => logOf(logs, name)
  return {
    server,
    endpoint: server.endpoint,
    client,
    logs,
    log,
    logWith: (name, ...wanted) =>
      eventually(`${name} to log ${wanted.join(', ')}`, async () => {
        const text = await log(name)
        return wanted.every((one) => one.test(text)) ? text : undefined
      }),
    async close() {
      client.destroy()
      logs.destroy()
      await server.close(1000)
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

/** What `TestServer.log` answers. Nothing where the log group is not there yet. */
export async function logOf(logs: CloudWatchLogsClient, qualified: string): Promise<string> {
  const [name = '', version] = qualified.split(':')
  const { events = [] } = await logs
    .send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }))
    .catch((error: Error) => (error.name === 'ResourceNotFoundException' ? { events: [] } : Promise.reject(error)))
  const wanted = events.filter(({ logStreamName }) => !version || logStreamName?.includes(`[${version}]`))
  return wanted.map(({ message }) => message).join('')
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
export async function eventually<T>(what: string, answer: () => Promise<T | undefined>, waitMs = 60_000): Promise<T> {
  const endMs = Date.now() + waitMs
  for (;;) {
    const found = await answer()
    if (found !== undefined) return found
    if (Date.now() > endMs) throw new Error(`gave up waiting for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
