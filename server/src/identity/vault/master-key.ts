// The master key: everything else in the vault is wrapped with it, and it is never in the store. It comes from the
// environment, from a file, or from a passphrase; without any of them a file is made in the data folder at the first
// start. The store holds a seal that only the right key opens, so that a wrong one is noticed before anything is
// encrypted with it.
import { OperatorError } from '#base/errors.ts'
import { randomBytesOf } from '#base/ids.ts'
import { syncFolder } from '#storage/files/folder-sync.ts'
import { argon2Sync, hkdfSync } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MASTER_KEY_BYTES, PASSPHRASE_MEMORY_KIB, PASSPHRASE_PASSES } from './limits.ts'

/** Where the master key comes from, as the settings say. */
export type MasterKeySource =
  /** 32 bytes in base64 or hexadecimal. */
  | { readonly kind: 'given'; readonly text: string }
  | { readonly kind: 'passphrase'; readonly text: string }
  /** `mayMake`: the data folder's own file, which is made at the first start. */
  | { readonly kind: 'file'; readonly path: string; readonly mayMake: boolean }

const SALT_BYTES = 16
const OTHERS_MAY_READ = 0o077
const FILE_HINT =
  'Put the file of this data folder back, or start on a fresh data folder: without its master key nothing that was encrypted can be read.'

/** The key itself. Throws OperatorError; no message holds any of it. `salt` is the store's, for passphrases. */
export async function readMasterKey(source: MasterKeySource, salt: Buffer, isFirstStart: boolean): Promise<Buffer> {
  switch (source.kind) {
    case 'given':
      return decodeKey(source.text, 'MAYFLY_MASTER_KEY')
    case 'passphrase':
      return fromPassphrase(source.text, salt)
    case 'file':
      return readKeyFile(source.path, source.mayMake && isFirstStart)
  }
}

export function newSalt(): Buffer {
  return randomBytesOf(SALT_BYTES)
}

function fromPassphrase(passphrase: string, salt: Buffer): Buffer {
  return argon2Sync('argon2id', {
    message: passphrase,
    nonce: salt,
    parallelism: 1,
    tagLength: MASTER_KEY_BYTES,
    memory: PASSPHRASE_MEMORY_KIB,
    passes: PASSPHRASE_PASSES,
  })
}

async function readKeyFile(path: string, mayMake: boolean): Promise<Buffer> {
  let text: string
  try {
    const { mode } = await stat(path)
    if ((mode & OTHERS_MAY_READ) !== 0)
      throw new OperatorError(`others can read the master key ${path}`, `Run: chmod 600 ${path}`)
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (isMissing && mayMake) return makeKeyFile(path)
    throw new OperatorError(`cannot read the master key ${path}`, FILE_HINT, { cause })
  }
  return decodeKey(text.trim(), path)
}

async function makeKeyFile(path: string): Promise<Buffer> {
  const key = randomBytesOf(MASTER_KEY_BYTES)
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(`${key.toString('base64')}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    // Data that is encrypted with this key may be on disk before the next power cut: so must its name be.
    await syncFolder(dirname(path))
  } catch (cause) {
    throw new OperatorError(`cannot write the master key to ${path}`, 'Make the data folder writable.', { cause })
  }
  return key
}

function decodeKey(text: string, from: string): Buffer {
  const key = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  if (key.length === MASTER_KEY_BYTES) return key
  throw new OperatorError(
    `the master key in ${from} does not have ${MASTER_KEY_BYTES} bytes`,
    'Give 32 random bytes in base64, for example from `openssl rand -base64 32`.',
  )
}

/** A key of its own for one purpose, so that what is sealed for one can never be taken for another. */
export function deriveKey(master: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', `mayfly ${purpose}`, MASTER_KEY_BYTES))
}
