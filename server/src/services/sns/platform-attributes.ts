// The attributes of platform applications and their endpoints.
import { invalidParameter } from './errors.ts'
import { CUSTOM_USER_DATA_BYTES_MAX } from './limits.ts'

const APPLICATION = new Set([
  'PlatformCredential',
  'PlatformPrincipal',
  'EventEndpointCreated',
  'EventEndpointDeleted',
  'EventEndpointUpdated',
  'EventDeliveryFailure',
  'SuccessFeedbackRoleArn',
  'FailureFeedbackRoleArn',
  'SuccessFeedbackSampleRate',
  'Enabled',
  'ApplePlatformTeamID',
  'ApplePlatformBundleID',
])
const ENDPOINT = new Set(['CustomUserData', 'Enabled', 'Token'])
/** Never shown, and of no use here: nothing is sent to the platform. */
const CREDENTIALS = new Set(['PlatformCredential', 'PlatformPrincipal'])

/** Throws InvalidParameter. */
export function checkApplicationAttributes(attributes: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(attributes).find((name) => !APPLICATION.has(name))
  if (unknown !== undefined) throw invalidParameter(`Attributes Reason: Invalid attribute name: ${unknown}`)
}

export function withoutCredentials(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !CREDENTIALS.has(name)))
}

/** Throws InvalidParameter. */
export function checkEndpointAttributes(attributes: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(attributes).find((name) => !ENDPOINT.has(name))
  if (unknown !== undefined) throw invalidParameter(`Attributes Reason: Invalid attribute name: ${unknown}`)
  if (Buffer.byteLength(attributes['CustomUserData'] ?? '') > CUSTOM_USER_DATA_BYTES_MAX)
    throw invalidParameter(
      'Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding',
    )
  const enabled = attributes['Enabled']
  if (enabled !== undefined && !/^(?:true|false)$/i.test(enabled))
    throw invalidParameter('Attributes Reason: Invalid value for attribute: Enabled: must be true or false')
}
