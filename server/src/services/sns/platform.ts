// Applications of push platforms, and their endpoints: devices. Both are kept; pushes go to the outbox.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { checkArnForm } from './arn.ts'
import { invalidParameter, notFound } from './errors.ts'

export interface PlatformApplication {
  readonly account: string
  readonly region: string
  readonly platform: string
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

export interface PlatformEndpoint extends Omit<PlatformApplication, 'attributes'> {
  readonly id: string
  readonly token: string
  readonly attributes: Readonly<Record<string, string>>
}

export const applications = new Collection<PlatformApplication>({
  name: 'sns.applications',
  codec: jsonCodec<PlatformApplication>(1),
})

export const endpoints = new Collection<PlatformEndpoint>({
  name: 'sns.endpoints',
  codec: jsonCodec<PlatformEndpoint>(1),
  indexes: { token: ({ account, region, platform, name, token }) => [[account, region, platform, name, token]] },
})

export function applicationKey({ account, region, platform, name }: Omit<PlatformApplication, 'attributes'>): Key {
  return [account, region, platform, name]
}

export function endpointKey(endpoint: Omit<PlatformEndpoint, 'attributes' | 'token'>): Key {
  return [...applicationKey(endpoint), endpoint.id]
}

export function applicationArn({ account, region, platform, name }: Omit<PlatformApplication, 'attributes'>): string {
  return `arn:aws:sns:${region}:${account}:app/${platform}/${name}`
}

export function endpointArn({ account, region, platform, name, id }: PlatformEndpoint): string {
  return `arn:aws:sns:${region}:${account}:endpoint/${platform}/${name}/${id}`
}

const APPLICATION_ARN = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):(\d{12}):app\/([A-Za-z_]+)\/([A-Za-z0-9._-]+)$/
const ENDPOINT_ARN = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):(\d{12}):endpoint\/([A-Za-z_]+)\/([A-Za-z0-9._-]+)\/([^/]+)$/

/** The key of the application that a request names. Throws InvalidParameter. */
export function parseApplicationArn(arn: string | undefined): Key {
  checkArnForm(arn ?? '', 'PlatformApplicationArn')
  const match = APPLICATION_ARN.exec(arn ?? '')
  if (match === null)
    throw invalidParameter('PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN.')
  const [, region = '', account = '', platform = '', name = ''] = match
  return [account, region, platform, name]
}

/** The key of the endpoint that a request names. Throws InvalidParameter. */
export function parseEndpointArn(arn: string | undefined, member = 'EndpointArn'): Key {
  checkArnForm(arn ?? '', member)
  const match = ENDPOINT_ARN.exec(arn ?? '')
  if (match === null)
    throw invalidParameter(`${member} Reason: Wrong number of slashes in relative portion of the ARN.`)
  const [, region = '', account = '', platform = '', name = '', id = ''] = match
  return [account, region, platform, name, id]
}

/** Throws NotFound. */
export async function requireApplication(reader: Reader, key: Key): Promise<PlatformApplication> {
  const found = await applications.get(reader, key)
  if (found === undefined) throw notFound('PlatformApplication')
  return found.value
}

/** Throws NotFound. */
export async function requireEndpoint(reader: Reader, key: Key): Promise<PlatformEndpoint> {
  const found = await endpoints.get(reader, key)
  if (found === undefined) throw notFound('Endpoint')
  return found.value
}

export function isEnabled({ attributes }: Pick<PlatformEndpoint, 'attributes'>): boolean {
  return (attributes['Enabled'] ?? 'true').toLowerCase() === 'true'
}
