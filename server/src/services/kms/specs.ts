// The kinds of keys: what each can do, with which algorithms, and how its material is made. Source: KMS developer guide, "Key
// spec reference".
import { randomBytesOf } from '#base/ids.ts'
import { constants, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { validation } from './errors.ts'

export type Usage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT'

export interface Spec {
  readonly usages: readonly Usage[]
  readonly signing: readonly string[]
  readonly mac: readonly string[]
  readonly encryption: readonly string[]
  /** Of material that may be imported; undefined where none may. */
  readonly materialBytes: number | undefined
  make(): Promise<Made>
}

export interface Made {
  /** Symmetric and HMAC keys: the bytes; pairs: the private key in PKCS #8. */
  readonly material: Buffer
  /** Pairs only: SubjectPublicKeyInfo in DER. */
  readonly publicKey?: Buffer
}

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

function exported({ publicKey, privateKey }: Pair): Made {
  return {
    material: privateKey.export({ type: 'pkcs8', format: 'der' }),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
  }
}

// Away from the event loop: a long RSA key takes a second.
const makePair = promisify(generateKeyPair)

const RSA_SIGNING = ['SHA_256', 'SHA_384', 'SHA_512'].flatMap((hash) => [
  `RSASSA_PKCS1_V1_5_${hash}`,
  `RSASSA_PSS_${hash}`,
])

function symmetric(bytes: number): Spec['make'] {
  return async () => ({ material: randomBytesOf(bytes) })
}

function rsa(modulusLength: number): Spec {
  return {
    usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
    signing: RSA_SIGNING,
    mac: [],
    encryption: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    materialBytes: undefined,
    make: async () => exported(await makePair('rsa', { modulusLength })),
  }
}

function curve(namedCurve: string, algorithm: string, agrees: boolean): Spec {
  return {
    usages: agrees ? ['SIGN_VERIFY', 'KEY_AGREEMENT'] : ['SIGN_VERIFY'],
    signing: [algorithm],
    mac: [],
    encryption: [],
    materialBytes: undefined,
    make: async () => exported(await makePair('ec', { namedCurve })),
  }
}

function hmac(bits: number): Spec {
  return {
    usages: ['GENERATE_VERIFY_MAC'],
    signing: [],
    mac: [`HMAC_SHA_${bits}`],
    encryption: [],
    materialBytes: bits / 8,
    make: symmetric(bits / 8),
  }
}

const SPECS: Readonly<Record<string, Spec>> = {
  SYMMETRIC_DEFAULT: {
    usages: ['ENCRYPT_DECRYPT'],
    signing: [],
    mac: [],
    encryption: ['SYMMETRIC_DEFAULT'],
    materialBytes: 32,
    make: symmetric(32),
  },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: curve('prime256v1', 'ECDSA_SHA_256', true),
  ECC_NIST_P384: curve('secp384r1', 'ECDSA_SHA_384', true),
  ECC_NIST_P521: curve('secp521r1', 'ECDSA_SHA_512', true),
  ECC_SECG_P256K1: curve('secp256k1', 'ECDSA_SHA_256', false),
  HMAC_224: hmac(224),
  HMAC_256: hmac(256),
  HMAC_384: hmac(384),
  HMAC_512: hmac(512),
}

/** Throws ValidationException for what is no key spec here. */
export function specOf(name: string): Spec {
  const spec = SPECS[name]
  if (spec !== undefined && Object.hasOwn(SPECS, name)) return spec
  throw validation(
    `1 validation error detected: Value '${name}' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [${Object.keys(SPECS).join(', ')}]`,
  )
}

export interface SigningScheme {
  readonly hash: string
  readonly hashBytes: number
  readonly padding: number | undefined
}

/** How an algorithm signs. */
export function schemeOf(algorithm: string): SigningScheme {
  const hash = algorithm.endsWith('512') ? 'sha512' : algorithm.endsWith('384') ? 'sha384' : 'sha256'
  const hashBytes = Number(hash.slice(3)) / 8
  if (algorithm.startsWith('ECDSA')) return { hash, hashBytes, padding: undefined }
  const padding = algorithm.includes('PSS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  return { hash, hashBytes, padding }
}
