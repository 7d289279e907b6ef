// CreatePlatformApplication: kept, and shown without its credentials. Nothing is asked of the platform.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { applicationArn, applicationKey, applications } from '../platform.ts'
import { checkApplicationAttributes, withoutCredentials } from '../platform-attributes.ts'

const PLATFORMS: ReadonlySet<string> = new Set([
  'ADM',
  'APNS',
  'APNS_SANDBOX',
  'APNS_VOIP',
  'APNS_VOIP_SANDBOX',
  'MACOS',
  'MACOS_SANDBOX',
  'BAIDU',
  'FCM',
  'GCM',
  'MPNS',
  'WNS',
])

export async function createPlatformApplication(
  { store }: SnsDeps,
  input: SnsInput<'CreatePlatformApplication'>,
  { account, region }: RequestContext,
): Promise<SnsOutput<'CreatePlatformApplication'>> {
  const { Name: name, Platform: platform, Attributes: attributes } = input
  checkName(name)
  if (!PLATFORMS.has(platform)) throw invalidParameter(`Platform Reason: ${platform} is not supported`)
  checkApplicationAttributes(attributes)
  if (attributes['PlatformCredential'] === undefined)
    throw invalidParameter('PlatformCredential Reason: no value for required parameter')
  const application = { account, region, platform, name }
  await transact(store, async (transaction) => {
    const kept = { Enabled: 'true', ...withoutCredentials(attributes) }
    await applications.set(transaction, applicationKey(application), { ...application, attributes: kept })
  })
  return { PlatformApplicationArn: applicationArn(application) }
}

function checkName(name: string): void {
  if (name === '') throw invalidParameter(`${name} Reason: cannot be empty`)
  if (name.length > 256) throw invalidParameter(`${name.slice(0, 256)} Reason: must be at most 256 characters long`)
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    throw invalidParameter(`${name} Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'`)
}
