// STS: sessions for those whom another issuer vouches for, chains of roles, tags, and what denials say.
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateAccessKeyCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { aws, boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

const ACCOUNT = '000000000000'

let kit: TestServer
before(async () => {
  kit = await openServer({ readyCells: {} })
})
after(() => kit[Symbol.asyncDispose]())

const policy = (...Statement: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement })

function keysOf(credentials: Credentials | undefined) {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  }
}

async function newUser(name: string, statement: object) {
  const iam = new IAMClient(kit.sdk)
  await iam.send(new CreateUserCommand({ UserName: name }))
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument: policy(statement) }))
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
}

async function newRole(RoleName: string, trust: object, ...may: readonly object[]): Promise<string> {
  const iam = new IAMClient(kit.sdk)
  const { Role: role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy(trust) }))
  if (may.length > 0)
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: policy(...may) }))
  return role?.Arn ?? ''
}

test('a web identity token opens a role only with the right signature, time, audience and subject', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' }
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo
    const isKeys = request.url === '/keys'
    response.end(JSON.stringify(isKeys ? { keys: [jwk] } : { jwks_uri: `http://127.0.0.1:${port}/keys` }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = `http://${host}`
  const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/${host}`
  await new IAMClient(kit.sdk).send(new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ['app'] }))
  const RoleArn = await newRole(
    'web',
    {
      Effect: 'Allow',
      Principal: { Federated: provider },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${host}:sub`]: 'repo:me', [`${host}:aud`]: 'app' } },
    },
    { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
  )
  const sign = (claims: object, key = privateKey, expires = '5m'): Promise<string> =>
    new SignJWT({ iss: issuer, sub: 'repo:me', aud: 'app', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(key)
  const sts = new STSClient({ ...kit.sdk, credentials: { accessKeyId: 'none', secretAccessKey: 'none' } })
  const assume = async (token: string) =>
    sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'ci', WebIdentityToken: token }))
  const assumed = await assume(await sign({}))
  assert.equal(assumed.SubjectFromWebIdentityToken, 'repo:me')
  assert.equal(assumed.Provider, provider)
  const session = { ...kit.sdk, credentials: keysOf(assumed.Credentials) }
  await new S3Client(session).send(new ListBucketsCommand({}))
  const who = await new STSClient(session).send(new GetCallerIdentityCommand({}))
  assert.equal(who.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/web/ci`)
  const forged = await generateKeyPair('RS256')
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: issuer, sub: 'repo:me', aud: 'app', exp: 9e9 })).toString('base64url')}.`
  for (const [token, name] of [
    [await sign({ sub: 'repo:other' }), 'AccessDenied'],
    [await sign({ aud: 'other' }), 'InvalidIdentityToken'],
    [await sign({}, forged.privateKey), 'InvalidIdentityToken'],
    [await sign({ iss: 'https://elsewhere.example' }), 'InvalidIdentityToken'],
    [await sign({}, privateKey, '-1m'), 'ExpiredToken'],
    [none, 'InvalidIdentityToken'],
    ['no-token', 'InvalidIdentityToken'],
  ] as const)
    await assert.rejects(
      assume(token),
      (error: Error) => error.name.startsWith(name),
      `${name} for ${token.slice(0, 20)}`,
    )
})

test('a chain of roles: an hour at most, transitive tags go on, the trust names the role', async () => {
  const user = await newUser('chain', { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: '*' })
  const first = await newRole(
    'first',
    { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' },
  )
  const second = await newRole(
    'second',
    {
      Effect: 'Allow',
      Principal: { AWS: first },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } },
    },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::team-${aws:PrincipalTag/team}' },
  )
  const sts = new STSClient({ ...kit.sdk, credentials: user })
  const tagged = { RoleArn: first, RoleSessionName: 'one', Tags: [{ Key: 'team', Value: 'red' }] }
  const one = await sts.send(new AssumeRoleCommand({ ...tagged, TransitiveTagKeys: ['team'] }))
  const plain = await sts.send(new AssumeRoleCommand({ RoleArn: first, RoleSessionName: 'one' }))
  const next = (credentials: Credentials | undefined): STSClient =>
    new STSClient({ ...kit.sdk, credentials: keysOf(credentials) })
  const ask = { RoleArn: second, RoleSessionName: 'two' }
  await assert.rejects(next(plain.Credentials).send(new AssumeRoleCommand(ask)), { name: 'AccessDenied' })
  await assert.rejects(next(one.Credentials).send(new AssumeRoleCommand({ ...ask, DurationSeconds: 7200 })), {
    name: 'ValidationError',
  })
  const two = await next(one.Credentials).send(new AssumeRoleCommand(ask))
  // The tag came along, and the policy's variable means it.
  const s3 = new S3Client({ ...kit.sdk, credentials: keysOf(two.Credentials) })
  for (const Bucket of ['team-red', 'team-blue']) await new S3Client(kit.sdk).send(new CreateBucketCommand({ Bucket }))
  await s3.send(new ListObjectsV2Command({ Bucket: 'team-red' }))
  await assert.rejects(s3.send(new ListObjectsV2Command({ Bucket: 'team-blue' })), { name: 'AccessDenied' })
})

test('keys tell their account, and the message of a denial can be decoded', async () => {
  const user = await newUser('nosy', { Effect: 'Deny', Action: 's3:*', Resource: '*', Sid: 'noBuckets' })
  const sts = new STSClient(kit.sdk)
  assert.equal((await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: user.accessKeyId }))).Account, ACCOUNT)
  let requestId = ''
  await new S3Client({ ...kit.sdk, credentials: user }).send(new ListBucketsCommand({})).catch((error: unknown) => {
    requestId = (error as { $metadata: { requestId: string } }).$metadata.requestId
  })
  const answer = await fetch(`${kit.endpoint}/_mayfly/explain/${requestId}`)
  const { denial } = (await answer.json()) as { denial: { encoded: string; because: string } }
  assert.match(denial.because, /statement noBuckets of an identity-based policy, p, denies it/)
  const decoded = await sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: denial.encoded }))
  assert.equal(JSON.parse(decoded.DecodedMessage ?? '').explicitDeny, true)
  await assert.rejects(sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'nonsense' })), {
    name: 'InvalidAuthorizationMessageException',
  })
})

test('by awscli and boto3', async () => {
  const said = await aws(kit, ['sts', 'get-caller-identity'])
  assert.ok(said.stdout.includes(`arn:aws:iam::${ACCOUNT}:root`), said.stderr)
  const [arn] = await boto3(kit, `show(client('sts').get_caller_identity()['Arn'])`)
  assert.equal(arn, `arn:aws:iam::${ACCOUNT}:root`)
})
