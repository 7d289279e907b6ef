// The second factor: virtual devices with one-time passwords, and policies that ask for them, by the official client.
import * as iam from '@aws-sdk/client-iam'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, type Credentials, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openServer, type TestServer } from '../conformance/server-kit.ts'

let kit: TestServer
let admin: iam.IAMClient
before(async () => {
  kit = await openServer({ readyCells: {} })
  admin = new iam.IAMClient(kit.sdk)
})
after(async () => {
  admin.destroy()
  await kit[Symbol.asyncDispose]()
})

/** An authenticator: RFC 6238 with SHA-1, six digits, thirty seconds. */
function passwordOf(seed: string, step: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = Array.from(seed, (letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', bytes).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const nowStep = (): number => Math.floor(Date.now() / 30_000)

interface Device {
  readonly serial: string
  readonly seed: string
}

async function makeDevice(VirtualMFADeviceName: string): Promise<Device> {
  const { VirtualMFADevice } = await admin.send(new iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName }))
  const seed = Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString()
  return { serial: VirtualMFADevice?.SerialNumber ?? '', seed }
}

/** Enables it with passwords of some minutes ago, so that those of now are unused; the device's clock is that far behind. */
function enable(UserName: string, { serial, seed }: Device, behind = 0): Promise<unknown> {
  const step = nowStep() - behind
  return admin.send(
    new iam.EnableMFADeviceCommand({
      UserName,
      SerialNumber: serial,
      AuthenticationCode1: passwordOf(seed, step - 1),
      AuthenticationCode2: passwordOf(seed, step),
    }),
  )
}

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

const withKeys = (keys: Credentials | iam.AccessKey | undefined) => ({
  ...kit.sdk,
  credentials: {
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    ...(keys !== undefined &&
      'SessionToken' in keys &&
      keys.SessionToken !== undefined && { sessionToken: keys.SessionToken }),
  },
})

test('devices are made, enabled with two passwords in a row, listed, and taken away', async () => {
  await admin.send(new iam.CreateUserCommand({ UserName: 'ada' }))
  const device = await makeDevice('ada-phone')
  assert.match(device.serial, /^arn:aws:iam::000000000000:mfa\/ada-phone$/)
  assert.match(device.seed, /^[A-Z2-7]{64}$/)
  const enabling = { UserName: 'ada', SerialNumber: device.serial }
  await assert.rejects(
    admin.send(
      new iam.EnableMFADeviceCommand({ ...enabling, AuthenticationCode1: '000000', AuthenticationCode2: '000001' }),
    ),
    { name: 'InvalidAuthenticationCodeException' },
  )
  await enable('ada', device)
  await assert.rejects(enable('ada', device), { name: 'EntityAlreadyExistsException' })
  const { MFADevices } = await admin.send(new iam.ListMFADevicesCommand({ UserName: 'ada' }))
  assert.deepEqual(
    MFADevices?.map(({ SerialNumber }) => SerialNumber),
    [device.serial],
  )
  await makeDevice('spare')
  const list = async (AssignmentStatus: iam.AssignmentStatusType): Promise<unknown> =>
    (await admin.send(new iam.ListVirtualMFADevicesCommand({ AssignmentStatus }))).VirtualMFADevices?.map(
      ({ SerialNumber }) => SerialNumber?.split('/')[1],
    )
  assert.deepEqual([await list('Assigned'), await list('Unassigned')], [['ada-phone'], ['spare']])
  const Tags = [{ Key: 'kind', Value: 'phone' }]
  await admin.send(new iam.TagMFADeviceCommand({ SerialNumber: device.serial, Tags }))
  const tagged = await admin.send(new iam.ListMFADeviceTagsCommand({ SerialNumber: device.serial }))
  assert.deepEqual(tagged.Tags, Tags)
  await admin.send(new iam.UntagMFADeviceCommand({ SerialNumber: device.serial, TagKeys: ['kind'] }))
  assert.deepEqual((await admin.send(new iam.ListMFADeviceTagsCommand({ SerialNumber: device.serial }))).Tags, [])
  assert.equal((await admin.send(new iam.GetMFADeviceCommand({ SerialNumber: device.serial }))).UserName, 'ada')
  const remove = new iam.DeleteVirtualMFADeviceCommand({ SerialNumber: device.serial })
  await assert.rejects(admin.send(remove), { name: 'DeleteConflictException' })
  await assert.rejects(admin.send(new iam.DeleteUserCommand({ UserName: 'ada' })), { name: 'DeleteConflictException' })
  await admin.send(new iam.GenerateCredentialReportCommand({}))
  const { Content } = await admin.send(new iam.GetCredentialReportCommand({}))
  assert.match(Buffer.from(Content ?? []).toString(), /^ada,(?:[^,]*,){6}true,/m)
  await admin.send(new iam.DeactivateMFADeviceCommand({ UserName: 'ada', SerialNumber: device.serial }))
  await admin.send(remove)
  await admin.send(new iam.DeleteUserCommand({ UserName: 'ada' }))
})

test('policies ask for the second factor: of sessions, and of whoever assumes a role', async () => {
  await admin.send(new iam.CreateUserCommand({ UserName: 'bob' }))
  const withFactor = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }
  const recent = { NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } }
  await admin.send(
    new iam.PutUserPolicyCommand({
      UserName: 'bob',
      PolicyName: 'may',
      PolicyDocument: policy(
        { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*', Condition: { ...withFactor, ...recent } },
        { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' },
      ),
    }),
  )
  const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName: 'bob' }))
  const sts = new STSClient(withKeys(AccessKey))
  const list = (keys: Credentials | iam.AccessKey | undefined): Promise<unknown> =>
    new S3Client(withKeys(keys)).send(new ListBucketsCommand({}))
  const device = await makeDevice('bob-phone')
  // Its clock is a quarter of an hour behind; synchronising finds that.
  await enable('bob', device, 30)
  const SerialNumber = device.serial
  const password = (ahead: number): string => passwordOf(device.seed, nowStep() - 30 + ahead)

  await assert.rejects(list(AccessKey), { name: 'AccessDenied' })
  const plain = await sts.send(new GetSessionTokenCommand({}))
  await assert.rejects(list(plain.Credentials), { name: 'AccessDenied' })
  const wrong = {
    name: 'AccessDenied',
    message: 'MultiFactorAuthentication failed with invalid MFA one time pass code.',
  }
  const never = password(500)
  await assert.rejects(sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode: never })), wrong)
  const TokenCode = password(1)
  const session = await sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }))
  await list(session.Credentials)
  // No password is taken twice.
  await assert.rejects(sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode })), wrong)

  const { Role } = await admin.send(
    new iam.CreateRoleCommand({
      RoleName: 'careful',
      AssumeRolePolicyDocument: policy({
        Effect: 'Allow',
        Principal: { AWS: '000000000000' },
        Action: 'sts:AssumeRole',
        Condition: withFactor,
      }),
    }),
  )
  const assume = (client: STSClient, more: object = {}): Promise<unknown> =>
    client.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'bob', ...more }))
  await assert.rejects(assume(sts), { name: 'AccessDenied' })
  await assert.rejects(assume(sts, { SerialNumber, TokenCode: never }), { name: 'AccessDenied' })
  // The session that has the factor may without a new password.
  await assume(new STSClient(withKeys(session.Credentials)))
  const resync = (step: number): Promise<unknown> =>
    admin.send(
      new iam.ResyncMFADeviceCommand({
        UserName: 'bob',
        SerialNumber,
        AuthenticationCode1: passwordOf(device.seed, step - 1),
        AuthenticationCode2: passwordOf(device.seed, step),
      }),
    )
  await resync(nowStep() + 20)
  await assume(sts, { SerialNumber, TokenCode: passwordOf(device.seed, nowStep() + 21) })
})
