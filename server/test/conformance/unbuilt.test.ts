// What is not built answers, operation by operation and service by service, with an explicit error in the form that the
// service's own client understands. Every operation of every model is asked by the SDK's client, with a valid input.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { loadModel } from '#protocol/load-model.ts'
import type { Member } from '#protocol/schema.ts'
import { SERVICE_IDS, type ServiceId } from '#protocol/services.ts'
import { OPERATION_TABLES } from '../../../tools/operation-tables.ts'
import { seededRandom } from '#base/ids.ts'
import { RandomValues } from '../protocol/random-values.ts'
import { moduleOf } from '../protocol/sdk-exchange.ts'
import { openServer, type TestServer } from './server-kit.ts'

const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Date.now() % 1_000_000)
const IN_FLIGHT = 8

/** Operation -> why its client cannot be asked. */
const NOT_ASKED: Readonly<Record<string, string>> = {
  's3 WriteGetObjectResponse': 'its client insists on a host of its own',
}
const S3_CLIENT_OWN = /^(Checksum|SSECustomer|CopySourceSSECustomer|ContentLength|ContentMD5|Expires)/

interface Client {
  send(command: unknown): Promise<unknown>
  destroy(): void
}
type Constructor<T> = new (settings: unknown) => T

let target: TestServer

before(async () => {
  target = await openServer()
})
after(() => target[Symbol.asyncDispose]())

function clientOf(id: ServiceId): Client {
  const module = moduleOf(id)
  const name = Object.keys(module).find(
    (key) => /^[A-Za-z0-9]+Client$/.test(key) && key !== 'Client' && !key.startsWith('__'),
  )
  const ClientClass = module[name ?? ''] as Constructor<Client>
  return new ClientClass({ ...target.sdk, disableHostPrefix: true, md5: id === 'sqs' ? false : undefined })
}

function unbuiltOf(id: ServiceId): readonly string[] {
  const table = OPERATION_TABLES[id]
  return loadModel(id)
    .operationNames()
    .filter((name) => table === undefined || table[name]?.handle === 'notImplemented')
    .filter((name) => NOT_ASKED[`${id} ${name}`] === undefined)
}

function inputOf(id: ServiceId, name: string, values: RandomValues): Record<string, unknown> {
  const shape = loadModel(id).operation(name)?.input
  if (shape === undefined) return {}
  const skip = (member: Member): boolean =>
    (id === 'eventbridge' && member.name === 'EndpointId') || (id === 's3' && S3_CLIENT_OWN.test(member.name))
  const input = values.structure(shape, 0, skip)
  if (id === 's3' && input['Bucket'] !== undefined) input['Bucket'] = 'a-bucket'
  return input
}

interface ClientError {
  readonly name?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** Undefined when the answer is as it should be. */
async function faultOf(client: Client, id: ServiceId, name: string, values: RandomValues): Promise<string | undefined> {
  const Command = moduleOf(id)[`${name}Command`] as Constructor<unknown>
  try {
    await client.send(new Command(inputOf(id, name, values)))
    return `${name}: succeeded`
  } catch (error) {
    const { name: code, message = '', $metadata } = error as ClientError
    const isExplicit = code === 'NotImplemented' && message.includes(`${id} ${name}`)
    if (isExplicit && $metadata?.httpStatusCode === 501) return undefined
    return `${name}: ${code} ${$metadata?.httpStatusCode} ${message}`
  }
}

describe(`operations that are not built (seed ${seed})`, { concurrency: 1 }, () => {
  for (const id of SERVICE_IDS)
    test(id, async () => {
      const client = clientOf(id)
      const values = new RandomValues(seededRandom(seed))
      const waiting = [...unbuiltOf(id)]
      const faults: string[] = []
      const worker = async (): Promise<void> => {
        for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
          const fault = await faultOf(client, id, name, values)
          if (fault !== undefined) faults.push(fault)
        }
      }
      await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
      client.destroy()
      assert.deepEqual(faults, [])
    })
})
