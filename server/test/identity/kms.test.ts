// KMS through its clients: keys, aliases, encryption, data keys, pairs, codes, grants, policies, rotation.
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateMacCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ListGrantsCommand,
  ListKeyPoliciesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ListRetirableGrantsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { after, before, test } from 'node:test'
import { aws, boto3, openServer, REGION, type TestServer } from '../conformance/server-kit.ts'

let kit: TestServer
let kms: KMSClient
before(async () => {
  kit = await openServer({ readyCells: {} })
  kms = new KMSClient(kit.sdk)
})
after(() => kit[Symbol.asyncDispose]())

async function newKey(input: CreateKeyCommandInput = {}): Promise<string> {
  return (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? ''
}

const bytes = (text: string): Uint8Array => Buffer.from(text)

test('encrypt, decrypt and re-encrypt, bound to the encryption context', async () => {
  const KeyId = await newKey({ Description: 'mine' })
  const EncryptionContext = { tenant: 'a' }
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId, Plaintext: bytes('secret'), EncryptionContext }),
  )
  assert.ok(!Buffer.from(CiphertextBlob ?? []).includes('secret'))
  const found = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))
  assert.equal(Buffer.from(found.Plaintext ?? []).toString(), 'secret')
  assert.equal(found.KeyId, KeyId)
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob })), { name: 'InvalidCiphertextException' })
  const other = await newKey()
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: other })), {
    name: 'IncorrectKeyException',
  })
  const moved = await kms.send(
    new ReEncryptCommand({ CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId: other }),
  )
  assert.equal(moved.SourceKeyId, KeyId)
  const again = await kms.send(new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob }))
  assert.equal(again.KeyId, other)
  await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(4097) })), {
    name: 'ValidationException',
  })
  await assert.rejects(kms.send(new DescribeKeyCommand({ KeyId: 'alias/nothing' })), { name: 'NotFoundException' })
})

test('data keys and random bytes', async () => {
  const KeyId = await newKey()
  const made = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }))
  assert.deepEqual(opened.Plaintext, made.Plaintext)
  assert.equal(made.Plaintext?.length, 32)
  const hidden = await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 24 }))
  assert.equal((await kms.send(new DecryptCommand({ CiphertextBlob: hidden.CiphertextBlob }))).Plaintext?.length, 24)
  const pair = await kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }))
  const secret = await kms.send(new DecryptCommand({ CiphertextBlob: pair.PrivateKeyCiphertextBlob }))
  assert.deepEqual(secret.Plaintext, pair.PrivateKeyPlaintext)
  const blind = await kms.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P384' }))
  assert.ok(!('PrivateKeyPlaintext' in blind))
  assert.equal((await kms.send(new GenerateRandomCommand({ NumberOfBytes: 100 }))).Plaintext?.length, 100)
})

test('signatures that others verify, and codes', async () => {
  const message = bytes('to be signed')
  for (const [KeySpec, SigningAlgorithm] of [
    ['ECC_NIST_P256', 'ECDSA_SHA_256'],
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'],
    ['RSA_2048', 'RSASSA_PSS_SHA_512'],
  ] as const) {
    const KeyId = await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const signed = await kms.send(new SignCommand({ KeyId, Message: message, SigningAlgorithm }))
    const Signature = signed.Signature
    await kms.send(new VerifyCommand({ KeyId, Message: message, SigningAlgorithm, Signature }))
    await assert.rejects(kms.send(new VerifyCommand({ KeyId, Message: bytes('other'), SigningAlgorithm, Signature })), {
      name: 'KMSInvalidSignatureException',
    })
    if (SigningAlgorithm === 'RSASSA_PSS_SHA_512') continue
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }))
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
    assert.ok(verify('sha256', message, key, Signature ?? Buffer.alloc(0)))
    if (KeySpec !== 'RSA_2048') continue
    const digest = createHash('sha256').update(message).digest()
    const same = await kms.send(new SignCommand({ KeyId, Message: digest, MessageType: 'DIGEST', SigningAlgorithm }))
    assert.deepEqual(same.Signature, Signature)
  }
  const KeyId = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const { Mac } = await kms.send(new GenerateMacCommand({ KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_256' }))
  const asked = { KeyId, MacAlgorithm: 'HMAC_SHA_256', Mac } as const
  await kms.send(new VerifyMacCommand({ ...asked, Message: message }))
  await assert.rejects(kms.send(new VerifyMacCommand({ ...asked, Message: bytes('other') })), {
    name: 'KMSInvalidMacException',
  })
  await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext: message })), {
    name: 'InvalidKeyUsageException',
  })
})

test('names, descriptions, tags and lists', async () => {
  const KeyId = await newKey({ Tags: [{ TagKey: 'a', TagValue: '1' }] })
  const other = await newKey()
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/one', TargetKeyId: KeyId }))
  await assert.rejects(kms.send(new CreateAliasCommand({ AliasName: 'alias/one', TargetKeyId: other })), {
    name: 'AlreadyExistsException',
  })
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: 'alias/one', Plaintext: bytes('x') }))
  await kms.send(new UpdateAliasCommand({ AliasName: 'alias/one', TargetKeyId: other }))
  assert.equal((await kms.send(new DescribeKeyCommand({ KeyId: 'alias/one' }))).KeyMetadata?.Arn, other)
  assert.equal((await kms.send(new DecryptCommand({ CiphertextBlob }))).KeyId, KeyId)
  const aliases = await kms.send(new ListAliasesCommand({ KeyId: other }))
  assert.deepEqual(
    aliases.Aliases?.map(({ AliasName }) => AliasName),
    ['alias/one'],
  )
  await kms.send(new DeleteAliasCommand({ AliasName: 'alias/one' }))
  await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'other words' }))
  assert.equal((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Description, 'other words')
  await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'b', TagValue: '2' }] }))
  await kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] }))
  const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId }))
  assert.deepEqual(Tags, [{ TagKey: 'b', TagValue: '2' }])
  const all: string[] = []
  let Marker: string | undefined
  do {
    const page = await kms.send(new ListKeysCommand({ Limit: 2, ...(Marker !== undefined && { Marker }) }))
    all.push(...(page.Keys ?? []).map(({ KeyArn }) => KeyArn ?? ''))
    Marker = page.NextMarker
  } while (Marker !== undefined)
  assert.ok(all.includes(KeyId) && all.includes(other))
  assert.equal(new Set(all).size, all.length)
})

test('states, rotation and deletion', async () => {
  const KeyId = await newKey()
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('before') }))
  await kms.send(new RotateKeyOnDemandCommand({ KeyId }))
  const rotations = await kms.send(new ListKeyRotationsCommand({ KeyId }))
  assert.equal(rotations.Rotations?.[0]?.RotationType, 'ON_DEMAND')
  assert.equal(
    Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext ?? []).toString(),
    'before',
  )
  await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 100 }))
  assert.equal((await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).RotationPeriodInDays, 100)
  await kms.send(new DisableKeyRotationCommand({ KeyId }))
  assert.equal((await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled, false)
  await kms.send(new DisableKeyCommand({ KeyId }))
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob })), { name: 'DisabledException' })
  await kms.send(new EnableKeyCommand({ KeyId }))
  const scheduled = await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  assert.equal(scheduled.KeyState, 'PendingDeletion')
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob })), { name: 'KMSInvalidStateException' })
  await kms.send(new CancelKeyDeletionCommand({ KeyId }))
  assert.equal((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState, 'Disabled')
})

test('the policy of a key has the last word; a grant is a word of it', async () => {
  const iam = new IAMClient(kit.sdk)
  await iam.send(new CreateUserCommand({ UserName: 'kms-user' }))
  const { AccessKey: made } = await iam.send(new CreateAccessKeyCommand({ UserName: 'kms-user' }))
  const credentials = { accessKeyId: made?.AccessKeyId ?? '', secretAccessKey: made?.SecretAccessKey ?? '' }
  const theirs = new KMSClient({ ...kit.sdk, credentials })
  const statement = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const KeyId = await newKey()
  const encrypt = { KeyId, Plaintext: bytes('x'), EncryptionContext: { tenant: 'a' } }
  await assert.rejects(theirs.send(new EncryptCommand(encrypt)), { name: 'AccessDeniedException' })
  const GranteePrincipal = 'arn:aws:iam::000000000000:user/kms-user'
  const { GrantId, GrantToken } = await kms.send(
    new CreateGrantCommand({
      KeyId,
      GranteePrincipal,
      RetiringPrincipal: GranteePrincipal,
      Operations: ['Encrypt'],
      Constraints: { EncryptionContextSubset: { tenant: 'a' } },
    }),
  )
  await theirs.send(new EncryptCommand(encrypt))
  await assert.rejects(theirs.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') })), {
    name: 'AccessDeniedException',
  })
  assert.equal((await kms.send(new ListGrantsCommand({ KeyId }))).Grants?.[0]?.GrantId, GrantId)
  const retirable = await kms.send(new ListRetirableGrantsCommand({ RetiringPrincipal: GranteePrincipal }))
  assert.equal(retirable.Grants?.length, 1)
  await kms.send(new RetireGrantCommand({ GrantToken }))
  await assert.rejects(kms.send(new RevokeGrantCommand({ KeyId, GrantId })), { name: 'NotFoundException' })
  await assert.rejects(theirs.send(new EncryptCommand(encrypt)), { name: 'AccessDeniedException' })
  await iam.send(new PutUserPolicyCommand({ UserName: 'kms-user', PolicyName: 'k', PolicyDocument }))
  await theirs.send(new EncryptCommand(encrypt))
  // The key no longer leaves the decision to the account's policies.
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ ...statement, Principal: { AWS: 'arn:aws:iam::000000000000:user/nobody' } }],
  })
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }))
  await assert.rejects(theirs.send(new EncryptCommand(encrypt)), { name: 'AccessDeniedException' })
  assert.equal((await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy, Policy)
  assert.deepEqual((await kms.send(new ListKeyPoliciesCommand({ KeyId }))).PolicyNames, ['default'])
})

test('by boto3 and awscli', async () => {
  const [plain] = await boto3(
    kit,
    `
kms = client('kms')
key = kms.create_key(Description='py')['KeyMetadata']['KeyId']
kms.create_alias(AliasName='alias/py', TargetKeyId=key)
blob = kms.encrypt(KeyId='alias/py', Plaintext=b'words')['CiphertextBlob']
show(kms.decrypt(CiphertextBlob=blob)['Plaintext'].decode())
`,
  )
  assert.equal(plain, 'words')
  const listed = await aws(kit, ['kms', 'list-aliases', '--query', 'Aliases[].AliasName'])
  assert.ok(listed.stdout.includes('alias/py'), listed.stderr)
})

test('keys and ciphertexts are of one region', async () => {
  const there = new KMSClient({ ...kit.sdk, region: 'us-east-1' })
  const { KeyMetadata: { Arn: KeyId } = {} } = await kms.send(new CreateKeyCommand({}))
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('here') }))
  const outOfReach = { name: 'AccessDeniedException', message: /does not exist in this region, or you are not allowed/ }
  await assert.rejects(there.send(new DecryptCommand({ CiphertextBlob })), outOfReach)
  const { KeyMetadata: { KeyId: other } = {} } = await there.send(new CreateKeyCommand({}))
  const moved = { CiphertextBlob, DestinationKeyId: other }
  await assert.rejects(there.send(new ReEncryptCommand(moved)), outOfReach)
  const notFound = { name: 'NotFoundException', message: `Invalid arn ${REGION}` }
  await assert.rejects(there.send(new DecryptCommand({ CiphertextBlob, KeyId })), notFound)
  await assert.rejects(there.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('there') })), notFound)
  await assert.rejects(there.send(new DescribeKeyCommand({ KeyId })), notFound)
  await assert.rejects(there.send(new DecryptCommand({ CiphertextBlob, KeyId: other })), {
    name: 'IncorrectKeyException',
  })
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }))
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'here')
  there.destroy()
})

test('a dry run checks everything and does nothing', async () => {
  const KeyId = await newKey()
  const GranteePrincipal = 'arn:aws:iam::000000000000:user/somebody'
  const grant = { KeyId, GranteePrincipal, Operations: ['Encrypt' as const] }
  const dry = { name: 'DryRunOperationException' }
  await assert.rejects(kms.send(new CreateGrantCommand({ ...grant, DryRun: true })), dry)
  assert.deepEqual((await kms.send(new ListGrantsCommand({ KeyId }))).Grants, [])
  const { GrantId, GrantToken } = await kms.send(new CreateGrantCommand(grant))
  await assert.rejects(kms.send(new RevokeGrantCommand({ KeyId, GrantId, DryRun: true })), dry)
  await assert.rejects(kms.send(new RetireGrantCommand({ GrantToken, DryRun: true })), dry)
  assert.equal((await kms.send(new ListGrantsCommand({ KeyId }))).Grants?.length, 1)
  await assert.rejects(kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', DryRun: true })), dry)
  // What would fail fails.
  const nowhere = { KeyId: '00000000-0000-4000-8000-000000000000', KeySpec: 'AES_256' as const, DryRun: true }
  await assert.rejects(kms.send(new GenerateDataKeyCommand(nowhere)), { name: 'NotFoundException' })
})

test('what is not built is refused by name', async () => {
  const KeyId = await newKey()
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }))
  const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' as const, AttestationDocument: bytes('x') }
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob, Recipient })), {
    name: 'UnsupportedOperationException',
    message: 'Recipient is not available here.',
  })
  await assert.rejects(kms.send(new CreateKeyCommand({ CustomKeyStoreId: 'cks-1' })), {
    name: 'UnsupportedOperationException',
  })
  // Without its constraint the grant would give more than was wanted.
  const GranteePrincipal = 'arn:aws:iam::000000000000:user/somebody'
  const Constraints = { SourceArn: 'arn:aws:s3:::bucket' }
  await assert.rejects(
    kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Encrypt'], Constraints })),
    { name: 'UnsupportedOperationException' },
  )
})
