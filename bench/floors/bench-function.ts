// The function that benchmarks of invocations run, and the request that invokes it.
import { readFile } from 'node:fs/promises'
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { makeRole } from '../../server/test/conformance/server-kit.ts'
import { zipOf } from '../../server/test/lambda/zip-file.ts'
import type { Child } from './child.ts'
import type { LoadRequest } from './wrk.ts'

const HANDLER = 'exports.handler = async (event) => ({ hello: "world", event })'
export const BENCH_PAYLOAD = JSON.stringify({ name: 'bench', items: [1, 2, 3], nested: { a: true } })

/** Deploys the function `bench` to a server that mayfly-server.ts started; gives the client that may invoke it. */
export async function deployBench(mayfly: Child): Promise<LambdaClient> {
  const { endpoint, credentialsFile } = JSON.parse(mayfly.line)
  const file = await readFile(credentialsFile, 'utf8')
  const valueOf = (name: string): string => new RegExp(`${name}\\s*=\\s*(\\S+)`).exec(file)?.[1] ?? ''
  const credentials = {
    accessKeyId: valueOf('aws_access_key_id'),
    secretAccessKey: valueOf('aws_secret_access_key'),
  }
  const sdk = { endpoint, region: 'us-east-1', credentials }
  const role = await makeRole({ sdk }, 'bench')
  const client = new LambdaClient(sdk)
  await client.send(
    new CreateFunctionCommand({
      FunctionName: 'bench',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: role,
      MemorySize: 256,
      Code: { ZipFile: zipOf({ 'index.js': HANDLER }) },
    }),
  )
  return client
}

/** The request that the SDK would send, to be sent again and again: its signature is good for 15 minutes. */
export async function signedInvoke(
  client: LambdaClient,
  name: string,
  version: string | undefined,
): Promise<LoadRequest> {
  const { endpoint, region, credentials } = client.config
  let caught: LoadRequest | undefined
  const signing = new LambdaClient({
    endpoint: endpoint ?? '',
    region,
    credentials,
    requestHandler: {
      handle(sent: { hostname: string; port?: number; path: string; query: object; headers: Record<string, string> }) {
        const query = new URLSearchParams(Object.entries(sent.query)).toString()
        const url = `http://${sent.hostname}:${sent.port}${sent.path}${query === '' ? '' : `?${query}`}`
        const { host: _, 'content-length': __, ...headers } = sent.headers
        caught = { url, method: 'POST', headers, body: BENCH_PAYLOAD }
        return Promise.reject(new Error('caught'))
      },
    },
    maxAttempts: 1,
  })
  const input = { FunctionName: name, Payload: Buffer.from(BENCH_PAYLOAD), ...(version && { Qualifier: version }) }
  await signing.send(new InvokeCommand(input)).catch(() => undefined)
  if (!caught) throw new Error('the SDK sent nothing')
  return caught
}
