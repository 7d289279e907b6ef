// A round that was cut off is repeated under the same names: nothing is left out, nothing is there twice.
import { encodeEvent } from '#audit/event.ts'
import { Journal } from '#audit/journal.ts'
import { ManualClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { openVault } from '#identity/vault/vault.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { deliverAll, progress } from './delivery.ts'
import { DEFAULT_SELECTORS } from './selectors.ts'
import { trailKey, type TrailRecord, trails } from './trail.ts'

const ACCOUNT = '000000000000'
const TRAIL: TrailRecord = {
  account: ACCOUNT,
  region: 'us-east-1',
  name: 'main',
  bucket: 'logs',
  includesGlobal: true,
  isMultiRegion: true,
  validates: false,
  selectors: DEFAULT_SELECTORS,
  logging: { kind: 'on', sinceMs: 0 },
  tags: {},
}

const seed = Number(process.env['SEED'] ?? Math.floor(Date.now() % 1_000_000))

test(`deliveries that break off anywhere end with every event once (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const store = createMemoryStore()
  const clock = new ManualClock()
  const sealer = await openVault({ store, clock, master: { kind: 'given', text: 'ab'.repeat(32) } })
  const journal = new Journal({ store, sealer, log: silentLog })
  await transact(store, async (transaction) => {
    await trails.set(transaction, trailKey(TRAIL), TRAIL)
    await progress.set(transaction, trailKey(TRAIL), { cursor: 0, digests: {} })
  })
  const bucket = new Map<string, Buffer>()
  let breaks = 0
  const options = {
    store,
    journal,
    sealer,
    clock,
    log: silentLog,
    digestIntervalMs: 1000,
    buckets: {
      async put(_place: unknown, { key, body }: { readonly key: string; readonly body: Buffer }) {
        const roll = random()
        if (roll < 0.2) return { code: 'AccessDenied', message: '' }
        // Before the file is there, or after: as a crash would leave it.
        if (roll >= 0.4) bucket.set(key, body)
        if (roll < 0.6) {
          breaks++
          throw new Error('the server ended here')
        }
        return undefined
      },
    },
  }
  const sent: string[] = []
  for (let turn = 0; turn < 60; turn++) {
    for (let count = Math.floor(random() * 4); count > 0; count--) {
      const requestId = `request-${sent.length}`
      sent.push(requestId)
      await journal.append(ACCOUNT, eventOf(requestId, random() < 0.5 ? 'us-east-1' : 'eu-west-1', clock.nowMs()))
    }
    await deliverAll(options)
    await clock.advance(30_000)
  }
  for (let turn = 0; turn < 200; turn++) await deliverAll(options)
  const found = [...bucket.values()].flatMap((body): readonly string[] =>
    JSON.parse(gunzipSync(body).toString()).Records.map(({ requestID }: { requestID: string }) => requestID),
  )
  assert.ok(breaks > 0)
  assert.deepEqual(found.toSorted(), sent.toSorted())
})

test('digests come while events do, and none takes the name of the one before, which tells no more than seconds', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock()
  const sealer = await openVault({ store, clock, master: { kind: 'given', text: 'ab'.repeat(32) } })
  const journal = new Journal({ store, sealer, log: silentLog })
  const trail = { ...TRAIL, validates: true }
  await transact(store, async (transaction) => {
    await trails.set(transaction, trailKey(trail), trail)
    await progress.set(transaction, trailKey(trail), { cursor: 0, digests: {} })
  })
  const digests: { readonly key: string; readonly previous: string | null }[] = []
  const buckets = {
    async put(_place: unknown, { key, body }: { readonly key: string; readonly body: Buffer }) {
      if (!key.includes('/CloudTrail-Digest/')) return undefined
      digests.push({ key, previous: JSON.parse(gunzipSync(body).toString()).previousDigestS3Object })
      return undefined
    },
  }
  const options = { store, journal, sealer, clock, log: silentLog, digestIntervalMs: 100, buckets }
  for (let turn = 0; turn < 50; turn++) {
    await journal.append(ACCOUNT, eventOf(`request-${turn}`, 'us-east-1', clock.nowMs()))
    await deliverAll(options)
    await clock.advance(150)
  }
  assert.ok(digests.length >= 5, String(digests.length))
  assert.equal(new Set(digests.map(({ key }) => key)).size, digests.length)
  assert.deepEqual(
    digests.slice(1).map(({ previous }) => previous),
    digests.slice(0, -1).map(({ key }) => key),
  )
})

function eventOf(requestId: string, region: string, nowMs: number): Buffer {
  return encodeEvent({
    kind: 'management',
    source: 'sqs.amazonaws.com',
    operation: 'CreateQueue',
    region,
    readOnly: false,
    recipient: ACCOUNT,
    userIdentity: { type: 'Root' },
    requestId,
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
