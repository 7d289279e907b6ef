// The generated models are what the pinned packages give, and the detection table says of each service what its model
// says.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadModel } from '#protocol/load-model.ts'
import {
  SERVICE_IDS,
  SERVICES,
  serviceByPath,
  serviceByQueryVersion,
  serviceByTargetPrefix,
  serviceRow,
  servicesByHostLabel,
  servicesBySigningName,
} from '#protocol/services.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

test('regenerating the models changes nothing', async (t) => {
  const run = promisify(execFile)(process.execPath, [`${root}tools/gen-schemas.ts`, '--check'])
  const { stdout } = await run
  const missing = /^serverlessapplicationrepository: not compared.*$/m.exec(stdout)?.[0]
  if (missing !== undefined) t.diagnostic(missing)
  assert.match(stdout, missing === undefined ? /34 models are up to date/ : /33 models are up to date/)
})

test('every service has a model, and nothing else is there', () => {
  const files = readdirSync(`${root}server/src/protocol/generated`).filter((name) => name !== 'NOTICE')
  assert.deepEqual(files.toSorted(), SERVICE_IDS.map((id) => `${id}.json`).toSorted())
  for (const file of files) assert.ok(statSync(`${root}server/src/protocol/generated/${file}`).size < 300_000, file)
})

test('the detection table agrees with the models', () => {
  assert.deepEqual(SERVICES.map((row) => row.id).toSorted(), [...SERVICE_IDS].toSorted())
  for (const row of SERVICES) {
    const { file } = loadModel(row.id)
    if (row.targetPrefix !== undefined) assert.equal(row.targetPrefix, file.targetPrefix, row.id)
    if (row.queryVersion !== undefined) assert.equal(row.queryVersion, file.version, row.id)
    assert.equal(row.queryCompatible, file.queryCompatible, row.id)
    const spoken = row.rest ?? row.json ?? 'awsQuery'
    assert.equal(spoken, file.protocol, row.id)
    if (spoken !== 'awsQuery' && row.queryVersion === undefined) continue
    assert.ok(file.xmlNamespace?.startsWith('http'), `${row.id} answers XML in a namespace`)
  }
})

test('services are found by what a request shows of them', () => {
  assert.equal(serviceByTargetPrefix('DynamoDBStreams_20120810')?.id, 'dynamodb-streams')
  assert.equal(serviceByTargetPrefix('__proto__'), undefined)
  assert.deepEqual(
    servicesBySigningName('apigateway').map((row) => row.id),
    ['api-gateway', 'apigatewayv2'],
  )
  assert.deepEqual(
    servicesBySigningName('s3express').map((row) => row.id),
    ['s3'],
  )
  assert.deepEqual(servicesBySigningName('ec2'), [])
  assert.equal(serviceByQueryVersion('2012-11-05')?.id, 'sqs')
  assert.deepEqual(
    servicesByHostLabel('queue').map((row) => row.id),
    ['sqs'],
  )
  assert.deepEqual(
    servicesByHostLabel('sync-states').map((row) => row.id),
    ['sfn'],
  )
  assert.deepEqual(
    servicesByHostLabel('streaming-logs').map((row) => row.id),
    ['cloudwatch-logs'],
  )
  assert.equal(serviceByPath('/2015-03-31/functions/f/invocations')?.id, 'lambda')
  assert.equal(serviceByPath('/restapis')?.id, 'api-gateway')
  assert.equal(serviceByPath('/v2/apis/x')?.id, 'apigatewayv2')
  assert.equal(serviceByPath('/@connections/x')?.id, 'apigatewaymanagementapi')
  for (const path of ['/', '/bucket', '/v2/other', '/restapis-of-mine/x', ''])
    assert.equal(serviceByPath(path), undefined)
  assert.equal(serviceRow('iot').rest, 'restJson1')
})

test('every path of Lambda begins with a date that the table has', () => {
  const model = loadModel('lambda')
  for (const name of model.operationNames()) {
    const uri = model.operation(name)?.traits.http?.[1] ?? ''
    assert.equal(serviceByPath(uri.replace(/\?.*/, ''))?.id, 'lambda', uri)
  }
})

test('no two query services share a version, no two targets a prefix', () => {
  const versions = SERVICES.flatMap((row) => row.queryVersion ?? [])
  const prefixes = SERVICES.flatMap((row) => row.targetPrefix ?? [])
  assert.equal(new Set(versions).size, versions.length)
  assert.equal(new Set(prefixes).size, prefixes.length)
})
