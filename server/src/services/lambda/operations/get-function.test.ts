import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harness, HELLO_ZIP, refusal } from '../../../../test/lambda/harness.ts'
import { CODE_LOCATION_PATH } from '../code-locations.ts'

test('GetFunction takes every form of a name', async () => {
  const { make, call } = harness()
  await make('hello', { Publish: true })
  const forms = [
    'hello',
    'hello:$LATEST',
    'hello:1',
    '000000000000:function:hello',
    '000000000000:function:hello:1',
    'arn:aws:lambda:us-east-1:000000000000:function:hello',
    'arn:aws:lambda:us-east-1:000000000000:function:hello:1',
  ]
  for (const FunctionName of forms) {
    const { Configuration } = await call('GetFunction', { FunctionName })
    assert.equal(Configuration?.FunctionName, 'hello')
    assert.equal(Configuration?.Version, FunctionName.endsWith(':1') ? '1' : '$LATEST')
  }
  const unqualified = await call('GetFunction', { FunctionName: 'hello' })
  assert.equal(unqualified.Configuration?.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:hello')
  const qualified = await call('GetFunction', { FunctionName: 'hello', Qualifier: '$LATEST' })
  assert.equal(qualified.Configuration?.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:hello:$LATEST')
})

test('GetFunction says what is wrong with a name', async () => {
  const { make, call } = harness()
  await make('hello')
  const get = (FunctionName: string, Qualifier?: string): Promise<unknown> =>
    call('GetFunction', { FunctionName, Qualifier })
  await assert.rejects(get('nothing'), refusal('ResourceNotFoundException', /function:nothing$/))
  await assert.rejects(get('hello', '7'), refusal('ResourceNotFoundException', /function:hello:7$/))
  await assert.rejects(
    get('hello:1', '2'),
    refusal(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    ),
  )
  await assert.rejects(
    get('arn:aws:lambda:eu-west-1:000000000000:function:hello'),
    refusal('ResourceNotFoundException', "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"),
  )
  // Whether another account's function may be looked at, the gateway has asked.
  await assert.rejects(
    get('arn:aws:lambda:us-east-1:111111111111:function:hello'),
    refusal('ResourceNotFoundException', 'Function not found: arn:aws:lambda:us-east-1:111111111111:function:hello'),
  )
  await assert.rejects(get('what ever'), refusal('ValidationException', /Value 'what ever' at 'functionName'/))
})

test('the address of the package gives the package, for ten minutes, and cannot be forged', async () => {
  const { make, call, deps, clock } = harness()
  await make('hello')
  const { Code } = await call('GetFunction', { FunctionName: 'hello' })
  const location = new URL(Code?.Location ?? '')
  assert.equal(location.host, '127.0.0.1:4566')
  assert.ok(location.pathname.startsWith(CODE_LOCATION_PATH))
  const opened = deps.codeLocations.open(location.pathname)
  const chunks: Uint8Array[] = []
  for await (const chunk of opened?.body ?? []) chunks.push(chunk)
  assert.deepEqual(Buffer.concat(chunks), HELLO_ZIP)
  assert.equal(opened?.bytes, HELLO_ZIP.length)
  for (const forged of [location.pathname.replace(/.$/, 'x'), `${CODE_LOCATION_PATH}a.1.99999999999999.b`, '/x'])
    assert.equal(deps.codeLocations.open(forged), undefined)
  await clock.advance(600_001)
  assert.equal(deps.codeLocations.open(location.pathname), undefined)
})

test('ListFunctions pages by name, and shows versions when asked', async () => {
  const { make, call } = harness()
  for (const name of ['c', 'a', 'b']) await make(name, { Publish: name === 'b' })
  const first = await call('ListFunctions', { MaxItems: 2 })
  assert.deepEqual(
    first.Functions?.map(({ FunctionName }) => FunctionName),
    ['a', 'b'],
  )
  const second = await call('ListFunctions', { MaxItems: 2, Marker: first.NextMarker })
  assert.deepEqual(
    second.Functions?.map(({ FunctionName }) => FunctionName),
    ['c'],
  )
  assert.equal(second.NextMarker, undefined)
  const all = await call('ListFunctions', { FunctionVersion: 'ALL' })
  assert.deepEqual(
    all.Functions?.map(({ FunctionName, Version }) => `${FunctionName}:${Version}`),
    ['a:$LATEST', 'b:$LATEST', 'b:1', 'c:$LATEST'],
  )
  await assert.rejects(call('ListFunctions', { Marker: '%%%' }), refusal('InvalidParameterValueException', /Marker/))
})

test('functions of other accounts and regions are not listed', async () => {
  const { make, call } = harness()
  await make('hello')
  assert.deepEqual((await call('ListFunctions', {}, { account: '111111111111' })).Functions, [])
  assert.deepEqual((await call('ListFunctions', {}, { region: 'eu-west-1' })).Functions, [])
})

test('GetAccountSettings counts functions and the bytes of their packages', async () => {
  const { make, call } = harness()
  await make('a', { Publish: true })
  await make('b')
  const { AccountUsage, AccountLimit } = await call('GetAccountSettings', {})
  assert.deepEqual(AccountUsage, { TotalCodeSize: 3 * HELLO_ZIP.length, FunctionCount: 2 })
  assert.equal(AccountLimit?.ConcurrentExecutions, 1000)
})

test('GetFunctionCodeSigningConfig: none is attached', async () => {
  const { make, call } = harness()
  await make('hello')
  const { FunctionName, CodeSigningConfigArn } = await call('GetFunctionCodeSigningConfig', { FunctionName: 'hello' })
  assert.deepEqual([FunctionName, CodeSigningConfigArn], ['hello', ''])
  await assert.rejects(
    call('GetFunctionCodeSigningConfig', { FunctionName: 'nothing' }),
    refusal('ResourceNotFoundException', /nothing/),
  )
})
