// Credentials for one service of AWS. Those services are not here: the credentials are kept and shown, and their passwords,
// which nothing here asks for, are told once and not kept.
import { newSecretAccessKey } from '#base/ids.ts'
import type { UserRecord } from '#identity/directory/records.ts'
import { AwsError } from '#protocol/errors.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Owned } from './owned.ts'

export interface ServiceCredentialRecord extends Owned {
  /** `codecommit.amazonaws.com`. */
  readonly service: string
  readonly serviceUser: string
}

export const serviceCredentials = new Collection<ServiceCredentialRecord>({
  name: 'identity.service-credentials',
  codec: jsonCodec<ServiceCredentialRecord>(1),
  indexes: { user: ({ account, userId }) => [[account, userId]] },
})

const SERVICES: ReadonlySet<string> = new Set(['codecommit.amazonaws.com', 'cassandra.amazonaws.com'])

/** Throws NotSupportedService. */
export function checkService(name: string): string {
  if (SERVICES.has(name)) return name
  throw new AwsError(
    'NotSupportedService',
    404,
    `No such service ${name} is supported for Service Specific Credentials`,
  )
}

export function newPassword(): string {
  return newSecretAccessKey()
}

export function showServiceCredential(user: Pick<UserRecord, 'name'>, record: ServiceCredentialRecord) {
  return {
    UserName: user.name,
    Status: record.status,
    ServiceUserName: record.serviceUser,
    CreateDate: new Date(record.createdMs),
    ServiceSpecificCredentialId: record.id,
    ServiceName: record.service,
  }
}
