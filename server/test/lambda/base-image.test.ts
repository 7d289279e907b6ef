// An image that is built on a base image as AWS's are: it runs unchanged, and its command names the handler.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  CreateFunctionCommand,
  InvokeCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda'
import { BASE_IMAGE, onBaseImage, skipBaseImages } from '../images/base-image.ts'
import { machinePython } from '../images/machine-files.ts'
import { pushImage } from '../images/oci-image.ts'
import { ROLE, startTestServer, type TestServer } from './server-fixture.ts'

const images = { skip: skipBaseImages }
const FunctionName = 'based'

let world: TestServer
before(async () => {
  if (skipBaseImages !== false) return
  world = await startTestServer()
  const source = (name: string): Promise<Buffer> => readFile(join(BASE_IMAGE, name))
  const image = await onBaseImage(
    {
      language: await machinePython('var/lang'),
      runtime: { 'bootstrap.py': await source('bootstrap.py') },
      bootstrap: 'exec /var/lang/bin/python3 /var/runtime/bootstrap.py',
      task: { 'app.py': await source('app.py') },
    },
    'app.handler',
  )
  const { status, body } = await pushImage(world.endpoint, 'based:v1', image)
  assert.equal(status, 200, body.error)
  const Code = { ImageUri: String(body.image?.['uri']) }
  await world.client.send(
    new CreateFunctionCommand({ FunctionName, PackageType: 'Image', Role: ROLE, Code, Timeout: 20, MemorySize: 256 }),
  )
})
after(() => world?.close())

async function invoke(event: object) {
  const Payload = Buffer.from(JSON.stringify(event))
  const output = await world.client.send(new InvokeCommand({ FunctionName, Payload }))
  return { error: output.FunctionError, value: JSON.parse(output.Payload?.transformToString() ?? 'null') }
}

function configure(change: Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>) {
  return world.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...change }))
}

test('the handler that the command names answers, and its errors are told', images, async () => {
  for (const Name of ['Ada', 'Grace']) {
    const { error, value } = await invoke({ Name })
    assert.equal(error, undefined, JSON.stringify(value))
    assert.equal(value.greeting, `hello ${Name}`)
    assert.match(value.id, /^[0-9a-f-]{36}$/)
  }
  assert.deepEqual(await invoke({}), {
    error: 'Unhandled',
    value: { errorType: 'ValueError', errorMessage: 'nobody to greet' },
  })
})

test(
  'another command is another handler; it sees what the image says, and the language of the image',
  images,
  async () => {
    await configure({ ImageConfig: { Command: ['app.surroundings'] } })
    const { error, value } = await invoke({})
    assert.equal(error, undefined, JSON.stringify(value))
    assert.deepEqual(value, {
      executable: '/var/lang/bin/python3',
      prefix: '/var/lang',
      folder: '/var/task',
      variables: {
        _HANDLER: 'app.surroundings',
        LAMBDA_TASK_ROOT: '/var/task',
        LAMBDA_RUNTIME_DIR: '/var/runtime',
        LANG: 'en_US.UTF-8',
        TZ: ':/etc/localtime',
        PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
        LD_LIBRARY_PATH:
          '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
      },
    })
  },
)

test('what its entry point does not take is told with its exit', images, async () => {
  await configure({ ImageConfig: { Command: ['app.handler', 'more'] } })
  const { error, value } = await invoke({})
  assert.equal(error, 'Unhandled')
  assert.match(value.errorMessage, /exit status 142/)
  await world.logWith(FunctionName, /the handler must be the first and only argument/)
})
