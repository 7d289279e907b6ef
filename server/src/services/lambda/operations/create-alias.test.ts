// CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases, and what an alias means to Invoke and DeleteFunction.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Harness, harness, refusal } from '../../../../test/lambda/harness.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:hello'

/** A function with the versions 1, 2, 3. */
async function withVersions(): Promise<Harness> {
  const world = harness()
  await world.make('hello', { Publish: true })
  for (const Timeout of [4, 5]) {
    await world.call('UpdateFunctionConfiguration', { FunctionName: 'hello', Timeout })
    await world.call('PublishVersion', { FunctionName: 'hello' })
  }
  return world
}

test('CreateAlias names a version; everything that takes a qualifier takes the alias', async () => {
  const { call } = await withVersions()
  const made = await call('CreateAlias', {
    FunctionName: 'hello',
    Name: 'live',
    FunctionVersion: '2',
    Description: 'd',
  })
  assert.deepEqual(
    [made.AliasArn, made.Name, made.FunctionVersion, made.Description, made.RoutingConfig, made.status],
    [`${ARN}:live`, 'live', '2', 'd', undefined, 201],
  )
  const configuration = await call('GetFunctionConfiguration', { FunctionName: 'hello', Qualifier: 'live' })
  assert.deepEqual([configuration.Version, configuration.Timeout, configuration.FunctionArn], ['2', 4, `${ARN}:live`])
  assert.equal((await call('Invoke', { FunctionName: 'hello:live' })).ExecutedVersion, '2')
  await call('AddPermission', {
    FunctionName: 'hello',
    Qualifier: 'live',
    StatementId: 's',
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
  })
  assert.match((await call('GetPolicy', { FunctionName: 'hello', Qualifier: 'live' })).Policy ?? '', /hello:live/)
})

test('UpdateAlias points elsewhere at once, keeps what is left out, and holds the caller to a revision', async () => {
  const { call } = await withVersions()
  const made = await call('CreateAlias', { FunctionName: 'hello', Name: 'live', FunctionVersion: '1' })
  assert.equal((await call('Invoke', { FunctionName: 'hello', Qualifier: 'live' })).ExecutedVersion, '1')
  const changed = await call('UpdateAlias', { FunctionName: 'hello', Name: 'live', FunctionVersion: '3' })
  assert.notEqual(changed.RevisionId, made.RevisionId)
  assert.equal((await call('Invoke', { FunctionName: 'hello', Qualifier: 'live' })).ExecutedVersion, '3')
  await assert.rejects(
    call('UpdateAlias', { FunctionName: 'hello', Name: 'live', RevisionId: made.RevisionId ?? '' }),
    refusal('PreconditionFailedException', /Revision Id/),
  )
  const described = await call('UpdateAlias', { FunctionName: 'hello', Name: 'live', Description: 'new' })
  assert.deepEqual([described.FunctionVersion, described.Description], ['3', 'new'])
})

test('weights send a share to the second version, until they are emptied', async () => {
  const { call, rolls } = await withVersions()
  const RoutingConfig = { AdditionalVersionWeights: { '3': 0.25 } }
  const made = await call('CreateAlias', { FunctionName: 'hello', Name: 'live', FunctionVersion: '2', RoutingConfig })
  assert.deepEqual(made.RoutingConfig, RoutingConfig)
  rolls.push(0.24, 0.25, 0.9, 0)
  const seen: (string | undefined)[] = []
  for (let count = 0; count < 4; count++)
    seen.push((await call('Invoke', { FunctionName: 'hello', Qualifier: 'live' })).ExecutedVersion)
  assert.deepEqual(seen, ['3', '2', '2', '3'])
  const kept = await call('UpdateAlias', { FunctionName: 'hello', Name: 'live', Description: 'x' })
  assert.deepEqual(kept.RoutingConfig, RoutingConfig)
  const emptied = await call('UpdateAlias', {
    FunctionName: 'hello',
    Name: 'live',
    RoutingConfig: { AdditionalVersionWeights: {} },
  })
  assert.equal(emptied.RoutingConfig, undefined)
  rolls.push(0)
  assert.equal((await call('Invoke', { FunctionName: 'hello', Qualifier: 'live' })).ExecutedVersion, '2')
})

test('what an alias cannot be is refused', async () => {
  const { call } = await withVersions()
  const create = (more: object): Promise<unknown> =>
    call('CreateAlias', { FunctionName: 'hello', Name: 'live', FunctionVersion: '1', ...more })
  await assert.rejects(create({ Name: '12' }), refusal('ValidationException', /'name' failed.*\(\?!\^\[0-9\]\+\$\)/))
  await assert.rejects(create({ FunctionVersion: 'x' }), refusal('ValidationException', /functionVersion/))
  await assert.rejects(
    create({ FunctionVersion: '9' }),
    refusal('ResourceNotFoundException', `Function not found: ${ARN}:9`),
  )
  await assert.rejects(create({ FunctionName: 'nobody' }), refusal('ResourceNotFoundException', /nobody/))
  const weights = (version: string, weight: number): object => ({
    RoutingConfig: { AdditionalVersionWeights: { [version]: weight } },
  })
  await assert.rejects(create(weights('1', 0.5)), refusal('InvalidParameterValueException', /already included/))
  await assert.rejects(create(weights('2', 1.5)), refusal('InvalidParameterValueException', /weight/))
  await assert.rejects(create(weights('$LATEST', 0.5)), refusal('InvalidParameterValueException', /LATEST/))
  await assert.rejects(
    create({ FunctionVersion: '$LATEST', ...weights('1', 0.5) }),
    refusal('InvalidParameterValueException', '$LATEST is not supported for an alias pointing to more than 1 version'),
  )
  await assert.rejects(
    create({ RoutingConfig: { AdditionalVersionWeights: { '2': 0.1, '3': 0.1 } } }),
    refusal('InvalidParameterValueException', /greater than 1/),
  )
  await create({})
  await assert.rejects(create({}), refusal('ResourceConflictException', `Alias already exists: ${ARN}:live`))
})

test('GetAlias tells; DeleteAlias takes the name and its policy away, the version stays', async () => {
  const { call } = await withVersions()
  await call('CreateAlias', { FunctionName: 'hello', Name: 'live', FunctionVersion: '1' })
  assert.equal((await call('GetAlias', { FunctionName: 'hello', Name: 'live' })).FunctionVersion, '1')
  assert.equal((await call('DeleteAlias', { FunctionName: 'hello', Name: 'live' })).status, 204)
  await call('DeleteAlias', { FunctionName: 'hello', Name: 'live' })
  await assert.rejects(
    call('GetAlias', { FunctionName: 'hello', Name: 'live' }),
    refusal('ResourceNotFoundException', `Cannot find alias arn: ${ARN}:live`),
  )
  await assert.rejects(
    call('Invoke', { FunctionName: 'hello', Qualifier: 'live' }),
    refusal('ResourceNotFoundException', `Function not found: ${ARN}:live`),
  )
  assert.equal((await call('Invoke', { FunctionName: 'hello', Qualifier: '1' })).ExecutedVersion, '1')
})

test('a version that an alias names cannot be deleted; a function goes with its aliases', async () => {
  const { call, make } = await withVersions()
  const RoutingConfig = { AdditionalVersionWeights: { '3': 0.5 } }
  await call('CreateAlias', { FunctionName: 'hello', Name: 'live', FunctionVersion: '2', RoutingConfig })
  for (const Qualifier of ['2', '3'])
    await assert.rejects(
      call('DeleteFunction', { FunctionName: 'hello', Qualifier }),
      refusal('ResourceConflictException', /aliases reference it: \[live\]/),
    )
  await call('DeleteFunction', { FunctionName: 'hello', Qualifier: '1' })
  await call('DeleteFunction', { FunctionName: 'hello' })
  await make('hello', { Publish: true })
  assert.deepEqual((await call('ListAliases', { FunctionName: 'hello' })).Aliases, [])
})

test('of an alias that is made and its version that is deleted at the same time, one is refused', async () => {
  for (let round = 0; round < 5; round++) {
    const { call } = await withVersions()
    const ends = await Promise.allSettled([
      call('CreateAlias', { FunctionName: 'hello', Name: 'live', FunctionVersion: '2' }),
      call('DeleteFunction', { FunctionName: 'hello', Qualifier: '2' }),
    ])
    assert.deepEqual(ends.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  }
})

test('ListAliases pages in the order of the names, and lists those of one version', async () => {
  const { call } = await withVersions()
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const [index, Name] of names.entries())
    await call('CreateAlias', { FunctionName: 'hello', Name, FunctionVersion: String(1 + (index % 2)) })
  const all = async (more: object): Promise<readonly (string | undefined)[]> => {
    const seen: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const page = await call('ListAliases', { FunctionName: 'hello', MaxItems: 2, Marker, ...more })
      seen.push(...(page.Aliases ?? []).map(({ Name }) => Name))
      Marker = page.NextMarker
    } while (Marker !== undefined)
    return seen
  }
  assert.deepEqual(await all({}), names)
  assert.deepEqual(await all({ FunctionVersion: '1' }), ['a', 'c', 'e'])
  assert.deepEqual(await all({ FunctionVersion: '3' }), [])
})
