// CreatePlatformEndpoint: idempotent for the same token with the same attributes.
import { newRequestId } from '#base/ids.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import {
  endpointArn,
  endpointKey,
  endpoints,
  parseApplicationArn,
  type PlatformEndpoint,
  requireApplication,
} from '../platform.ts'
import { checkEndpointAttributes } from '../platform-attributes.ts'

export async function createPlatformEndpoint(
  { store }: SnsDeps,
  input: SnsInput<'CreatePlatformEndpoint'>,
): Promise<SnsOutput<'CreatePlatformEndpoint'>> {
  const key = parseApplicationArn(input.PlatformApplicationArn)
  const token = input.Token ?? ''
  if (token === '') throw invalidParameter('Token Reason: no value for required parameter')
  const given = input.Attributes ?? {}
  checkEndpointAttributes(given)
  const attributes = {
    Enabled: 'true',
    ...(input.CustomUserData !== undefined && { CustomUserData: input.CustomUserData }),
    ...given,
    Token: token,
  }
  checkEndpointAttributes(attributes)
  const arn = await transact(store, async (transaction) => {
    const { account, region, platform, name } = await requireApplication(transaction, key)
    const [before] = await endpoints.listIndex(transaction, 'token', { prefix: [...key, token] }, { limit: 1 })
    if (before !== undefined) return sameOrThrow(before.value, attributes)
    const endpoint: PlatformEndpoint = { account, region, platform, name, id: newRequestId(), token, attributes }
    await endpoints.set(transaction, endpointKey(endpoint), endpoint)
    return endpointArn(endpoint)
  })
  return { EndpointArn: arn }
}

function sameOrThrow(before: PlatformEndpoint, attributes: Readonly<Record<string, string>>): string {
  const arn = endpointArn(before)
  const names = new Set([...Object.keys(before.attributes), ...Object.keys(attributes)])
  if ([...names].some((name) => before.attributes[name] !== attributes[name]))
    throw invalidParameter(
      `Token Reason: Endpoint ${arn} already exists with the same Token, but different attributes.`,
    )
  return arn
}
