// The credential report of an account, and the report of which services an identity used.
import { newRequestId } from '#base/ids.ts'
import { type UserRecord, users } from '#identity/directory/records.ts'
import type { AccessKeyRecord } from '#identity/directory/stored-keys.ts'
import { keyUses, serviceUses } from '#identity/directory/usage.ts'
import type { Reader } from '#storage/transact.ts'
import { devicesOf } from './mfa.ts'
import { entitiesOf } from './access-entities.ts'
import { keysOf } from './access-key.ts'
import { all } from './authorization-details.ts'
import { type SigningCertificateRecord, signingCertificates } from './certificate.ts'
import type { AccessReport } from './kept-reports.ts'
import { ownedBy } from './owned.ts'

const NONE = 'N/A'
const KEY_COLUMNS = ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service']
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...KEY_COLUMNS.map((name) => `access_key_1_${name}`),
  ...KEY_COLUMNS.map((name) => `access_key_2_${name}`),
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
]

/** The credential report, as CSV. Source: IAM user guide, "Understanding the report format". */
export async function credentialReport(reader: Reader, account: string, createdMs: number): Promise<string> {
  const rootArn = `arn:aws:iam::${account}:root`
  const root = [
    '<root_account>',
    rootArn,
    time(createdMs),
    'not_supported',
    'not_supported',
    'not_supported',
    'not_supported',
    'false',
  ]
  const rows = [await row(reader, root, await keysOf(reader, { account, userName: undefined }))]
  for (const user of await all(reader, users, account))
    rows.push(
      await row(
        reader,
        userColumns(user, (await devicesOf(reader, user)).length > 0),
        await keysOf(reader, { account, userName: user.name }),
        await ownedBy(reader, signingCertificates, user),
      ),
    )
  return [COLUMNS, ...rows].map((columns) => columns.join(',')).join('\n')
}

function userColumns(user: UserRecord, hasMfa: boolean): readonly string[] {
  const arn = `arn:aws:iam::${user.account}:user${user.path}${user.name}`
  const { login } = user
  const password =
    login === undefined ? ['false', NONE, NONE, NONE] : ['true', 'no_information', time(login.createdMs), NONE]
  return [user.name, arn, time(user.createdMs), ...password, String(hasMfa)]
}

async function row(
  reader: Reader,
  columns: readonly string[],
  keys: readonly AccessKeyRecord[],
  signing: readonly SigningCertificateRecord[] = [],
): Promise<readonly string[]> {
  const [first, second] = keys
  const certificates = [...certificateColumns(signing[0]), ...certificateColumns(signing[1])]
  return [...columns, ...(await keyColumns(reader, first)), ...(await keyColumns(reader, second)), ...certificates]
}

async function keyColumns(reader: Reader, key: AccessKeyRecord | undefined): Promise<readonly string[]> {
  if (key === undefined) return ['false', NONE, NONE, NONE, NONE]
  const use = (await keyUses.get(reader, [key.accessKeyId]))?.value
  const used = use === undefined ? [NONE, NONE, NONE] : [time(use.usedMs), use.region, use.service]
  return [String(key.status === 'Active'), time(key.createdMs), ...used]
}

function certificateColumns(certificate: SigningCertificateRecord | undefined): readonly string[] {
  return certificate === undefined
    ? ['false', NONE]
    : [String(certificate.status === 'Active'), time(certificate.createdMs)]
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00')
}

/** Which services the users and roles that an ARN stands for used, and when last. Throws NoSuchEntity. */
export async function accessReport(
  reader: Reader,
  account: string,
  arn: string,
  madeMs: number,
): Promise<AccessReport> {
  const entities = await entitiesOf(reader, account, arn)
  const uses = await Promise.all(
    entities.map(async (entity) => {
      const found = await serviceUses.list(reader, { prefix: [account, entity.arn] })
      return found.map(({ value }) => ({ entity, use: value }))
    }),
  )
  return { id: newRequestId(), account, arn, madeMs, uses: uses.flat() }
}
