// Digests: what was delivered in an hour, each file with its hash, signed and chained to the digest before, in the form that
// `aws cloudtrail validate-logs` checks. Source: CloudTrail user guide, "CloudTrail digest file structure".
import type { Clock } from '#base/clock.ts'
import type { Sealer } from '#audit/chain.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { createHash, createPrivateKey, generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { SIGNING_KEY_BITS } from './limits.ts'
import type { TrailRecord } from './trail.ts'

export interface SigningKeyRecord {
  readonly fingerprint: string
  /** PKCS #1, DER, base64. */
  readonly publicKey: string
  /** PKCS #8, DER, sealed. */
  readonly sealed: string
  readonly createdMs: number
}

/** Key: [account]. */
export const signingKeys = new Collection<SigningKeyRecord>({
  name: 'cloudtrail.keys',
  codec: jsonCodec<SigningKeyRecord>(1),
})

const generate = promisify(generateKeyPair)

interface KeyDeps {
  readonly store: Store
  readonly sealer: Sealer
  readonly clock: Clock
}

/** The key that signs the digests of an account; made when it is first needed. */
export async function signingKeyOf({ store, sealer, clock }: KeyDeps, account: string): Promise<SigningKeyRecord> {
  const known = (await signingKeys.get(store, [account]))?.value
  if (known !== undefined) return known
  const { publicKey, privateKey } = await generate('rsa', {
    modulusLength: SIGNING_KEY_BITS,
    publicKeyEncoding: { type: 'pkcs1', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  const record: SigningKeyRecord = {
    // What clients know a key by; nothing rests on it.
    fingerprint: createHash('md5').update(publicKey).digest('hex'),
    publicKey: publicKey.toString('base64'),
    sealed: sealer.seal(placeOf(account), privateKey),
    createdMs: clock.nowMs(),
  }
  return transact(store, async (transaction) => {
    const other = await signingKeys.get(transaction, [account])
    if (other !== undefined) return other.value
    await signingKeys.set(transaction, [account], record)
    return record
  })
}

function placeOf(account: string): string {
  return `cloudtrail signing key ${account}`
}

/** A log file as digests name it. */
export interface DeliveredFile {
  readonly key: string
  readonly bucket: string
  /** SHA-256 of the file before it was compressed. */
  readonly hash: string
  readonly oldest: string
  readonly newest: string
}

/** What the next digest of a region begins with. */
export interface DigestState {
  readonly fromMs: number
  readonly files: readonly DeliveredFile[]
  readonly previous:
    | { readonly bucket: string; readonly key: string; readonly hash: string; readonly signature: string }
    | undefined
}

export interface Digest {
  readonly key: string
  readonly text: Buffer
  readonly hash: string
  readonly signature: string
}

/** The digest of a region's files from `state.fromMs` to `toMs`. */
export async function makeDigest(
  deps: KeyDeps,
  trail: TrailRecord,
  region: string,
  { state, toMs }: { readonly state: DigestState; readonly toMs: number },
): Promise<Digest> {
  const { account, bucket } = trail
  const record = await signingKeyOf(deps, account)
  const key = digestKey(trail, region, toMs)
  const { previous, files } = state
  const digestEndTime = seconds(toMs)
  const text = Buffer.from(
    JSON.stringify({
      awsAccountId: account,
      digestStartTime: seconds(state.fromMs),
      digestEndTime,
      digestS3Bucket: bucket,
      digestS3Object: key,
      digestPublicKeyFingerprint: record.fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime:
        files
          .map(({ newest }) => newest)
          .toSorted()
          .at(-1) ?? null,
      oldestEventTime: files.map(({ oldest }) => oldest).toSorted()[0] ?? null,
      previousDigestS3Bucket: previous?.bucket ?? null,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.hash ?? null,
      previousDigestHashAlgorithm: previous === undefined ? null : 'SHA-256',
      previousDigestSignature: previous?.signature ?? null,
      logFiles: files.map((file) => ({
        s3Bucket: file.bucket,
        s3Object: file.key,
        hashValue: file.hash,
        hashAlgorithm: 'SHA-256',
        newestEventTime: file.newest,
        oldestEventTime: file.oldest,
      })),
    }),
  )
  const hash = sha256(text)
  const signed = `${digestEndTime}\n${bucket}/${key}\n${hash}\n${previous?.signature ?? 'null'}`
  const opened = deps.sealer.tryOpen(placeOf(account), Buffer.from(record.sealed, 'base64'))
  if (opened === undefined) throw new Error(`the key that signs the digests of ${account} does not open`)
  const privateKey = createPrivateKey({ key: opened, type: 'pkcs8', format: 'der' })
  return { key, text, hash, signature: sign('sha256', Buffer.from(signed), privateKey).toString('hex') }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function digestKey({ account, name, prefix, region: home }: TrailRecord, region: string, timeMs: number): string {
  const compact = compactTime(timeMs)
  const file = `${account}_CloudTrail-Digest_${region}_${name}_${home}_${compact}.json.gz`
  return keyBelow(prefix, `AWSLogs/${account}/CloudTrail-Digest/${region}/${dayPath(compact)}/${file}`)
}

export function keyBelow(prefix: string | undefined, key: string): string {
  return prefix === undefined || prefix === '' ? key : `${prefix}/${key}`
}

/** `20261121T160000Z`. */
export function compactTime(timeMs: number): string {
  return seconds(timeMs).replace(/[-:]/g, '')
}

/** `2026/11/21`. */
export function dayPath(compact: string): string {
  return `${compact.slice(0, 4)}/${compact.slice(4, 6)}/${compact.slice(6, 8)}`
}

function seconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z')
}
