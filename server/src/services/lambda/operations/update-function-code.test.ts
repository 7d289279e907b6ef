import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harness, refusal } from '../../../../test/lambda/harness.ts'
import { zipOf } from '../../../../test/lambda/zip-file.ts'

const NEW_ZIP = zipOf({ 'index.js': 'exports.handler = async () => "new"' })

test('UpdateFunctionCode: the next invocation runs the new code and old instances end', async () => {
  const { make, call, engine } = harness()
  const before = await make('hello')
  await call('Invoke', { FunctionName: 'hello' })
  const after = await call('UpdateFunctionCode', { FunctionName: 'hello', ZipFile: NEW_ZIP })
  assert.notEqual(after.CodeSha256, before.CodeSha256)
  assert.notEqual(after.RevisionId, before.RevisionId)
  await call('Invoke', { FunctionName: 'hello' })
  const [old, young] = engine.invocations.map(({ version }) => version)
  assert.ok(old && young)
  assert.notEqual(old.id, young.id)
  assert.notEqual(old.code.id, young.code.id)
  assert.deepEqual(engine.retired, [old.id])
})

test('UpdateFunctionCode with DryRun keeps everything as it is', async () => {
  const { make, call, blobs } = harness()
  const before = await make('hello')
  const dry = await call('UpdateFunctionCode', { FunctionName: 'hello', ZipFile: NEW_ZIP, DryRun: true })
  assert.notEqual(dry.CodeSha256, before.CodeSha256)
  const { CodeSha256 } = await call('GetFunctionConfiguration', { FunctionName: 'hello' })
  assert.equal(CodeSha256, before.CodeSha256)
  assert.equal(blobs.bytes.size, 1)
})

test('UpdateFunctionConfiguration changes what is given and keeps the rest', async () => {
  const { make, call, engine } = harness()
  await make('hello', { Environment: { Variables: { NAME: '1' } }, Timeout: 7 })
  await call('Invoke', { FunctionName: 'hello' })
  const after = await call('UpdateFunctionConfiguration', { FunctionName: 'hello', MemorySize: 512 })
  assert.deepEqual([after.MemorySize, after.Timeout, after.Environment?.Variables], [512, 7, { NAME: '1' }])
  const emptied = await call('UpdateFunctionConfiguration', { FunctionName: 'hello', Environment: { Variables: {} } })
  assert.equal(emptied.Environment, undefined)
  await call('Invoke', { FunctionName: 'hello' })
  const version = engine.invocations.at(-1)?.version
  assert.equal(version?.memoryMb, 512)
  assert.equal(version?.environment['NAME'], undefined)
  assert.equal(engine.retired.length, 2)
})

test('an outdated RevisionId is refused', async () => {
  const { make, call } = harness()
  const { RevisionId } = await make('hello')
  await call('UpdateFunctionConfiguration', { FunctionName: 'hello', Timeout: 5, RevisionId })
  const message =
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id'
  await assert.rejects(
    call('UpdateFunctionConfiguration', { FunctionName: 'hello', Timeout: 6, RevisionId }),
    refusal('PreconditionFailedException', message),
  )
  await assert.rejects(
    call('UpdateFunctionCode', { FunctionName: 'hello', ZipFile: NEW_ZIP, RevisionId }),
    refusal('PreconditionFailedException', message),
  )
})

test('concurrent updates of different settings all arrive', async () => {
  const { make, call } = harness()
  await make('hello')
  await Promise.all([
    call('UpdateFunctionConfiguration', { FunctionName: 'hello', Timeout: 9 }),
    call('UpdateFunctionConfiguration', { FunctionName: 'hello', MemorySize: 256 }),
    call('UpdateFunctionConfiguration', { FunctionName: 'hello', Description: 'both' }),
  ])
  const { Timeout, MemorySize, Description } = await call('GetFunctionConfiguration', { FunctionName: 'hello' })
  assert.deepEqual([Timeout, MemorySize, Description], [9, 256, 'both'])
})

test('updates of functions that are not there are ResourceNotFoundException', async () => {
  const { call } = harness()
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:nothing'
  for (const operation of ['UpdateFunctionCode', 'UpdateFunctionConfiguration'] as const)
    await assert.rejects(
      call(operation, { FunctionName: 'nothing' }),
      refusal('ResourceNotFoundException', `Function not found: ${arn}`),
    )
})

test('new code is unpacked ahead; in dev an instance is loaded as well', async () => {
  for (const prepareChanges of [false, true]) {
    const { make, call, engine, clock } = harness({ prepareChanges })
    await make('hello')
    await call('UpdateFunctionCode', { FunctionName: 'hello', ZipFile: NEW_ZIP })
    await clock.advance(0)
    assert.equal(engine.staged.length, 2)
    assert.equal(engine.prepared.length, prepareChanges ? 2 : 0)
    await call('Invoke', { FunctionName: 'hello' })
    assert.equal(engine.invocations[0]?.version.code.id, engine.staged[1])
  }
})

test('code that would stay in its bucket is refused: it must be there when the object is gone', async () => {
  const { make, call } = harness()
  await make('hello')
  const object = { S3Bucket: 'code', S3Key: 'hello.zip', S3ObjectStorageMode: 'REFERENCE' as const }
  const refused = refusal(
    'InvalidParameterValueException',
    'Mayfly does not support S3ObjectStorageMode yet. Leave it out.',
  )
  await assert.rejects(call('UpdateFunctionCode', { FunctionName: 'hello', ...object }), refused)
  await assert.rejects(make('other', { Code: object }), refused)
  await assert.rejects(call('PublishLayerVersion', { LayerName: 'layer', Content: object }), refused)
})
