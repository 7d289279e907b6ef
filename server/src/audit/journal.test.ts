// The chain: what is recorded can be verified, whatever is changed in the store is found, and retention keeps it verifiable.
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import type { Store } from '#storage/store.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditHeads, auditRecords, openHead, sealHead } from './chain.ts'
import { encodeEvent } from './event.ts'
import { Journal } from './journal.ts'
import { RECORD_AGE_MAX_MS, SWEPT_MAX } from './limits.ts'
import { sweepAccount } from './retention.ts'
import { searchJournal } from './search.ts'
import { verifyChain } from './verify.ts'
import { openVault } from '#identity/vault/vault.ts'

const ACCOUNT = '000000000000'

function eventAt(nowMs: number, operation = 'CreateUser'): Buffer {
  return encodeEvent({
    kind: 'management',
    source: 'iam.amazonaws.com',
    readOnly: false,
    operation,
    region: 'us-east-1',
    recipient: ACCOUNT,
    userIdentity: { type: 'Root', accountId: ACCOUNT },
    requestId: 'r',
    nowMs,
    sourceAddress: '127.0.0.1',
    userAgent: undefined,
    requestParameters: undefined,
    responseElements: undefined,
    error: undefined,
    resources: [],
    additional: undefined,
    tls: undefined,
    sharedEventId: undefined,
  })
}

async function open() {
  const store = createMemoryStore()
  const clock = new ManualClock()
  const vault = await openVault({ store, clock, master: { kind: 'given', text: 'ab'.repeat(32) } })
  const journal = new Journal({ store, sealer: vault, log: silentLog })
  return { store, clock, vault, journal }
}

/** The store as an intruder reaches it, who has no master key. */
async function change(store: Store, sequence: number, edit: (event: Buffer) => Buffer | undefined): Promise<void> {
  const key = auditRecords.keyOf([ACCOUNT, sequence])
  const found = await store.get(key)
  const value = found && edit(Buffer.from(found.value))
  await store.commit(value === undefined ? { deletes: [key] } : { sets: [{ key, value }] })
}

async function filled(count: number) {
  const opened = await open()
  await Promise.all(Array.from({ length: count }, () => opened.journal.append(ACCOUNT, eventAt(opened.clock.nowMs()))))
  return opened
}

test('records of many callers become one chain without gaps', async () => {
  const { journal } = await filled(1200)
  await journal.append('111111111111', eventAt(0))
  const verified = await verifyChain(journal, ACCOUNT)
  assert.equal(verified.kind, 'intact')
  assert.equal(verified.kind === 'intact' && verified.records, 1200)
  assert.deepEqual(await journal.accounts(), [ACCOUNT, '111111111111'])
})

test('two nodes write one chain', async () => {
  const { store, vault, journal, clock } = await open()
  const other = new Journal({ store, sealer: vault, log: silentLog })
  await Promise.all(
    Array.from({ length: 60 }, (_, index) => (index % 2 ? journal : other).append(ACCOUNT, eventAt(clock.nowMs()))),
  )
  const verified = await verifyChain(journal, ACCOUNT)
  assert.equal(verified.kind === 'intact' && verified.records, 60)
})

test('every byte of every record counts', async () => {
  const length = eventAt(0).length
  for (const at of [1, 20, 33, 40, length - 1]) {
    const { store, journal } = await filled(9)
    await change(store, 5, (bytes) => {
      bytes[at] = (bytes[at] ?? 0) ^ 1
      return bytes
    })
    const verified = await verifyChain(journal, ACCOUNT)
    assert.equal(verified.kind, 'broken')
    // The record itself shows it when its link was changed, else the one after.
    assert.ok(verified.kind === 'broken' && [5, 6].includes(verified.sequence), JSON.stringify(verified))
  }
})

test('a record that is taken out, put in, or cut off the end is missed', async () => {
  const taken = await filled(9)
  await change(taken.store, 4, () => undefined)
  assert.deepEqual(await verifyChain(taken.journal, ACCOUNT), {
    kind: 'broken',
    account: ACCOUNT,
    fault: 'missing',
    sequence: 4,
  })
  const cut = await filled(9)
  for (const sequence of [8, 9]) await change(cut.store, sequence, () => undefined)
  assert.deepEqual(await verifyChain(cut.journal, ACCOUNT), {
    kind: 'broken',
    account: ACCOUNT,
    fault: 'missing',
    sequence: 8,
  })
  const changedLast = await filled(9)
  await change(changedLast.store, 9, (bytes) => Buffer.from(bytes.toString('latin1').replace('Root', 'Toor'), 'latin1'))
  const last = await verifyChain(changedLast.journal, ACCOUNT)
  assert.equal(last.kind === 'broken' && last.fault, 'end')
  const added = await filled(9)
  const ninth = await added.store.get(auditRecords.keyOf([ACCOUNT, 9]))
  await added.store.commit({
    sets: [{ key: auditRecords.keyOf([ACCOUNT, 10]), value: ninth?.value ?? Buffer.alloc(0) }],
  })
  const beyond = await verifyChain(added.journal, ACCOUNT)
  assert.equal(beyond.kind === 'broken' && beyond.fault, 'unsealed')
})

test('a head cannot be made without the master key, nor borrowed from another account or server', async () => {
  const { store, journal, vault } = await filled(5)
  const sealed = (await auditHeads.get(store, [ACCOUNT]))?.value.sealed ?? ''
  const head = openHead(vault, ACCOUNT, sealed)
  assert.ok(head)
  const stranger = await openVault({
    store: createMemoryStore(),
    clock: new ManualClock(),
    master: { kind: 'given', text: 'cd'.repeat(32) },
  })
  for (const forged of [sealHead(stranger, ACCOUNT, head), sealHead(vault, '111111111111', head), 'AAAA']) {
    await store.commit({
      sets: [{ key: auditHeads.keyOf([ACCOUNT]), value: Buffer.from(`\x01${JSON.stringify({ sealed: forged })}`) }],
    })
    const verified = await verifyChain(journal, ACCOUNT)
    assert.equal(verified.kind === 'broken' && verified.fault, 'head')
  }
  await store.commit({ deletes: [auditHeads.keyOf([ACCOUNT])] })
  assert.deepEqual(await journal.accounts(), [ACCOUNT])
  // The server goes on, and what it writes does not hide what happened.
  await journal.append(ACCOUNT, eventAt(0))
  const verified = await verifyChain(journal, ACCOUNT)
  assert.equal(verified.kind, 'broken')
})

test('a witness shows that the whole trail was put back', async () => {
  const before = await filled(5)
  const now = await verifyChain(before.journal, ACCOUNT)
  assert.ok(now.kind === 'intact')
  await before.journal.append(ACCOUNT, eventAt(0))
  assert.equal((await verifyChain(before.journal, ACCOUNT, now.head)).kind, 'intact')
  const replaced = await filled(7)
  const verified = await verifyChain(replaced.journal, ACCOUNT, now.head)
  assert.equal(verified.kind === 'broken' && verified.fault, 'witness')
})

test('retention takes the oldest away, and what is left verifies; a broken link is never buried', async () => {
  const { journal, clock, store } = await filled(SWEPT_MAX + 20)
  await clock.advance(RECORD_AGE_MAX_MS / 2)
  await journal.append(ACCOUNT, eventAt(clock.nowMs()))
  const options = { journal, clock, log: silentLog }
  assert.equal(await sweepAccount(options, ACCOUNT), false)
  await clock.advance(RECORD_AGE_MAX_MS / 2 + 1000)
  assert.equal(await sweepAccount(options, ACCOUNT), true)
  assert.equal(await sweepAccount(options, ACCOUNT), false)
  const verified = await verifyChain(journal, ACCOUNT)
  assert.equal(verified.kind === 'intact' && verified.records, 1)
  assert.equal(verified.kind === 'intact' && verified.anchor.sequence, SWEPT_MAX + 20)

  await journal.append(ACCOUNT, eventAt(clock.nowMs()))
  await change(store, SWEPT_MAX + 21, (bytes) =>
    Buffer.from(bytes.toString('latin1').replace('Root', 'Toor'), 'latin1'),
  )
  await clock.advance(RECORD_AGE_MAX_MS + 1000)
  while (await sweepAccount(options, ACCOUNT));
  assert.equal((await verifyChain(journal, ACCOUNT)).kind, 'broken')
  assert.equal((await journal.after(ACCOUNT, 0)).length, 2)
})

test('a search finds by time without reading all, newest first, page by page', async () => {
  const { journal, clock } = await open()
  const startMs = clock.nowMs()
  for (let hour = 0; hour < 50; hour++) {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        journal.append(ACCOUNT, eventAt(clock.nowMs(), index % 10 ? 'CreateUser' : 'DeleteUser')),
      ),
    )
    await clock.advance(3_600_000)
  }
  const [fromMs, toMs] = [startMs + 10 * 3_600_000, startMs + 12 * 3_600_000]
  const found: number[] = []
  let before: number | undefined
  do {
    const page = await searchJournal(journal, {
      account: ACCOUNT,
      fromMs,
      toMs,
      before,
      holding: ['"DeleteUser"'],
      wants: () => true,
      max: 5,
    })
    found.push(...page.entries.map(({ sequence }) => sequence))
    before = page.next
  } while (before !== undefined)
  assert.equal(found.length, 12)
  assert.deepEqual(
    found,
    found.toSorted((a, b) => b - a),
  )
  assert.equal(found.at(-1), 401)
})
