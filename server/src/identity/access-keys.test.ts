import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import { ManualClock } from '#base/clock.ts'
import { AccessKeys, openRootKey } from './access-keys.ts'
import { accessKeys, StoredKeys } from './directory/stored-keys.ts'
import { openVault } from './vault/vault.ts'
import { accountOfAnyKey, DEFAULT_ACCOUNT, regionOf } from './accounts.ts'

test('the root key is made once, kept in the store and written for its owner alone', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-keys-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'data', 'credentials')
  const store = createMemoryStore()
  const clock = new ManualClock()
  const vault = await openVault({ store, clock, master: { kind: 'given', text: Buffer.alloc(32).toString('base64') } })
  const stored = new StoredKeys({ store, vault, clock })
  const key = await openRootKey(stored, file)
  assert.match(key.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const text = `[default]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`
  assert.equal(await readFile(file, 'utf8'), text)
  assert.deepEqual(await openRootKey(stored, file), key)
  await rm(file)
  assert.deepEqual(await openRootKey(stored, file), key)
  assert.equal(await readFile(file, 'utf8'), text)
  const found = await new AccessKeys(stored).lookup(key.accessKeyId)
  assert.deepEqual(found?.principal, { kind: 'root', account: DEFAULT_ACCOUNT, accessKeyId: key.accessKeyId })
})

test('instance sessions live until they are revoked, one per instance', async () => {
  const keys = new AccessKeys({ lookup: async () => undefined })
  const session = {
    account: DEFAULT_ACCOUNT,
    roleArn: 'arn:aws:iam::000000000000:role/r',
    sessionName: 'f',
    instance: 'i',
  }
  const first = keys.issue(session)
  assert.match(first.accessKeyId, /^ASIA/)
  const second = keys.issue(session)
  assert.equal(await keys.lookup(first.accessKeyId), undefined)
  const credential = await keys.lookup(second.accessKeyId)
  assert.equal(credential?.sessionToken, second.sessionToken)
  assert.deepEqual(credential?.principal, { kind: 'session', ...session, accessKeyId: second.accessKeyId })
  keys.revokeInstance('i')
  keys.revokeInstance('i')
  assert.equal(await keys.lookup(second.accessKeyId), undefined)
})

test('accounts and regions out of what a lenient client sends', () => {
  assert.equal(accountOfAnyKey('123456789012'), '123456789012')
  for (const other of ['test', '12345678901', '1234567890123', '', undefined])
    assert.equal(accountOfAnyKey(other), DEFAULT_ACCOUNT)
  assert.equal(regionOf('eu-central-1'), 'eu-central-1')
  assert.equal(regionOf('us-gov-west-1'), 'us-gov-west-1')
  for (const other of ['', '../x', 'a:b', 'nowhere', undefined]) assert.equal(regionOf(other), 'us-east-1')
})

test('a key that may not sign is read once, until keys change', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock()
  const vault = await openVault({ store, clock, master: { kind: 'given', text: Buffer.alloc(32).toString('base64') } })
  const stored = new StoredKeys({ store, vault, clock })
  const key = await transact(store, (transaction) =>
    stored.add(transaction, { account: DEFAULT_ACCOUNT, userName: undefined }),
  )
  const { secretAccessKey: _secret, ...record } = key
  const set = (status: 'Active' | 'Inactive'): Promise<void> =>
    transact(store, (transaction) => accessKeys.set(transaction, [key.accessKeyId], { ...record, status }))
  await set('Inactive')
  assert.equal(await stored.lookup(key.accessKeyId), undefined)
  let reads = 0
  const get = store.get.bind(store)
  store.get = (key) => {
    reads++
    return get(key)
  }
  assert.equal(await stored.lookup(key.accessKeyId), undefined)
  assert.equal(await stored.lookup('test'), undefined)
  assert.equal(await stored.lookup('test'), undefined)
  assert.equal(reads, 1)
  await set('Active')
  assert.equal((await stored.lookup(key.accessKeyId))?.secretAccessKey, key.secretAccessKey)
})
