import type { Principal } from '#base/principal.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompiledPolicies } from '../policy/compiled-policies.ts'
import { conditionKeysOf } from '../policy/condition-keys.ts'
import { evaluate } from '../policy/evaluate.ts'
import { Directory } from './directory.ts'
import { nameKey, roles, type UserRecord, users } from './records.ts'

const ACCOUNT = '000000000000'
const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement })
const ALL = document({ Effect: 'Allow', Action: '*', Resource: '*' })
const PLAIN: UserRecord = {
  account: ACCOUNT,
  name: 'u',
  path: '/',
  id: 'AIDA',
  createdMs: 0,
  inline: { all: ALL },
  attached: [],
  tags: [],
  groups: [],
}
const USER: Principal = {
  kind: 'user',
  account: ACCOUNT,
  accessKeyId: 'AKIA',
  userName: 'u',
  userArn: `arn:aws:iam::${ACCOUNT}:user/u`,
  userId: 'AIDA',
}

async function may(directory: Directory, principal: Principal): Promise<boolean> {
  const { caller, policies } = await directory.standingOf(principal)
  const request = { caller, action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', resourceAccount: ACCOUNT }
  return evaluate({ ...request, keys: conditionKeysOf({}) }, policies).kind === 'allowed'
}

async function putRole(store: MemoryStore, service: string): Promise<void> {
  const trust = document({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' })
  const { groups: _groups, ...plain } = PLAIN
  await transact(store, (transaction) =>
    roles.set(transaction, nameKey(ACCOUNT, 'r'), { ...plain, name: 'r', trust, sessionSecondsMax: 3600 }),
  )
}

test('an instance of a function may what its role may, if the role exists and trusts Lambda', async () => {
  const store = createMemoryStore()
  const directory = new Directory(store, new CompiledPolicies())
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/r`
  const session: Principal = { kind: 'session', account: ACCOUNT, accessKeyId: 'ASIA', roleArn, sessionName: 's' }
  const instance: Principal = { ...session, instance: 'i' }
  assert.equal((await directory.standingOf(instance)).flaw, 'missing')
  assert.equal(await may(directory, instance), false)
  await putRole(store, 'states.amazonaws.com')
  assert.equal((await directory.standingOf(instance)).flaw, 'not-trusted')
  assert.equal(await may(directory, instance), false)
  // Others were let in by AssumeRole, where the trust policy was asked.
  assert.equal(await may(directory, session), true)
  await putRole(store, 'lambda.amazonaws.com')
  assert.equal(await may(directory, instance), true)
})

test('a change that came past the directory is seen, and a boundary that is gone allows nothing', async () => {
  const store = createMemoryStore()
  const directory = new Directory(store, new CompiledPolicies())
  const put = (record: UserRecord): Promise<void> =>
    transact(store, (transaction) => users.set(transaction, nameKey(ACCOUNT, 'u'), record))
  assert.equal(await may(directory, USER), false)
  await put(PLAIN)
  assert.equal(await may(directory, USER), true)
  await put({ ...PLAIN, boundary: `arn:aws:iam::${ACCOUNT}:policy/gone` })
  assert.equal(await may(directory, USER), false)
  await put({ ...PLAIN, boundary: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' })
  assert.equal(await may(directory, USER), true)
  await put({ ...PLAIN, inline: {} })
  assert.equal(await may(directory, USER), false)
  directory.close()
})
