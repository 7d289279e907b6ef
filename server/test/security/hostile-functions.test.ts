// Whatever stands in the settings of a function, none of it reaches a command line, an environment or a folder of the
// processes that run it but as what it is: an environment variable of the function's own.
import * as lambda from '@aws-sdk/client-lambda'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { makeRole, openServer } from '../conformance/server-kit.ts'
import { zipOf } from '../lambda/zip-file.ts'

const SEED = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
const ROUNDS = 150
const CANARY = 'canary7f3a'
const HOSTILE = [
  '$(touch /tmp/x)',
  '`id`',
  '; id;',
  '| id',
  '&& id',
  '\n--bind / /\n',
  '--ro-bind / /',
  '-c',
  "' || id #",
  '" || id #',
  '../../../etc/passwd',
  '/proc/self/environ',
  '\u0000',
  '\r\nx',
  '${IFS}id',
  '%s%n',
  '\u001b[2J',
  'LD_PRELOAD=/tmp/x',
  'NODE_OPTIONS=--require=/tmp/x',
  '__proto__',
  '-',
  '',
  'x'.repeat(5000),
]

/** Command lines, environments and folders of every process that this one has begun, and of what those began. */
function processes(): readonly {
  readonly pid: string
  readonly commandLine: string
  readonly environment: string
  readonly folder: string
}[] {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'latin1')
    } catch {
      // Gone, or not ours to see.
      return ''
    }
  }
  const parents = new Map<string, string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    parents.set(pid, /^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '')
  const isOurs = (pid: string): boolean => {
    for (let at = parents.get(pid); at !== undefined && at !== ''; at = parents.get(at))
      if (at === String(process.pid)) return true
    return false
  }
  return [...parents.keys()].filter(isOurs).map((pid) => {
    let folder = ''
    try {
      folder = readlinkSync(`/proc/${pid}/cwd`)
    } catch {
      // As above.
    }
    return { pid, commandLine: read(`/proc/${pid}/cmdline`), environment: read(`/proc/${pid}/environ`), folder }
  })
}

function checkProcesses(): number {
  const found = processes()
  for (const { pid, commandLine, environment, folder } of found) {
    assert.ok(!commandLine.includes(CANARY), `${pid}: ${commandLine}`)
    assert.ok(!environment.includes(CANARY), `${pid}: ${environment}`)
    assert.ok(!folder.includes(CANARY), `${pid}: ${folder}`)
  }
  return found.length
}

test(`no setting of a function reaches a command line, seed ${SEED}`, async () => {
  await using server = await openServer()
  const client = new lambda.LambdaClient(server.sdk)
  const Role = await makeRole(server, 'r')
  const ZipFile = zipOf([{ name: 'index.mjs', content: 'export const handler = async () => ({ ...process.env })' }])
  const random = seededRandom(SEED)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const text = (): string => `${pick(HOSTILE)}${CANARY}${pick(HOSTILE)}`
  const good = {
    FunctionName: 'plain',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role,
    Code: { ZipFile },
  } as const
  await client.send(new lambda.CreateFunctionCommand(good))
  /** A change to one member of the input: every member of the schema that takes a text has one. */
  const changes: Readonly<Record<string, () => object>> = {
    FunctionName: () => ({ FunctionName: text() }),
    Runtime: () => ({ Runtime: text() }),
    Handler: () => ({ Handler: text() }),
    Role: () => ({ Role: text() }),
    Description: () => ({ Description: text() }),
    KMSKeyArn: () => ({ KMSKeyArn: text() }),
    PackageType: () => ({ PackageType: text() }),
    Architectures: () => ({ Architectures: [text()] }),
    'Environment name': () => ({ Environment: { Variables: { [text()]: 'x' } } }),
    'Environment value': () => ({ Environment: { Variables: { PLAIN: text().replaceAll('\u0000', '') } } }),
    'Tags name': () => ({ Tags: { [text()]: 'x' } }),
    'Tags value': () => ({ Tags: { x: text() } }),
    Layers: () => ({ Layers: [text()] }),
    'TracingConfig.Mode': () => ({ TracingConfig: { Mode: text() } }),
    'DeadLetterConfig.TargetArn': () => ({ DeadLetterConfig: { TargetArn: text() } }),
    'VpcConfig.SubnetIds': () => ({ VpcConfig: { SubnetIds: [text()], SecurityGroupIds: [text()] } }),
    FileSystemConfigs: () => ({ FileSystemConfigs: [{ Arn: text(), LocalMountPath: text() }] }),
    ImageConfig: () => ({ ImageConfig: { EntryPoint: [text()], Command: [text()], WorkingDirectory: text() } }),
    'LoggingConfig.LogGroup': () => ({ LoggingConfig: { LogFormat: 'JSON', LogGroup: text() } }),
    'LoggingConfig.LogFormat': () => ({ LoggingConfig: { LogFormat: text() } }),
    'SnapStart.ApplyOn': () => ({ SnapStart: { ApplyOn: text() } }),
    CodeSigningConfigArn: () => ({ CodeSigningConfigArn: text() }),
    'Code.S3Bucket': () => ({ Code: { S3Bucket: text(), S3Key: text() } }),
    'Code.ImageUri': () => ({ Code: { ImageUri: text() } }),
    MemorySize: () => ({ MemorySize: pick([0, -1, 1e9, 127.5]) }),
    Timeout: () => ({ Timeout: pick([0, -1, 1e9]) }),
    EphemeralStorage: () => ({ EphemeralStorage: { Size: pick([0, -1, 1e9]) } }),
  }
  const names = Object.keys(changes)
  let accepted = 0
  for (let round = 0; round < ROUNDS; round++) {
    const name = names[round % names.length] ?? ''
    const change = changes[name]?.() ?? {}
    const isUpdate =
      round % 2 === 1 &&
      ![
        'FunctionName',
        'PackageType',
        'Architectures',
        'Tags name',
        'Tags value',
        'CodeSigningConfigArn',
        'Code.S3Bucket',
        'Code.ImageUri',
      ].includes(name)
    const FunctionName = isUpdate ? 'plain' : `f${round}`
    // What the types forbid is what is tried.
    const input = { ...(isUpdate ? {} : good), FunctionName, ...change } as lambda.CreateFunctionCommandInput
    try {
      if (isUpdate) await client.send(new lambda.UpdateFunctionConfigurationCommand(input))
      else await client.send(new lambda.CreateFunctionCommand(input))
      accepted++
      const { Payload, FunctionError } = await client.send(
        new lambda.InvokeCommand({ FunctionName: input.FunctionName ?? '' }),
      )
      // A handler that is not there is an error of the function, not of the server.
      if (FunctionError === undefined) assert.ok(JSON.parse(Buffer.from(Payload ?? []).toString()))
      if (isUpdate)
        await client.send(
          new lambda.UpdateFunctionConfigurationCommand({
            FunctionName,
            Handler: good.Handler,
            Runtime: good.Runtime,
            Role,
            Environment: { Variables: {} },
            Description: '',
          }),
        )
      else await client.send(new lambda.DeleteFunctionCommand({ FunctionName: input.FunctionName ?? '' }))
    } catch (error) {
      const {
        $metadata,
        name: code,
        message,
      } = error as { $metadata?: { httpStatusCode?: number }; name: string; message: string }
      const status = $metadata?.httpStatusCode
      assert.ok(
        status !== undefined && status >= 400 && status < 500,
        `${name} ${JSON.stringify(change).slice(0, 300)}: ${status} ${code} ${message}`,
      )
    }
    checkProcesses()
  }
  assert.ok(accepted > 10, `${accepted} accepted`)
  assert.ok(checkProcesses() > 1, 'processes were looked at')
})
