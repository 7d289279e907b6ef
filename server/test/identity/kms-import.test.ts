// Keys with material from outside, and secrets that two agree on, by the official client and boto3.
import * as kms from '@aws-sdk/client-kms'
import { ManualClock } from '#base/clock.ts'
import { openVault } from '#identity/vault/vault.ts'
import { keyRecords } from '#identity/vault/key-record.ts'
import { sweepKeys } from '#services/kms/rotation.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import assert from 'node:assert/strict'
import {
  constants,
  createCipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import { after, before, test } from 'node:test'
import { boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

let kit: TestServer
let client: kms.KMSClient
before(async () => {
  kit = await openServer({ readyCells: {} })
  client = new kms.KMSClient(kit.sdk)
})
after(async () => {
  client.destroy()
  await kit[Symbol.asyncDispose]()
})

/** What an importer does: wraps the material for the public key that it got. */
function wrap(publicDer: Uint8Array, material: Buffer, algorithm: kms.AlgorithmSpec): Buffer {
  const key = createPublicKey({ key: Buffer.from(publicDer), format: 'der', type: 'spki' })
  const oaepHash = algorithm.endsWith('256') ? 'sha256' : 'sha1'
  const seal = (bytes: Buffer): Buffer =>
    publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes)
  if (algorithm.startsWith('RSAES')) return seal(material)
  const wrapKey = randomBytes(32)
  const cipher = createCipheriv('id-aes256-wrap-pad', wrapKey, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([seal(wrapKey), cipher.update(material), cipher.final()])
}

async function makeKey(more: Partial<kms.CreateKeyCommandInput> = {}): Promise<string> {
  const { KeyMetadata } = await client.send(new kms.CreateKeyCommand({ Origin: 'EXTERNAL', ...more }))
  return KeyMetadata?.KeyId ?? ''
}

const FOREVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const

interface Importing {
  readonly algorithm?: kms.AlgorithmSpec
  readonly more?: object
}

async function importInto(
  KeyId: string,
  material: Buffer,
  { algorithm = 'RSAES_OAEP_SHA_256', more = FOREVER }: Importing = {},
): Promise<void> {
  const { PublicKey = new Uint8Array(), ImportToken } = await client.send(
    new kms.GetParametersForImportCommand({ KeyId, WrappingAlgorithm: algorithm, WrappingKeySpec: 'RSA_2048' }),
  )
  const EncryptedKeyMaterial = wrap(PublicKey, material, algorithm)
  await client.send(new kms.ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...more }))
}

async function stateOf(KeyId: string): Promise<kms.KeyMetadata | undefined> {
  return (await client.send(new kms.DescribeKeyCommand({ KeyId }))).KeyMetadata
}

test('a key waits for its material, works with it, and takes no other', async () => {
  const KeyId = await makeKey()
  const encrypt = (): Promise<kms.EncryptCommandOutput> =>
    client.send(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('hello') }))
  assert.equal((await stateOf(KeyId))?.KeyState, 'PendingImport')
  await assert.rejects(encrypt(), { name: 'KMSInvalidStateException' })
  await assert.rejects(client.send(new kms.EnableKeyCommand({ KeyId })), { name: 'KMSInvalidStateException' })
  const material = randomBytes(32)
  await assert.rejects(importInto(KeyId, randomBytes(16)), { name: 'IncorrectKeyMaterialException' })
  await importInto(KeyId, material, { algorithm: 'RSA_AES_KEY_WRAP_SHA_256' })
  const described = await stateOf(KeyId)
  assert.deepEqual(
    [described?.KeyState, described?.Origin, described?.ExpirationModel],
    ['Enabled', 'EXTERNAL', 'KEY_MATERIAL_DOES_NOT_EXPIRE'],
  )
  const { CiphertextBlob } = await encrypt()
  await client.send(new kms.DeleteImportedKeyMaterialCommand({ KeyId }))
  await assert.rejects(client.send(new kms.DecryptCommand({ CiphertextBlob })), { name: 'KMSInvalidStateException' })
  await assert.rejects(importInto(KeyId, randomBytes(32)), { name: 'IncorrectKeyMaterialException' })
  await importInto(KeyId, material, { algorithm: 'RSAES_OAEP_SHA_1' })
  const { Plaintext } = await client.send(new kms.DecryptCommand({ CiphertextBlob }))
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'hello')
  await assert.rejects(client.send(new kms.EnableKeyRotationCommand({ KeyId })), {
    name: 'UnsupportedOperationException',
  })
})

test('tokens are good for their key alone, and only with what was wrapped for them', async () => {
  const [one, other] = [await makeKey(), await makeKey()]
  const asked = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
  const { PublicKey = new Uint8Array(), ImportToken } = await client.send(
    new kms.GetParametersForImportCommand({ KeyId: one, ...asked }),
  )
  const good = wrap(PublicKey, randomBytes(32), 'RSAES_OAEP_SHA_256')
  const importing = (input: object): Promise<unknown> =>
    client.send(
      new kms.ImportKeyMaterialCommand({
        KeyId: one,
        ImportToken,
        EncryptedKeyMaterial: good,
        ...FOREVER,
        ...input,
      }),
    )
  await assert.rejects(importing({ KeyId: other }), { name: 'InvalidImportTokenException' })
  await assert.rejects(importing({ ImportToken: randomBytes(300) }), { name: 'InvalidImportTokenException' })
  await assert.rejects(importing({ EncryptedKeyMaterial: randomBytes(256) }), { name: 'InvalidCiphertextException' })
  await assert.rejects(importing({ ExpirationModel: undefined }), {
    name: 'ValidationException',
    message: /validTo date must be set/,
  })
  const { KeyMetadata } = await client.send(new kms.CreateKeyCommand({}))
  await assert.rejects(client.send(new kms.GetParametersForImportCommand({ KeyId: KeyMetadata?.KeyId, ...asked })), {
    name: 'UnsupportedOperationException',
  })
  await importing({})
})

test('an imported HMAC key makes the codes that its owner makes', async () => {
  const KeyId = await makeKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const material = randomBytes(32)
  const ValidTo = new Date(Date.now() + 3_600_000)
  await importInto(KeyId, material, { more: { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo } })
  assert.equal((await stateOf(KeyId))?.ValidTo?.getTime(), ValidTo.getTime())
  const Message = Buffer.from('message')
  const { Mac } = await client.send(new kms.GenerateMacCommand({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' }))
  assert.deepEqual(Buffer.from(Mac ?? []), createHmac('sha256', material).update(Message).digest())
})

test('material that was imported for a time is gone when that is over, swept or not', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock(Date.UTC(2026, 10, 21))
  const vault = await openVault({ store, clock, master: { kind: 'given', text: randomBytes(32).toString('base64') } })
  const scope = { account: '000000000000', region: 'us-east-1' }
  const key = { ...scope, keyId: 'imported' }
  await transact(store, (transaction) =>
    keyRecords.set(transaction, [scope.account, scope.region, key.keyId], {
      ...key,
      createdMs: clock.nowMs(),
      owner: 'customer',
      spec: 'SYMMETRIC_DEFAULT',
      usage: 'ENCRYPT_DECRYPT',
      state: { kind: 'enabled' },
      versions: [vault.newVersion(key, 1, 'imported')],
      description: '',
      policy: '{}',
      tags: [],
      origin: 'EXTERNAL',
      expiresMs: clock.nowMs() + 1000,
    }),
  )
  const { ciphertext } = await vault.encrypt(scope, key.keyId, Buffer.from('x'), {})
  await clock.advance(1000)
  const gone = { reason: 'pending-import' }
  await assert.rejects(vault.encrypt(scope, key.keyId, Buffer.from('x'), {}), gone)
  await assert.rejects(vault.decrypt(ciphertext, {}), gone)
  await clock.advance(1)
  await sweepKeys({ store, vault, clock })
  const found = (await keyRecords.get(store, [scope.account, scope.region, key.keyId]))?.value
  assert.deepEqual([found?.state.kind, found?.versions], ['pending-import', []])
})

test('two key pairs agree on a secret', async () => {
  const { KeyMetadata } = await client.send(
    new kms.CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }),
  )
  const KeyId = KeyMetadata?.KeyId
  assert.deepEqual(KeyMetadata?.KeyAgreementAlgorithms, ['ECDH'])
  const { PublicKey } = await client.send(new kms.GetPublicKeyCommand({ KeyId }))
  const ours = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const theirs = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
  const derive = (publicKey: Uint8Array): Promise<kms.DeriveSharedSecretCommandOutput> =>
    client.send(new kms.DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: publicKey }))
  const { SharedSecret } = await derive(ours.publicKey.export({ type: 'spki', format: 'der' }))
  assert.deepEqual(Buffer.from(SharedSecret ?? []), diffieHellman({ privateKey: ours.privateKey, publicKey: theirs }))
  const foreign = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey
  await assert.rejects(derive(foreign.export({ type: 'spki', format: 'der' })), { name: 'ValidationException' })
  await assert.rejects(derive(randomBytes(64)), { name: 'ValidationException' })
  await assert.rejects(
    client.send(new kms.SignCommand({ KeyId, Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256' })),
    { name: 'InvalidKeyUsageException' },
  )
})

test('by boto3', async () => {
  const told = await boto3(
    kit,
    `
kms = client('kms')
key = kms.create_key(Origin='EXTERNAL')['KeyMetadata']
show(key['KeyState'])
given = kms.get_parameters_for_import(KeyId=key['KeyId'], WrappingAlgorithm='RSAES_OAEP_SHA_256', WrappingKeySpec='RSA_4096')
show(len(given['PublicKey']) > 500 and given['ParametersValidTo'].year >= 2026)
try:
    kms.import_key_material(KeyId=key['KeyId'], ImportToken=b'x' * 100, EncryptedKeyMaterial=b'y' * 256, ExpirationModel='KEY_MATERIAL_DOES_NOT_EXPIRE')
except ClientError as error:
    show(error.response['Error']['Code'])
`,
  )
  assert.deepEqual(told, ['PendingImport', true, 'InvalidImportTokenException'])
})
