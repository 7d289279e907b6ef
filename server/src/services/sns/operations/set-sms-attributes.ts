// SetSMSAttributes: settings of the account for texts. They are kept and shown.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import type { SnsInput } from '../model.ts'
import { smsSettings } from '../sms.ts'

const NAMES: ReadonlySet<string> = new Set([
  'MonthlySpendLimit',
  'DeliveryStatusIAMRole',
  'DeliveryStatusSuccessSamplingRate',
  'DefaultSenderID',
  'DefaultSMSType',
  'UsageReportS3Bucket',
])

export async function setSMSAttributes(
  { store }: SnsDeps,
  input: SnsInput<'SetSMSAttributes'>,
  { account, region }: RequestContext,
): Promise<Record<string, never>> {
  const changes = input.attributes ?? {}
  check(changes)
  await transact(store, async (transaction) => {
    const before = (await smsSettings.get(transaction, [account, region]))?.value
    await smsSettings.set(transaction, [account, region], { ...before, ...changes })
  })
  return {}
}

function check(changes: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(changes).find((name) => !NAMES.has(name))
  if (unknown !== undefined) throw invalidParameter(`${unknown} is not a valid attribute`)
  const sender = changes['DefaultSenderID']
  if (sender !== undefined && !/^(?=[A-Za-z0-9]{1,11}$)(?=.*[A-Za-z])/.test(sender))
    throw invalidParameter('DefaultSenderID is not a valid attribute')
  const type = changes['DefaultSMSType']
  if (type !== undefined && type !== 'Promotional' && type !== 'Transactional')
    throw invalidParameter('DefaultSMSType is invalid')
}
