import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyVault } from '#identity/key-vault.ts'
import type { ConditionValues } from '#protocol/operation.ts'
import { harness, refusal } from '../../../test/lambda/harness.ts'
import { functionKey, functions } from './function-record.ts'

const KEY = 'arn:aws:kms:us-east-1:000000000000:alias/aws/lambda'
/** From here on the vault's keys are a customer's. */
function asCustomers({ keys }: { keys: KeyVault }): void {
  const vault = { ...keys }
  Object.assign(keys, {
    encrypt: async (...given: Parameters<KeyVault['encrypt']>) => ({
      ...(await vault.encrypt(...given)),
      managed: false,
    }),
    decrypt: async (...given: Parameters<KeyVault['decrypt']>) => ({
      ...(await vault.decrypt(...given)),
      managed: false,
    }),
  })
}

const SECRET = { Variables: { PASSWORD: 'correct horse' } }

test('variables under a key are a ciphertext in the store, and readable for who may decrypt', async () => {
  const { make, call, store, engine, deps } = harness()
  const made = await make('hello', { Environment: SECRET, KMSKeyArn: KEY })
  assert.deepEqual([made.KMSKeyArn, made.Environment], [KEY, SECRET])
  const record = await functions.get(
    store,
    functionKey({ account: '000000000000', region: 'us-east-1', name: 'hello' }),
  )
  assert.doesNotMatch(JSON.stringify(record?.value), /correct horse|PASSWORD/)
  await call('Invoke', { FunctionName: 'hello' })
  const { version } = engine.invocations[0] ?? {}
  assert.equal(version?.environment['PASSWORD'], undefined)
  assert.deepEqual(await version?.secretEnvironment?.(), SECRET.Variables)
  const nobody = { permits: async () => false }
  const managed = await call('GetFunctionConfiguration', { FunctionName: 'hello' }, nobody)
  assert.deepEqual(managed.Environment, SECRET, "the key behind alias/aws/lambda is everybody's of the account")
  asCustomers(deps.ports)
  const asked: unknown[] = []
  const permits = async (action: string, _key: string, conditions: ConditionValues = {}): Promise<boolean> =>
    asked.push(action, conditions['kms:ViaService'], conditions['kms:EncryptionContext:aws:lambda:FunctionArn']) < 0
  const shown = await call('GetFunctionConfiguration', { FunctionName: 'hello' }, { permits })
  assert.equal(shown.Environment?.Error?.ErrorCode, 'AccessDeniedException')
  assert.deepEqual(
    [shown.Environment?.Variables, asked],
    [
      undefined,
      ['kms:Decrypt', 'lambda.us-east-1.amazonaws.com', 'arn:aws:lambda:us-east-1:000000000000:function:hello'],
    ],
  )
  const listed = await call('ListFunctions', {})
  assert.equal(listed.Functions?.[0]?.Environment, undefined)
})

test('variables without a key are sealed in the store, and shown to everybody who may see the function', async () => {
  const { make, call, store, engine } = harness()
  await make('hello', { Environment: SECRET })
  const { value } = (await functions.get(
    store,
    functionKey({ account: '000000000000', region: 'us-east-1', name: 'hello' }),
  )) ?? { value: undefined }
  assert.doesNotMatch(JSON.stringify(value), /correct horse|PASSWORD/)
  const listed = await call('ListFunctions', {})
  assert.deepEqual(listed.Functions?.[0]?.Environment, SECRET)
  const { Version } = await call('PublishVersion', { FunctionName: 'hello' })
  const versions = await call('ListVersionsByFunction', { FunctionName: 'hello' })
  assert.deepEqual(versions.Versions?.find((version) => version.Version === Version)?.Environment, SECRET)
  await call('Invoke', { FunctionName: 'hello' })
  assert.equal(engine.invocations[0]?.version.environment['PASSWORD'], 'correct horse')
})

test('variables and key change one without the other', async () => {
  const { make, call } = harness()
  await make('hello', { Environment: SECRET })
  const change = (input: object) => call('UpdateFunctionConfiguration', { FunctionName: 'hello', ...input })
  assert.deepEqual((await change({ KMSKeyArn: KEY })).Environment, SECRET)
  assert.deepEqual((await change({ Description: 'same' })).Environment, SECRET)
  const other = { Variables: { PASSWORD: 'another' } }
  assert.deepEqual((await change({ Environment: other })).Environment, other)
  const published = await call('PublishVersion', { FunctionName: 'hello' })
  const plain = await change({ KMSKeyArn: '' })
  assert.deepEqual([plain.Environment, plain.KMSKeyArn], [other, undefined])
  assert.deepEqual([published.Environment, published.KMSKeyArn], [other, KEY])
  assert.equal((await change({ Environment: { Variables: {} } })).Environment, undefined)
})

test('a key that cannot be used is refused, before and at the init', async () => {
  const { make, call, engine, around, deps } = harness()
  const missing = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000'
  await assert.rejects(
    make('hello', { Environment: SECRET, KMSKeyArn: missing }),
    refusal('InvalidParameterValueException', /KMS key is invalid for Encrypt.*NotFoundException/),
  )
  asCustomers(deps.ports)
  await assert.rejects(make('hello', { KMSKeyArn: 'nonsense' }), refusal('ValidationException', /kMSKeyArn/))
  await assert.rejects(
    call(
      'CreateFunction',
      {
        FunctionName: 'hello',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/test-role',
        Code: {},
        Environment: SECRET,
        KMSKeyArn: KEY,
      },
      { permits: async () => false },
    ),
    refusal('InvalidParameterValueException', /AccessDeniedException/),
  )
  await make('hello', { Environment: SECRET, KMSKeyArn: KEY })
  await call('Invoke', { FunctionName: 'hello' })
  Object.assign(around.roles, { refusal: async (_holder: unknown, action: string) => `no ${action}` })
  await assert.rejects(
    Promise.resolve(engine.invocations[0]?.version.secretEnvironment?.()),
    refusal('KMSAccessDeniedException', /KMS access was denied.*no kms:Decrypt/),
  )
})
