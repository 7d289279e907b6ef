import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { smsSettings } from '../sms.ts'

/** GetSMSAttributes: all, or those that are named. */
export async function getSMSAttributes(
  { store }: SnsDeps,
  input: SnsInput<'GetSMSAttributes'>,
  { account, region }: RequestContext,
): Promise<SnsOutput<'GetSMSAttributes'>> {
  const found = (await smsSettings.get(store, [account, region]))?.value
  const settings = Object.entries({ MonthlySpendLimit: '1', ...found })
  const wanted = input.attributes ?? []
  return {
    attributes: Object.fromEntries(settings.filter(([name]) => wanted.length === 0 || wanted.includes(name))),
  }
}
