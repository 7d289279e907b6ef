import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harness, refusal } from '../../../../test/lambda/harness.ts'
import { zipOf } from '../../../../test/lambda/zip-file.ts'

test('PublishVersion freezes $LATEST; without a change the last version is the answer', async () => {
  const { make, call } = harness()
  await make('hello')
  const one = await call('PublishVersion', { FunctionName: 'hello', Description: 'first' })
  assert.deepEqual([one.Version, one.Description, one.status], ['1', 'first', 201])
  assert.equal(one.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:hello:1')
  assert.equal((await call('PublishVersion', { FunctionName: 'hello', Description: 'again' })).Version, '1')
  await call('UpdateFunctionConfiguration', { FunctionName: 'hello', Timeout: 10 })
  const two = await call('PublishVersion', { FunctionName: 'hello' })
  assert.equal(two.Version, '2')
  assert.equal((await call('GetFunctionConfiguration', { FunctionName: 'hello', Qualifier: '1' })).Timeout, 3)
  assert.equal((await call('GetFunctionConfiguration', { FunctionName: 'hello', Qualifier: '2' })).Timeout, 10)
})

test('a number is never used twice', async () => {
  const { make, call } = harness()
  await make('hello', { Publish: true })
  await call('DeleteFunction', { FunctionName: 'hello', Qualifier: '1' })
  assert.equal((await call('PublishVersion', { FunctionName: 'hello' })).Version, '2')
})

test('PublishVersion checks the hash and the revision that the caller expects', async () => {
  const { make, call } = harness()
  const { CodeSha256 } = await make('hello')
  await assert.rejects(
    call('PublishVersion', { FunctionName: 'hello', CodeSha256: 'other' }),
    refusal(
      'InvalidParameterValueException',
      `CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    ),
  )
  await assert.rejects(
    call('PublishVersion', { FunctionName: 'hello', RevisionId: 'other' }),
    refusal('PreconditionFailedException', /Revision Id/),
  )
})

test('ListVersionsByFunction pages', async () => {
  const { make, call } = harness()
  await make('hello', { Publish: true })
  for (let index = 0; index < 3; index++) {
    const ZipFile = zipOf({ 'index.js': `// ${index}` })
    await call('UpdateFunctionCode', { FunctionName: 'hello', ZipFile, Publish: true })
  }
  const seen: (string | undefined)[] = []
  let Marker: string | undefined
  do {
    const page = await call('ListVersionsByFunction', { FunctionName: 'hello', MaxItems: 2, Marker })
    seen.push(...(page.Versions ?? []).map(({ Version }) => Version))
    Marker = page.NextMarker
  } while (Marker !== undefined)
  assert.deepEqual(seen, ['$LATEST', '1', '2', '3', '4'])
})
