// CreateServiceSpecificCredential: a name and a password for one service, told once.
import { newUniqueId } from '#base/ids.ts'
import { required } from '../constraints.ts'
import { quotaExceeded } from '../errors.ts'
import { SERVICE_CREDENTIALS_PER_USER_MAX } from '../limits.ts'
import type { IamOperation } from '../model.ts'
import { ownedBy, ownedKey, userOf } from '../owned.ts'
import {
  checkService,
  newPassword,
  type ServiceCredentialRecord,
  serviceCredentials,
  showServiceCredential,
} from '../service-credential.ts'

export const createServiceSpecificCredential: IamOperation<'CreateServiceSpecificCredential'> = async (
  deps,
  input,
  context,
) => {
  const service = checkService(required(input.ServiceName, 'serviceName'))
  const { user, record } = await deps.identity.directory.change(async (transaction) => {
    const owner = await userOf(transaction, input.UserName, context)
    const kept = (await ownedBy(transaction, serviceCredentials, owner)).filter((one) => one.service === service)
    if (kept.length >= SERVICE_CREDENTIALS_PER_USER_MAX)
      throw quotaExceeded('ServiceSpecificCredentialsPerUser', SERVICE_CREDENTIALS_PER_USER_MAX)
    const place = kept.length === 0 ? '' : `+${kept.length}`
    const made: ServiceCredentialRecord = {
      account: context.account,
      userId: owner.id,
      id: newUniqueId('ACCA'),
      status: 'Active',
      createdMs: deps.clock.nowMs(),
      service,
      serviceUser: `${owner.name}${place}-at-${context.account}`,
    }
    await serviceCredentials.set(transaction, ownedKey(made), made)
    return { user: owner, record: made }
  })
  return { ServiceSpecificCredential: { ...showServiceCredential(user, record), ServicePassword: newPassword() } }
}
