import { ManualClock } from '#base/clock.ts'
import { OperatorError } from '#base/errors.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KeyFault } from '../key-vault.ts'
import { type KeyRecord, type KeyState, keyRecords } from './key-record.ts'
import type { MasterKeySource } from './master-key.ts'
import { openVault } from './vault.ts'

const SCOPE = { account: '000000000000', region: 'eu-west-1' }
const CLOCK = new ManualClock()
const GIVEN: MasterKeySource = { kind: 'given', text: Buffer.alloc(32, 7).toString('base64') }
const CONTEXT = { bucket: 'b', key: 'k' }

function fault(reason: KeyFault['reason']): (error: unknown) => boolean {
  return (error) => error instanceof KeyFault && error.reason === reason
}

test('a data key comes back from its wrapped form, under the same context only, also in a later life', async () => {
  const store = createMemoryStore()
  const vault = await openVault({ store, clock: CLOCK, master: GIVEN })
  const made = await vault.generateDataKey(SCOPE, 'alias/aws/s3', CONTEXT)
  assert.equal(made.plaintext.length, 32)
  assert.match(made.keyArn, /^arn:aws:kms:eu-west-1:000000000000:key\/[0-9a-f-]{36}$/)
  assert.deepEqual(await vault.unwrap(made.wrapped, { key: 'k', bucket: 'b' }), {
    plaintext: made.plaintext,
    keyArn: made.keyArn,
    managed: true,
  })
  await assert.rejects(vault.unwrap(made.wrapped, { bucket: 'b' }), fault('invalid-ciphertext'))
  await assert.rejects(vault.unwrap(made.wrapped, { ...CONTEXT, more: '' }), fault('invalid-ciphertext'))
  const later = await openVault({ store, clock: CLOCK, master: GIVEN })
  assert.deepEqual((await later.unwrap(made.wrapped, CONTEXT)).plaintext, made.plaintext)
  const again = await later.generateDataKey(SCOPE, 'alias/aws/s3', CONTEXT)
  assert.equal(again.keyArn, made.keyArn)
  assert.notDeepEqual(again.plaintext, made.plaintext)
})

test('no byte of a ciphertext can change, and none of it is the plaintext', async () => {
  const vault = await openVault({ store: createMemoryStore(), clock: CLOCK, master: GIVEN })
  const secret = Buffer.from('canary-9f1c')
  const { ciphertext } = await vault.encrypt(SCOPE, 'alias/aws/ssm', secret, {})
  assert.ok(!ciphertext.includes(secret))
  for (let at = 0; at < ciphertext.length; at++) {
    const changed = Buffer.from(ciphertext)
    changed[at] = (changed[at] ?? 0) ^ 1
    await assert.rejects(vault.decrypt(changed, {}), fault('invalid-ciphertext'), `byte ${at}`)
  }
  for (let length = 0; length < ciphertext.length; length++)
    await assert.rejects(vault.decrypt(ciphertext.subarray(0, length), {}), fault('invalid-ciphertext'))
})

test('keys belong to their account and region; a name that leads nowhere is not found', async () => {
  const vault = await openVault({ store: createMemoryStore(), clock: CLOCK, master: GIVEN })
  const here = await vault.generateDataKey(SCOPE, 'alias/aws/sqs', {})
  const there = await vault.generateDataKey({ ...SCOPE, account: '111111111111' }, 'alias/aws/sqs', {})
  assert.notEqual(here.keyArn, there.keyArn)
  assert.equal((await vault.generateDataKey(SCOPE, here.keyArn, {})).keyArn, here.keyArn)
  for (const name of ['alias/mine', 'alias/aws/nonsense', '00000000-0000-0000-0000-000000000000', 'key/x', ''])
    await assert.rejects(vault.generateDataKey(SCOPE, name, {}), fault('not-found'), name)
  // Nobody makes the keys of another account.
  await assert.rejects(
    vault.generateDataKey(SCOPE, 'arn:aws:kms:eu-west-1:222222222222:alias/aws/s3', {}),
    fault('not-found'),
  )
})

test('what was encrypted before a rotation stays readable; a key that may not be used is refused', async () => {
  const store = createMemoryStore()
  const vault = await openVault({ store, clock: CLOCK, master: GIVEN })
  const before = await vault.encrypt(SCOPE, 'alias/aws/lambda', Buffer.from('old'), {})
  const change = (next: (record: KeyRecord) => KeyRecord): Promise<void> =>
    transact(store, async (transaction) => {
      const record = await vault.require(SCOPE, 'alias/aws/lambda')
      await keyRecords.set(transaction, [record.account, record.region, record.keyId], next(record))
    })
  await change((record) => ({ ...record, versions: [...record.versions, vault.newVersion(record, 2, 'on-demand')] }))
  const after = await vault.encrypt(SCOPE, 'alias/aws/lambda', Buffer.from('new'), {})
  assert.equal(String((await vault.decrypt(before.ciphertext, {})).plaintext), 'old')
  assert.equal(String((await vault.decrypt(after.ciphertext, {})).plaintext), 'new')
  const states: [KeyState, KeyFault['reason']][] = [
    [{ kind: 'disabled' }, 'disabled'],
    [{ kind: 'pending-deletion', deleteAtMs: 1 }, 'pending-deletion'],
  ]
  for (const [state, reason] of states) {
    await change((record) => ({ ...record, state }))
    await assert.rejects(vault.decrypt(before.ciphertext, {}), fault(reason))
    await assert.rejects(vault.generateDataKey(SCOPE, 'alias/aws/lambda', {}), fault(reason))
  }
})

test('the master key: made once with mode 0600, held to its store, never in a message', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-vault-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'master.key')
  const own: MasterKeySource = { kind: 'file', path, mayMake: true }
  const store = createMemoryStore()
  const vault = await openVault({ store, clock: CLOCK, master: own })
  const text = (await readFile(path, 'utf8')).trim()
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  const box = vault.seal('place', Buffer.from('secret'))
  assert.equal(String((await openVault({ store, clock: CLOCK, master: own })).open('place', box)), 'secret')
  const silent = (error: unknown): boolean =>
    error instanceof OperatorError && !`${error.message}${error.hint}`.includes(text)
  await assert.rejects(openVault({ store, clock: CLOCK, master: GIVEN }), silent)
  await assert.rejects(openVault({ store, clock: CLOCK, master: { kind: 'given', text: text.slice(3) } }), silent)
  await chmod(path, 0o644)
  await assert.rejects(openVault({ store, clock: CLOCK, master: own }), /others can read/)
  await rm(path)
  // A store that has a master key never gets another one.
  await assert.rejects(openVault({ store, clock: CLOCK, master: own }), /cannot read the master key/)
})

test('a passphrase opens the store that it closed', async () => {
  const store = createMemoryStore()
  const master = (text: string): MasterKeySource => ({ kind: 'passphrase', text })
  const first = await openVault({ store, clock: CLOCK, master: master('correct horse battery') })
  const box = first.seal('p', Buffer.from('s'))
  const again = await openVault({ store, clock: CLOCK, master: master('correct horse battery') })
  assert.equal(String(again.open('p', box)), 's')
  assert.throws(() => again.open('q', box))
  await assert.rejects(openVault({ store, clock: CLOCK, master: master('wrong horse battery') }), OperatorError)
})
