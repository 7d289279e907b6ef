// Debian's awscli and boto3: older clients with other habits (waiters by GetFunctionConfiguration, streams, base64).
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { ROLE, startTestServer, type TestServer } from './server-fixture.ts'
import { zipOf } from './zip-file.ts'

const AWS = '/usr/bin/aws'
const PYTHON = '/usr/bin/python3'
const run = promisify(execFile)

let world: TestServer
let folder: string
before(async () => {
  world = await startTestServer()
  folder = await mkdtemp(join(tmpdir(), 'mayfly-cli-'))
  await writeFile(
    join(folder, 'code.zip'),
    zipOf({ 'app.py': 'def handler(event, context):\n    print("seen", event)\n    return {"hello": event["name"]}' }),
  )
})
after(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
  }
}

async function aws(...args: string[]): Promise<string> {
  const { stdout } = await run(AWS, ['--endpoint-url', world.endpoint, '--output', 'json', 'lambda', ...args], {
    cwd: folder,
    env: environment(),
  })
  return stdout
}

test(
  'aws lambda: create, wait, invoke with its log, configure, publish, delete',
  { skip: existsSync(AWS) ? false : 'awscli is not there: apt-get install awscli' },
  async () => {
    const created = JSON.parse(
      await aws(
        'create-function',
        '--function-name',
        'cli',
        '--runtime',
        'python3.11',
        '--handler',
        'app.handler',
        '--role',
        ROLE,
        '--zip-file',
        'fileb://code.zip',
      ),
    )
    assert.equal(created.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:cli')
    await aws('wait', 'function-active', '--function-name', 'cli')
    const answer = JSON.parse(
      await aws(
        'invoke',
        '--function-name',
        'cli',
        '--payload',
        '{"name":"you"}',
        '--cli-binary-format',
        'raw-in-base64-out',
        '--log-type',
        'Tail',
        'out.json',
      ),
    )
    assert.equal(answer.StatusCode, 200)
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')), { hello: 'you' })
    assert.match(Buffer.from(answer.LogResult, 'base64').toString(), /seen \{'name': 'you'\}\nEND RequestId/)
    const changed = JSON.parse(
      await aws(
        'update-function-configuration',
        '--function-name',
        'cli',
        '--timeout',
        '7',
        '--environment',
        'Variables={STAGE=x}',
      ),
    )
    assert.deepEqual([changed.Timeout, changed.Environment], [7, { Variables: { STAGE: 'x' } }])
    await aws('wait', 'function-updated', '--function-name', 'cli')
    assert.equal(JSON.parse(await aws('publish-version', '--function-name', 'cli')).Version, '1')
    assert.equal(JSON.parse(await aws('list-functions')).Functions.length, 1)
    assert.equal(await aws('delete-function', '--function-name', 'cli'), '')
    await assert.rejects(
      aws('get-function', '--function-name', 'cli'),
      (error: Error & { code: number; stderr: string }) => {
        assert.equal(error.code, 254)
        assert.match(
          error.stderr,
          /\(ResourceNotFoundException\).*GetFunction operation\b.*: Function not found: arn:aws:lambda/,
        )
        return true
      },
    )
  },
)

const BOTO3 = `
import base64, json, sys, boto3
client = boto3.client('lambda', endpoint_url=sys.argv[1])
code = open('code.zip', 'rb').read()
client.create_function(FunctionName='boto', Runtime='python3.12', Handler='app.handler', Role=sys.argv[2], Code={'ZipFile': code})
client.get_waiter('function_active').wait(FunctionName='boto')
client.get_waiter('function_active_v2').wait(FunctionName='boto')
answer = client.invoke(FunctionName='boto', Payload=json.dumps({'name': 'b'}), LogType='Tail')
out = {'status': answer['StatusCode'], 'payload': json.load(answer['Payload']), 'version': answer['ExecutedVersion'],
       'log': base64.b64decode(answer['LogResult']).decode()}
failed = client.invoke(FunctionName='boto', Payload=b'{}')
out['error'] = failed['FunctionError']
out['errorType'] = json.load(failed['Payload'])['errorType']
out['event'] = client.invoke(FunctionName='boto', Payload=b'{"name": 1}', InvocationType='Event')['StatusCode']
client.update_function_code(FunctionName='boto', ZipFile=code, Publish=True)
client.get_waiter('function_updated_v2').wait(FunctionName='boto')
out['versions'] = [v['Version'] for p in client.get_paginator('list_versions_by_function').paginate(FunctionName='boto') for v in p['Versions']]
try:
    client.invoke(FunctionName='nothing')
except client.exceptions.ResourceNotFoundException as error:
    out['notFound'] = [error.response['Error']['Message'], error.response['ResponseMetadata']['HTTPStatusCode']]
try:
    client.invoke(FunctionName='boto', Payload=b'"' + b'x' * 1048576 + b'"', InvocationType='Event')
except client.exceptions.ClientError as error:
    out['large'] = [error.response['Error']['Code'], error.response['Error']['Message']]
print(json.dumps(out))
`

const boto3 = existsSync('/usr/lib/python3/dist-packages/boto3')
const skipBoto3 = boto3 ? false : 'boto3 is not there: apt-get install python3-boto3'

test('boto3: waiters, paginators, payload streams, errors', { skip: skipBoto3 }, async () => {
  const { stdout } = await run(PYTHON, ['-c', BOTO3, world.endpoint, ROLE], { cwd: folder, env: environment() })
  const { log, ...out } = JSON.parse(stdout)
  assert.match(log, /^START RequestId: .*\nseen \{'name': 'b'\}\nEND RequestId/)
  assert.deepEqual(out, {
    status: 200,
    payload: { hello: 'b' },
    version: '$LATEST',
    error: 'Unhandled',
    errorType: 'KeyError',
    event: 202,
    versions: ['$LATEST', '1'],
    notFound: ['Function not found: arn:aws:lambda:us-east-1:000000000000:function:nothing', 404],
    large: [
      'RequestEntityTooLargeException',
      '1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
    ],
  })
})
