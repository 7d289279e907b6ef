// Virtual MFA devices: a seed that the device shares with us, and the one-time passwords that both make of it and of the
// time. Sources: RFC 6238 (TOTP), IAM user guide, "Multi-factor authentication".
import type { Vault } from '../vault/vault.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import type { Reader } from '#storage/transact.ts'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Store } from '#storage/store.ts'
import type { Tag } from './records.ts'

export interface MfaDeviceRecord {
  readonly account: string
  readonly name: string
  readonly path: string
  /** The seed, sealed. */
  readonly sealed: string
  readonly tags: readonly Tag[]
  /** Whose it is since when; undefined until it is enabled. */
  readonly assigned?: { readonly userId: string; readonly enabledMs: number }
  /** Steps that the device's clock is ahead of ours. */
  readonly driftSteps: number
  /** The step of the last password that was taken: none is taken twice. */
  readonly lastStep: number
}

/** Key: [account, name in lower case]. Index `user`: [account, id of the user]. */
export const mfaDevices = new Collection<MfaDeviceRecord>({
  name: 'identity.mfa-devices',
  codec: jsonCodec<MfaDeviceRecord>(1),
  indexes: { user: ({ account, assigned }) => (assigned === undefined ? [] : [[account, assigned.userId]]) },
})

export function mfaKey({ account, name }: Pick<MfaDeviceRecord, 'account' | 'name'>): Key {
  return [account, name.toLowerCase()]
}

/** `arn:aws:iam::<account>:mfa<path><name>`. */
export function serialNumber({ account, path, name }: Pick<MfaDeviceRecord, 'account' | 'path' | 'name'>): string {
  return `arn:aws:iam::${account}:mfa${path}${name}`
}

/** The device of a serial number; undefined when there is none. */
export async function findDevice(reader: Reader, serial: string): Promise<MfaDeviceRecord | undefined> {
  const [, account, name] = /^arn:aws:iam::(\d{12}):mfa\/(?:.*\/)?([^/]+)$/.exec(serial) ?? []
  if (account === undefined || name === undefined) return undefined
  const found = (await mfaDevices.get(reader, mfaKey({ account, name })))?.value
  return found !== undefined && serialNumber(found) === serial ? found : undefined
}

const STEP_MS = 30_000
const DIGITS = 6
/** Steps that a device's clock may be off beyond its known drift. */
const TOLERATED_STEPS = 1
/** Steps in which two passwords are looked for when a device is enabled or synchronised: a day. */
const SEARCHED_STEPS = 2880
const SEED_BYTES = 40

/** The one-time password of a step. */
function passwordAt(seed: Buffer, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', seed).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** DIGITS).padStart(DIGITS, '0')
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

export class MfaDevices {
  readonly seedBytes = SEED_BYTES
  readonly #store: Store
  readonly #vault: Pick<Vault, 'seal' | 'open'>

  constructor(store: Store, vault: Pick<Vault, 'seal' | 'open'>) {
    this.#store = store
    this.#vault = vault
  }

  seal(serial: string, seed: Uint8Array): string {
    return this.#vault.seal(`mfa ${serial}`, seed)
  }

  /** The device with the drift that two passwords in a row tell; undefined when they are not of it. */
  synchronised(device: MfaDeviceRecord, first: string, second: string, nowMs: number): MfaDeviceRecord | undefined {
    const seed = this.#seedOf(device)
    const now = Math.floor(nowMs / STEP_MS)
    for (let distance = 0; distance <= SEARCHED_STEPS; distance++)
      for (const step of distance === 0 ? [now] : [now - distance, now + distance])
        if (equal(passwordAt(seed, step), first) && equal(passwordAt(seed, step + 1), second))
          return { ...device, driftSteps: step + 1 - now, lastStep: step + 1 }
    return undefined
  }

  /** Whether the password is one that this user's device shows now. Does not use it up. */
  async accepts(asked: MfaQuestion, nowMs: number): Promise<boolean> {
    const device = await findDevice(this.#store, asked.serial)
    return device !== undefined && this.#stepOf(device, asked, nowMs) !== undefined
  }

  /** As `accepts`, and the password is not taken again. */
  async take(asked: MfaQuestion, nowMs: number): Promise<boolean> {
    return transact(this.#store, async (transaction) => {
      const device = await findDevice(transaction, asked.serial)
      const step = device && this.#stepOf(device, asked, nowMs)
      if (device === undefined || step === undefined) return false
      await mfaDevices.set(transaction, mfaKey(device), { ...device, lastStep: step })
      return true
    })
  }

  #stepOf(device: MfaDeviceRecord, { userId, code }: MfaQuestion, nowMs: number): number | undefined {
    if (device.assigned?.userId !== userId) return undefined
    const seed = this.#seedOf(device)
    const expected = Math.floor(nowMs / STEP_MS) + device.driftSteps
    for (let step = expected - TOLERATED_STEPS; step <= expected + TOLERATED_STEPS; step++)
      if (step > device.lastStep && equal(passwordAt(seed, step), code)) return step
    return undefined
  }

  #seedOf(device: MfaDeviceRecord): Buffer {
    return this.#vault.open(`mfa ${serialNumber(device)}`, device.sealed)
  }
}

/** A one-time password that a caller gives. */
export interface MfaQuestion {
  readonly serial: string
  readonly code: string
  readonly userId: string
}
