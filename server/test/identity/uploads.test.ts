// What users have besides keys and passwords: SSH keys, certificates, credentials for one service; tags of SAML providers;
// and which policies and entities used or may use a service. By the official clients.
import * as iam from '@aws-sdk/client-iam'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { selfSignedCertificate } from '#services/sns/certificate.ts'
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { execFile } from 'node:child_process'
import { awsJson, boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

let kit: TestServer
let client: iam.IAMClient
let folder: string
before(async () => {
  kit = await openServer({ readyCells: {} })
  client = new iam.IAMClient(kit.sdk)
  folder = await mkdtemp(join(tmpdir(), 'mayfly-certificates-'))
  for (const UserName of ['ada', 'bob']) await client.send(new iam.CreateUserCommand({ UserName }))
})
after(async () => {
  client.destroy()
  await kit[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** A certificate that signs itself, with its key. */
function makeCertificate(commonName: string): { readonly body: string; readonly key: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const notBefore = new Date(Date.now() - 60_000)
  const notAfter = new Date(Date.now() + 864_000_000)
  const body = selfSignedCertificate(privateKey, { commonName, serial: Buffer.of(1), notBefore, notAfter })
  return { body, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

test('SSH keys, as PEM and as SSH', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const upload = (SSHPublicKeyBody: string): Promise<iam.UploadSSHPublicKeyCommandOutput> =>
    client.send(new iam.UploadSSHPublicKeyCommand({ UserName: 'ada', SSHPublicKeyBody }))
  const { SSHPublicKey: made } = await upload(pem)
  assert.match(made?.SSHPublicKeyId ?? '', /^APKA[A-Z0-9]{16,}$/)
  assert.match(made?.Fingerprint ?? '', /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/)
  const named = { UserName: 'ada', SSHPublicKeyId: made?.SSHPublicKeyId }
  const asSsh = await client.send(new iam.GetSSHPublicKeyCommand({ ...named, Encoding: 'SSH' }))
  const ssh = asSsh.SSHPublicKey?.SSHPublicKeyBody ?? ''
  assert.match(ssh, /^ssh-rsa AAAAB3NzaC1yc2E/)
  // ssh-keygen reads what is told, and names the same fingerprint.
  await writeFile(join(folder, 'key.pub'), `${ssh}\n`)
  const shown = await promisify(execFile)('ssh-keygen', ['-l', '-E', 'md5', '-f', join(folder, 'key.pub')]).catch(
    () => undefined,
  )
  if (shown !== undefined) assert.ok(shown.stdout.includes(made?.Fingerprint ?? 'none'), shown.stdout)
  const asPem = await client.send(new iam.GetSSHPublicKeyCommand({ ...named, Encoding: 'PEM' }))
  assert.equal(asPem.SSHPublicKey?.SSHPublicKeyBody, pem)
  await assert.rejects(upload(ssh), { name: 'DuplicateSSHPublicKeyException' })
  await assert.rejects(upload('hello'), { name: 'UnrecognizedPublicKeyEncodingException' })
  await assert.rejects(upload('ssh-rsa AAAA'), { name: 'InvalidPublicKeyException' })
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  await assert.rejects(upload(weak.export({ type: 'spki', format: 'pem' }).toString()), {
    name: 'InvalidPublicKeyException',
  })
  await client.send(new iam.UpdateSSHPublicKeyCommand({ ...named, Status: 'Inactive' }))
  const { SSHPublicKeys } = await client.send(new iam.ListSSHPublicKeysCommand({ UserName: 'ada' }))
  assert.deepEqual(
    SSHPublicKeys?.map(({ Status }) => Status),
    ['Inactive'],
  )
  // A new name takes them along; another user has nothing to do with them; nobody is deleted with them.
  await client.send(new iam.UpdateUserCommand({ UserName: 'ada', NewUserName: 'grace' }))
  await assert.rejects(client.send(new iam.DeleteSSHPublicKeyCommand({ ...named, UserName: 'bob' })), {
    name: 'NoSuchEntityException',
  })
  await assert.rejects(client.send(new iam.DeleteUserCommand({ UserName: 'grace' })), {
    name: 'DeleteConflictException',
    message: 'Cannot delete entity, must delete SSH public keys first.',
  })
  await client.send(new iam.DeleteSSHPublicKeyCommand({ ...named, UserName: 'grace' }))
  await client.send(new iam.UpdateUserCommand({ UserName: 'grace', NewUserName: 'ada' }))
})

test('signing certificates and credentials for one service', async () => {
  const { body } = makeCertificate('signer')
  const upload = new iam.UploadSigningCertificateCommand({ UserName: 'ada', CertificateBody: body })
  const { Certificate } = await client.send(upload)
  await assert.rejects(client.send(upload), { name: 'DuplicateCertificateException' })
  await assert.rejects(
    client.send(new iam.UploadSigningCertificateCommand({ UserName: 'ada', CertificateBody: 'no' })),
    { name: 'MalformedCertificateException' },
  )
  const named = { UserName: 'ada', CertificateId: Certificate?.CertificateId }
  await client.send(new iam.UpdateSigningCertificateCommand({ ...named, Status: 'Inactive' }))
  const { Certificates } = await client.send(new iam.ListSigningCertificatesCommand({ UserName: 'ada' }))
  assert.deepEqual(
    Certificates?.map(({ CertificateBody, Status }) => [CertificateBody, Status]),
    [[body, 'Inactive']],
  )
  await client.send(new iam.GenerateCredentialReportCommand({}))
  const { Content } = await client.send(new iam.GetCredentialReportCommand({}))
  assert.match(Buffer.from(Content ?? []).toString(), /^ada,.*,false,20[^,]+,false,N\/A$/m)
  await client.send(new iam.DeleteSigningCertificateCommand(named))

  const ServiceName = 'codecommit.amazonaws.com'
  const create = new iam.CreateServiceSpecificCredentialCommand({ UserName: 'ada', ServiceName })
  const { ServiceSpecificCredential: made } = await client.send(create)
  assert.equal(made?.ServiceUserName, 'ada-at-000000000000')
  const id = { UserName: 'ada', ServiceSpecificCredentialId: made.ServiceSpecificCredentialId }
  const reset = await client.send(new iam.ResetServiceSpecificCredentialCommand(id))
  assert.notEqual(reset.ServiceSpecificCredential?.ServicePassword, made.ServicePassword)
  await client.send(new iam.UpdateServiceSpecificCredentialCommand({ ...id, Status: 'Inactive' }))
  await client.send(create)
  await assert.rejects(client.send(create), { name: 'LimitExceededException' })
  const listed = await client.send(new iam.ListServiceSpecificCredentialsCommand({ UserName: 'ada' }))
  assert.equal(listed.ServiceSpecificCredentials?.length, 2)
  for (const { ServiceSpecificCredentialId } of listed.ServiceSpecificCredentials)
    await client.send(new iam.DeleteServiceSpecificCredentialCommand({ UserName: 'ada', ServiceSpecificCredentialId }))
  await assert.rejects(
    client.send(new iam.CreateServiceSpecificCredentialCommand({ UserName: 'ada', ServiceName: 's3.amazonaws.com' })),
    { name: 'ServiceNotSupportedException' },
  )
})

test('certificates of servers', async () => {
  const { body, key } = makeCertificate('server')
  const other = makeCertificate('other')
  const named = { ServerCertificateName: 'site' }
  const upload = (PrivateKey: string): Promise<unknown> =>
    client.send(new iam.UploadServerCertificateCommand({ ...named, Path: '/web/', CertificateBody: body, PrivateKey }))
  await assert.rejects(upload(other.key), { name: 'KeyPairMismatchException' })
  await assert.rejects(upload('no'), { name: 'MalformedCertificateException' })
  await upload(key)
  await assert.rejects(upload(key), { name: 'EntityAlreadyExistsException' })
  await client.send(new iam.TagServerCertificateCommand({ ...named, Tags: [{ Key: 'a', Value: 'b' }] }))
  const { ServerCertificate } = await client.send(new iam.GetServerCertificateCommand(named))
  assert.equal(ServerCertificate?.CertificateBody, body)
  assert.equal(
    ServerCertificate.ServerCertificateMetadata?.Arn,
    'arn:aws:iam::000000000000:server-certificate/web/site',
  )
  const { Tags } = await client.send(new iam.ListServerCertificateTagsCommand(named))
  assert.deepEqual(Tags, [{ Key: 'a', Value: 'b' }])
  await client.send(new iam.UntagServerCertificateCommand({ ...named, TagKeys: ['a'] }))
  await client.send(new iam.UpdateServerCertificateCommand({ ...named, NewServerCertificateName: 'shop' }))
  const list = await client.send(new iam.ListServerCertificatesCommand({ PathPrefix: '/web/' }))
  assert.deepEqual(
    list.ServerCertificateMetadataList?.map(({ ServerCertificateName }) => ServerCertificateName),
    ['shop'],
  )
  await client.send(new iam.DeleteServerCertificateCommand({ ServerCertificateName: 'shop' }))
  await assert.rejects(client.send(new iam.GetServerCertificateCommand(named)), { name: 'NoSuchEntityException' })
})

test('tags of SAML providers', async () => {
  const { SAMLProviderArn } = await client.send(
    new iam.CreateSAMLProviderCommand({ Name: 'work', SAMLMetadataDocument: `<x>${'y'.repeat(1000)}</x>` }),
  )
  await client.send(new iam.TagSAMLProviderCommand({ SAMLProviderArn, Tags: [{ Key: 'a', Value: 'b' }] }))
  const tags = async (): Promise<unknown> =>
    (await client.send(new iam.ListSAMLProviderTagsCommand({ SAMLProviderArn }))).Tags
  assert.deepEqual(await tags(), [{ Key: 'a', Value: 'b' }])
  await client.send(new iam.UntagSAMLProviderCommand({ SAMLProviderArn, TagKeys: ['a'] }))
  assert.deepEqual(await tags(), [])
})

test('who used a service, and which policies allow it', async () => {
  const arn = 'arn:aws:iam::000000000000:user/bob'
  const statement = { Effect: 'Allow', Action: ['s3:CreateBucket', 'sqs:*'], Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await client.send(new iam.CreateGroupCommand({ GroupName: 'makers' }))
  await client.send(new iam.AddUserToGroupCommand({ GroupName: 'makers', UserName: 'bob' }))
  await client.send(new iam.PutGroupPolicyCommand({ GroupName: 'makers', PolicyName: 'make', PolicyDocument }))
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
  await client.send(new iam.AttachUserPolicyCommand({ UserName: 'bob', PolicyArn }))
  const granting = await client.send(
    new iam.ListPoliciesGrantingServiceAccessCommand({ Arn: arn, ServiceNamespaces: ['s3', 'sqs', 'lambda'] }),
  )
  assert.deepEqual(
    granting.PoliciesGrantingServiceAccess?.map(({ ServiceNamespace, Policies = [] }) => [
      ServiceNamespace,
      Policies.map(
        ({ PolicyName, PolicyType, EntityName }) => `${PolicyType} ${PolicyName} ${EntityName ?? ''}`,
      ).toSorted(),
    ]),
    [
      ['lambda', []],
      ['s3', ['INLINE make makers', 'MANAGED AmazonS3ReadOnlyAccess ']],
      ['sqs', ['INLINE make makers']],
    ],
  )
  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: 'bob' }))
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  const s3 = new S3Client({ ...kit.sdk, credentials: { accessKeyId, secretAccessKey } })
  await s3.send(new CreateBucketCommand({ Bucket: 'bobs' }))
  s3.destroy()
  // Of the user, of its group, and of a policy that it has: the same real call.
  for (const Arn of [arn, 'arn:aws:iam::000000000000:group/makers', PolicyArn]) {
    const { JobId } = await client.send(new iam.GenerateServiceLastAccessedDetailsCommand({ Arn }))
    const report = await client.send(new iam.GetServiceLastAccessedDetailsCommand({ JobId }))
    assert.deepEqual(
      report.ServicesLastAccessed?.map((one) => [
        one.ServiceNamespace,
        one.LastAuthenticatedEntity,
        one.TotalAuthenticatedEntities,
      ]),
      [['s3', arn, 1]],
      Arn,
    )
    const entities = await client.send(
      new iam.GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: 's3' }),
    )
    assert.deepEqual(
      entities.EntityDetailsList?.map(({ EntityInfo }) => [EntityInfo?.Name, EntityInfo?.Type]),
      [['bob', 'USER']],
    )
  }
})

test('by awscli and boto3', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const shown = (await awsJson(kit, [
    'iam',
    'upload-ssh-public-key',
    '--user-name',
    'bob',
    '--ssh-public-key-body',
    pem,
  ])) as {
    readonly SSHPublicKey: { readonly Status: string }
  }
  assert.equal(shown.SSHPublicKey.Status, 'Active')
  const [seedLength, refused] = await boto3(
    kit,
    `
iam = client('iam')
device = iam.create_virtual_mfa_device(VirtualMFADeviceName='boto')['VirtualMFADevice']
show(len(device['Base32StringSeed']))
try:
    iam.enable_mfa_device(UserName='bob', SerialNumber=device['SerialNumber'], AuthenticationCode1='000000', AuthenticationCode2='111111')
except ClientError as error:
    show(error.response['Error']['Code'])
`,
  )
  assert.deepEqual([seedLength, refused], [64, 'InvalidAuthenticationCode'])
})
