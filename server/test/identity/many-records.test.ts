// Keys, aliases, grants and parameters by the thousand: nothing is left out of a list, quotas hold, and what is deleted
// takes all that hangs on it along.
import type { OperationName, RequestContext } from '#protocol/operation.ts'
import type { KmsInput, KmsModel, KmsOutput } from '#services/kms/model.ts'
import type { SsmInput, SsmModel, SsmOutput } from '#services/ssm/model.ts'
import { ManualClock } from '#base/clock.ts'
import { AwsError } from '#protocol/errors.ts'
import { openVault } from '#identity/vault/vault.ts'
import { createKmsService } from '#services/kms/service.ts'
import { sweepKeys } from '#services/kms/rotation.ts'
import { PARAMETERS_MAX } from '#services/ssm/limits.ts'
import { parameters } from '#services/ssm/parameter.ts'
import { createSsmService } from '#services/ssm/service.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'

const ACCOUNT = '000000000000'
const REGION = 'eu-west-1'
const DAY_MS = 24 * 60 * 60 * 1000

function contextOf(service: 'kms' | 'ssm', operation: string): RequestContext {
  return {
    requestId: 'request',
    service,
    operation,
    account: ACCOUNT,
    region: REGION,
    principal: { kind: 'root', account: ACCOUNT, accessKeyId: 'root' },
    http: { method: 'POST', url: '/', headers: {}, host: 'localhost', remoteAddress: '127.0.0.1' },
    signal: new AbortController().signal,
    setHeader() {},
    setStatus() {},
  }
}

async function setUp() {
  const store = createMemoryStore()
  const clock = new ManualClock(Date.UTC(2026, 10, 23))
  const vault = await openVault({
    store,
    clock,
    master: { kind: 'given', text: Buffer.alloc(32, 7).toString('base64') },
  })
  const deps = { store, clock, vault }
  const [kms, ssm] = [createKmsService(deps), createSsmService(deps)]
  return {
    ...deps,
    kms: async <Op extends OperationName<KmsModel>>(operation: Op, input: Partial<KmsInput<Op>>) => {
      const bound = kms.operations.get(operation)
      assert.ok(bound?.implemented, operation)
      return (await bound.handle(input, contextOf('kms', operation))) as KmsOutput<Op>
    },
    ssm: async <Op extends OperationName<SsmModel>>(operation: Op, input: Partial<SsmInput<Op>>) => {
      const bound = ssm.operations.get(operation)
      assert.ok(bound?.implemented, operation)
      return (await bound.handle(input, contextOf('ssm', operation))) as SsmOutput<Op>
    },
  }
}

type World = Awaited<ReturnType<typeof setUp>>

async function newKey(world: World): Promise<string> {
  return (await world.kms('CreateKey', {})).KeyMetadata?.KeyId ?? ''
}

function failsWith(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AwsError && error.code === code
}

test('lists of keys and aliases go on behind the first thousand', async () => {
  const world = await setUp()
  const ids: string[] = []
  for (let n = 0; n < 1005; n++) {
    const KeyId = await newKey(world)
    ids.push(KeyId)
    await world.kms('CreateAlias', { AliasName: `alias/n${n}`, TargetKeyId: KeyId })
  }
  const keys: (string | undefined)[] = []
  const names: (string | undefined)[] = []
  for (let Marker: string | undefined, more = true; more;) {
    const page = await world.kms('ListKeys', { Limit: 1000, Marker })
    keys.push(...(page.Keys ?? []).map(({ KeyId }) => KeyId))
    Marker = page.NextMarker
    more = page.Truncated === true
  }
  for (let Marker: string | undefined, more = true; more;) {
    const page = await world.kms('ListAliases', { Limit: 1000, Marker })
    names.push(...(page.Aliases ?? []).map(({ AliasName }) => AliasName))
    Marker = page.NextMarker
    more = page.Truncated === true
  }
  assert.deepEqual(keys, ids.toSorted())
  assert.deepEqual(names, ids.map((_, n) => `alias/n${n}`).toSorted())
  const [KeyId = ''] = ids
  const own = await world.kms('ListAliases', { KeyId })
  assert.deepEqual(
    own.Aliases?.map(({ AliasName }) => AliasName),
    ['alias/n0'],
  )
})

test('a key has at most a thousand grants, all are listed, and they end with it', async () => {
  const world = await setUp()
  const [KeyId, other] = [await newKey(world), await newKey(world)]
  const principal = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`
  const wish = (name: string, key = KeyId) => ({
    KeyId: key,
    GranteePrincipal: principal(name),
    RetiringPrincipal: principal('boss'),
    Operations: ['Decrypt' as const, 'Encrypt' as const],
  })
  const made: string[] = []
  for (let n = 0; n < 1000; n++) made.push((await world.kms('CreateGrant', wish(`u${n}`))).GrantId ?? '')
  await assert.rejects(world.kms('CreateGrant', wish('more')), failsWith('LimitExceededException'))
  made.push((await world.kms('CreateGrant', wish('elsewhere', other))).GrantId ?? '')
  const retirable: string[] = []
  for (let Marker: string | undefined, more = true; more;) {
    const page = await world.kms('ListRetirableGrants', { RetiringPrincipal: principal('boss'), Limit: 300, Marker })
    retirable.push(...(page.Grants ?? []).map(({ GrantId = '' }) => GrantId))
    Marker = page.NextMarker
    more = page.Truncated === true
  }
  assert.deepEqual(retirable.toSorted(), made.toSorted())
  const [GrantId = ''] = made
  await world.kms('RevokeGrant', { KeyId, GrantId })
  await assert.rejects(world.kms('RevokeGrant', { KeyId, GrantId }), failsWith('NotFoundException'))
  const named = { ...wish('more'), Name: 'n' }
  const first = await world.kms('CreateGrant', named)
  // The same wish is no second grant, so there is room for it.
  const again = await world.kms('CreateGrant', { ...named, Operations: ['Encrypt', 'Decrypt'] })
  assert.equal(again.GrantId, first.GrantId)
  await assert.rejects(
    world.kms('CreateGrant', { ...named, Operations: ['Encrypt'] }),
    failsWith('LimitExceededException'),
  )
  await world.kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await world.clock.advance(8 * DAY_MS)
  await sweepKeys(world)
  await assert.rejects(world.kms('DescribeKey', { KeyId }), failsWith('NotFoundException'))
  const left = await world.kms('ListRetirableGrants', { RetiringPrincipal: principal('boss') })
  assert.deepEqual(
    left.Grants?.map(({ GrantId }) => GrantId),
    [made.at(-1)],
  )
})

test('an account has a quota of parameters in each tier and region', async () => {
  const world = await setUp()
  const { store, clock } = world
  const names = Array.from({ length: PARAMETERS_MAX.Standard - 1 }, (_, n) => `p${n}`)
  for (let from = 0; from < names.length; from += 500)
    await transact(store, async (transaction) => {
      for (const name of names.slice(from, from + 500))
        await parameters.set(transaction, [ACCOUNT, REGION, name], {
          account: ACCOUNT,
          region: REGION,
          name,
          type: 'String',
          tier: 'Standard',
          dataType: 'text',
          tags: [],
          version: 1,
          oldest: 1,
          modifiedMs: clock.nowMs(),
          modifiedBy: 'somebody',
        })
    })
  const put = (Name: string, more: Partial<SsmInput<'PutParameter'>> = {}) =>
    world.ssm('PutParameter', { Name, Value: 'v', Type: 'String', ...more })
  await put('last')
  await assert.rejects(put('more'), failsWith('ParameterLimitExceeded'))
  await put('last', { Overwrite: true })
  await put('advanced', { Tier: 'Advanced' })
  // One that moves up leaves its place to another.
  await put('p0', { Tier: 'Advanced', Overwrite: true })
  await put('more')
  await assert.rejects(put('even-more'), failsWith('ParameterLimitExceeded'))
  await world.ssm('DeleteParameters', { Names: ['more', 'advanced'] })
  await put('even-more')
  await assert.rejects(put('more'), failsWith('ParameterLimitExceeded'))
})
