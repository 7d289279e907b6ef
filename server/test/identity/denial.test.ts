// Who may what, through real clients: users, roles, sessions and resource policies against a server that enforces.
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openServer, type TestServer } from '../conformance/server-kit.ts'

const ACCOUNT = '000000000000'

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

let kit: TestServer
before(async () => {
  kit = await openServer({ readyCells: {} })
})
after(() => kit[Symbol.asyncDispose]())

const iam = (keys: Keys = kit.keys): IAMClient => new IAMClient({ ...kit.sdk, credentials: keys })
const sts = (keys: Keys = kit.keys): STSClient => new STSClient({ ...kit.sdk, credentials: keys })
const s3 = (keys: Keys = kit.keys): S3Client => new S3Client({ ...kit.sdk, credentials: keys })

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

function allow(action: string | string[], resource: string | string[] = '*', more: object = {}): object {
  return { Effect: 'Allow', Action: action, Resource: resource, ...more }
}

async function newUser(name: string, ...statements: readonly object[]): Promise<Keys> {
  await iam().send(new CreateUserCommand({ UserName: name }))
  if (statements.length > 0)
    await iam().send(
      new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument: policy(...statements) }),
    )
  const { AccessKey: key } = await iam().send(new CreateAccessKeyCommand({ UserName: name }))
  return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
}

function fromSession(credentials: Credentials | undefined): Keys {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  }
}

async function denied(call: Promise<unknown>, message?: RegExp): Promise<{ requestId: string }> {
  let caught: unknown
  await call.catch((error: unknown) => (caught = error))
  assert.ok(caught instanceof Error, 'it was not denied')
  assert.match(caught.name, /^AccessDenied/)
  if (message !== undefined) assert.match(caught.message, message)
  const metadata = '$metadata' in caught ? (caught.$metadata as { requestId?: string }) : {}
  return { requestId: metadata.requestId ?? '' }
}

test('a user may what its policies allow, and is told what it may not', async () => {
  await s3().send(new CreateBucketCommand({ Bucket: 'denial-one' }))
  const user = await newUser('reader', allow('s3:GetObject', 'arn:aws:s3:::denial-one/*'))
  await s3().send(new PutObjectCommand({ Bucket: 'denial-one', Key: 'k', Body: 'x' }))
  const found = await s3(user).send(new GetObjectCommand({ Bucket: 'denial-one', Key: 'k' }))
  assert.equal(await found.Body?.transformToString(), 'x')
  const { requestId } = await denied(
    s3(user).send(new PutObjectCommand({ Bucket: 'denial-one', Key: 'k', Body: 'y' })),
    /^User: arn:aws:iam::000000000000:user\/reader is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::denial-one\/k" because no identity-based policy allows the s3:PutObject action$/,
  )
  const answer = await fetch(`${kit.endpoint}/_mayfly/explain/${requestId}`)
  const { denial } = (await answer.json()) as { denial: { because: string; remedy: { statement: string } } }
  assert.match(denial.because, /no identity-based policy allows it/)
  assert.deepEqual(JSON.parse(denial.remedy.statement), {
    Effect: 'Allow',
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::denial-one/k',
  })
  // Nobody needs a permission to ask who it is.
  const who = await sts(user).send(new GetCallerIdentityCommand({}))
  assert.equal(who.Arn, 'arn:aws:iam::000000000000:user/reader')
  assert.match(who.UserId ?? '', /^AIDA/)
})

test('a policy that is scoped by path holds: for what is made, what is there, and where it is moved', async () => {
  const user = await newUser(
    'path-keeper',
    allow('iam:*', [
      `arn:aws:iam::${ACCOUNT}:user/dev/*`,
      `arn:aws:iam::${ACCOUNT}:group/dev/*`,
      `arn:aws:iam::${ACCOUNT}:role/dev/*`,
      `arn:aws:iam::${ACCOUNT}:policy/dev/*`,
      `arn:aws:iam::${ACCOUNT}:instance-profile/dev/*`,
    ]),
  )
  const theirs = iam(user)
  const AssumeRolePolicyDocument = policy({
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
  })
  const PolicyDocument = policy(allow('s3:GetObject'))
  const make: Record<string, (Path: string, name: string) => Promise<unknown>> = {
    user: (Path, UserName) => theirs.send(new CreateUserCommand({ UserName, Path })),
    group: (Path, GroupName) => theirs.send(new CreateGroupCommand({ GroupName, Path })),
    role: (Path, RoleName) => theirs.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument })),
    policy: (Path, PolicyName) => theirs.send(new CreatePolicyCommand({ PolicyName, Path, PolicyDocument })),
    'instance-profile': (Path, InstanceProfileName) =>
      theirs.send(new CreateInstanceProfileCommand({ InstanceProfileName, Path })),
  }
  for (const [kind, send] of Object.entries(make)) {
    await send('/dev/', `kept-${kind}`)
    await denied(send('/', `out-${kind}`), new RegExp(` on resource: arn:aws:iam::${ACCOUNT}:${kind}/out-${kind} `))
    await denied(send('/ops/', `out-${kind}`), new RegExp(` on resource: arn:aws:iam::${ACCOUNT}:${kind}/ops/out-`))
    // That there is one of this name at a permitted path permits nothing elsewhere.
    await denied(send('/', `kept-${kind}`))
  }
  await theirs.send(new GetUserCommand({ UserName: 'kept-user' }))
  await iam().send(new CreateUserCommand({ UserName: 'path-stranger', Path: '/ops/' }))
  await denied(theirs.send(new GetUserCommand({ UserName: 'path-stranger' })), /user\/ops\/path-stranger/)
  const moved = (change: object) => theirs.send(new UpdateUserCommand({ UserName: 'kept-user', ...change }))
  await denied(moved({ NewPath: '/ops/' }), /iam:UpdateUser on resource: arn:aws:iam::\d+:user\/ops\/kept-user$/)
  await denied(moved({ NewPath: '/' }), /iam:UpdateUser on resource: arn:aws:iam::\d+:user\/kept-user$/)
  const group = { GroupName: 'kept-group', NewPath: '/' }
  await denied(theirs.send(new UpdateGroupCommand(group)), /group\/kept-group$/)
  await moved({ NewPath: '/dev/deep/', NewUserName: 'kept-user-2' })
  const { User } = await theirs.send(new GetUserCommand({ UserName: 'kept-user-2' }))
  assert.equal(User?.Arn, `arn:aws:iam::${ACCOUNT}:user/dev/deep/kept-user-2`)
})

test('changes count at once: of policies, of keys', async () => {
  const user = await newUser('changing', allow('s3:ListAllMyBuckets'))
  await s3(user).send(new ListBucketsCommand({}))
  await iam().send(new DeleteUserPolicyCommand({ UserName: 'changing', PolicyName: 'p' }))
  await denied(s3(user).send(new ListBucketsCommand({})))
  await iam().send(
    new AttachUserPolicyCommand({ UserName: 'changing', PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' }),
  )
  await s3(user).send(new ListBucketsCommand({}))
  await iam().send(
    new UpdateAccessKeyCommand({ UserName: 'changing', AccessKeyId: user.accessKeyId, Status: 'Inactive' }),
  )
  await assert.rejects(s3(user).send(new ListBucketsCommand({})), { name: 'InvalidAccessKeyId' })
  await iam().send(
    new UpdateAccessKeyCommand({ UserName: 'changing', AccessKeyId: user.accessKeyId, Status: 'Active' }),
  )
  await s3(user).send(new ListBucketsCommand({}))
  const used = await iam().send(new GetAccessKeyLastUsedCommand({ AccessKeyId: user.accessKeyId }))
  assert.equal(used.AccessKeyLastUsed?.ServiceName, 's3')
  await iam().send(new DeleteAccessKeyCommand({ UserName: 'changing', AccessKeyId: user.accessKeyId }))
  await assert.rejects(s3(user).send(new ListBucketsCommand({})), { name: 'InvalidAccessKeyId' })
})

test('an explicit deny wins, and a boundary takes away', async () => {
  const user = await newUser('bounded', allow('*'), { Effect: 'Deny', Action: 'iam:*', Resource: '*' })
  await denied(
    iam(user).send(new GetUserCommand({ UserName: 'bounded' })),
    /iam:GetUser on resource: arn:aws:iam::000000000000:user\/bounded with an explicit deny in an identity-based policy$/,
  )
  await s3(user).send(new ListBucketsCommand({}))
  const { Policy: made } = await iam().send(
    new CreatePolicyCommand({ PolicyName: 'narrow', PolicyDocument: policy(allow('s3:GetObject')) }),
  )
  await iam().send(new PutUserPermissionsBoundaryCommand({ UserName: 'bounded', PermissionsBoundary: made?.Arn ?? '' }))
  await denied(
    s3(user).send(new ListBucketsCommand({})),
    /because no permissions boundary allows the s3:ListAllMyBuckets action$/,
  )
})

test('roles: the trust policy and the caller decide, the session policy limits, sessions survive', async () => {
  const user = await newUser('assumer', allow('sts:AssumeRole'))
  const stranger = await newUser('stranger')
  const trust = policy({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': 'secret-word' } },
  })
  await iam().send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trust }))
  await iam().send(
    new PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'all', PolicyDocument: policy(allow('s3:*')) }),
  )
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/worker`
  const ask = { RoleArn, RoleSessionName: 'night' }
  await denied(sts(user).send(new AssumeRoleCommand(ask)), /sts:AssumeRole/)
  await denied(sts(stranger).send(new AssumeRoleCommand({ ...ask, ExternalId: 'secret-word' })))
  await denied(sts().send(new AssumeRoleCommand({ ...ask, ExternalId: 'secret-word' })), /root accounts/)
  const assumed = await sts(user).send(new AssumeRoleCommand({ ...ask, ExternalId: 'secret-word' }))
  const session = fromSession(assumed.Credentials)
  assert.equal(assumed.AssumedRoleUser?.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/worker/night`)
  await s3(session).send(new ListBucketsCommand({}))
  await denied(iam(session).send(new GetUserCommand({ UserName: 'assumer' })))
  const limited = await sts(user).send(
    new AssumeRoleCommand({ ...ask, ExternalId: 'secret-word', Policy: policy(allow('s3:GetObject')) }),
  )
  await denied(
    s3(fromSession(limited.Credentials)).send(new ListBucketsCommand({})),
    /because no session policy allows the s3:ListAllMyBuckets action$/,
  )
  // A token that is not the session's own is refused.
  await assert.rejects(s3({ ...session, sessionToken: 'x' }).send(new ListBucketsCommand({})))
})

test('session tokens and federated users have no more than who made them', async () => {
  const user = await newUser('vouching', allow(['s3:ListAllMyBuckets', 'sts:GetFederationToken']))
  const token = await sts(user).send(new GetSessionTokenCommand({}))
  await s3(fromSession(token.Credentials)).send(new ListBucketsCommand({}))
  const federated = async (document?: string): Promise<Keys> => {
    const { Credentials: made } = await sts(user).send(
      new GetFederationTokenCommand({ Name: 'guest', ...(document !== undefined && { Policy: document }) }),
    )
    return fromSession(made)
  }
  await s3(await federated(policy(allow('*')))).send(new ListBucketsCommand({}))
  await denied(s3(await federated(policy(allow('*')))).send(new CreateBucketCommand({ Bucket: 'denial-two' })))
  await denied(s3(await federated()).send(new ListBucketsCommand({})))
})
