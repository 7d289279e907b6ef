import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, HELLO_ZIP, harness, refusal } from '../../../../test/lambda/harness.ts'

const PROFILE = 'arn:aws:signer:us-east-1:000000000000:/signing-profiles/release/AbCdEfGhIj'
const PUBLISHERS = { SigningProfileVersionArns: [PROFILE] }
const NOWHERE = `arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-${'0'.repeat(17)}`

test('a code signing configuration is made, changed, listed, tagged and deleted', async () => {
  const { call } = harness()
  const made = await call('CreateCodeSigningConfig', { AllowedPublishers: PUBLISHERS, Tags: { team: 'a' } })
  assert.equal(made.status, 201)
  const config = made.CodeSigningConfig
  const arn = config?.CodeSigningConfigArn ?? ''
  assert.match(arn, /^arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-[a-z0-9]{17}$/)
  assert.deepEqual(config?.CodeSigningPolicies, { UntrustedArtifactOnDeployment: 'Warn' })
  assert.equal(config?.LastModified, '2026-11-21T09:30:00.000+0000')
  const changed = await call('UpdateCodeSigningConfig', {
    CodeSigningConfigArn: arn,
    Description: 'releases only',
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
  })
  assert.deepEqual(changed.CodeSigningConfig, {
    ...config,
    Description: 'releases only',
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
  })
  const { CodeSigningConfig } = await call('GetCodeSigningConfig', { CodeSigningConfigArn: arn })
  assert.deepEqual(CodeSigningConfig, changed.CodeSigningConfig)
  await call('TagResource', { Resource: arn, Tags: { stage: 'test' } })
  assert.deepEqual((await call('ListTags', { Resource: arn })).Tags, { team: 'a', stage: 'test' })
  for (let count = 0; count < 2; count++) await call('CreateCodeSigningConfig', { AllowedPublishers: PUBLISHERS })
  const first = await call('ListCodeSigningConfigs', { MaxItems: 2 })
  const second = await call('ListCodeSigningConfigs', { Marker: first.NextMarker })
  assert.equal(second.NextMarker, undefined)
  const listed = [...(first.CodeSigningConfigs ?? []), ...(second.CodeSigningConfigs ?? [])]
  assert.equal(new Set(listed.map((one) => one.CodeSigningConfigArn)).size, 3)
  assert.equal((await call('DeleteCodeSigningConfig', { CodeSigningConfigArn: arn })).status, 204)
  await assert.rejects(
    call('GetCodeSigningConfig', { CodeSigningConfigArn: arn }),
    refusal('ResourceNotFoundException', `The Lambda code signing configuration ${arn} can not be found.`),
  )
})

test('a function uses a configuration; Warn lets unsigned code in, Enforce does not', async () => {
  const { call, make } = harness()
  const made = await call('CreateCodeSigningConfig', { AllowedPublishers: PUBLISHERS })
  const CodeSigningConfigArn = made.CodeSigningConfig?.CodeSigningConfigArn ?? ''
  await make('born', { CodeSigningConfigArn })
  await make('later')
  assert.equal((await call('GetFunctionCodeSigningConfig', { FunctionName: 'later' })).CodeSigningConfigArn, '')
  const put = await call('PutFunctionCodeSigningConfig', { FunctionName: 'later', CodeSigningConfigArn })
  assert.deepEqual([put.FunctionName, put.CodeSigningConfigArn], ['later', CodeSigningConfigArn])
  const users = (input: object) => call('ListFunctionsByCodeSigningConfig', { CodeSigningConfigArn, ...input })
  const page = await users({ MaxItems: 1 })
  const rest = await users({ Marker: page.NextMarker })
  assert.deepEqual(
    [...(page.FunctionArns ?? []), ...(rest.FunctionArns ?? [])].map((arn) => arn.split(':').at(-1)),
    ['born', 'later'],
  )
  await call('UpdateFunctionCode', { FunctionName: 'born', ...codeOf(HELLO_ZIP) })
  await call('UpdateCodeSigningConfig', {
    CodeSigningConfigArn,
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
  })
  const refused = refusal('CodeVerificationFailedException', /Check the provided signature for arn:aws:lambda/)
  await assert.rejects(call('UpdateFunctionCode', { FunctionName: 'born', ...codeOf(HELLO_ZIP) }), refused)
  await assert.rejects(make('never', { CodeSigningConfigArn }), refused)
  await assert.rejects(
    call('DeleteCodeSigningConfig', { CodeSigningConfigArn }),
    refusal('ResourceConflictException', /function born uses it/),
  )
  assert.equal((await call('DeleteFunctionCodeSigningConfig', { FunctionName: 'born' })).status, 204)
  await call('UpdateFunctionCode', { FunctionName: 'born', ...codeOf(HELLO_ZIP) })
  await call('DeleteFunction', { FunctionName: 'later' })
  await call('DeleteCodeSigningConfig', { CodeSigningConfigArn })
})

test('what is not there and what is malformed is refused', async () => {
  const { call, make } = harness()
  await make('hello')
  const gone = refusal(
    'CodeSigningConfigNotFoundException',
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${NOWHERE}.`,
  )
  await assert.rejects(
    call('PutFunctionCodeSigningConfig', { FunctionName: 'hello', CodeSigningConfigArn: NOWHERE }),
    gone,
  )
  await assert.rejects(make('other', { CodeSigningConfigArn: NOWHERE }), gone)
  await assert.rejects(
    call('GetCodeSigningConfig', { CodeSigningConfigArn: NOWHERE.replace('csc-', 'x-') }),
    refusal('ValidationException', /codeSigningConfigArn/),
  )
  await assert.rejects(
    call('GetCodeSigningConfig', { CodeSigningConfigArn: NOWHERE.replace('000000000000', '111111111111') }),
    refusal('ResourceNotFoundException', /can not be found/),
  )
  for (const SigningProfileVersionArns of [[], Array<string>(21).fill(PROFILE), ['nobody']])
    await assert.rejects(
      call('CreateCodeSigningConfig', { AllowedPublishers: { SigningProfileVersionArns } }),
      refusal('ValidationException', /signingProfileVersionArns/),
    )
})
