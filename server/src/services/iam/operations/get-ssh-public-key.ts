// GetSSHPublicKey: an SSH key of a user, as SSH or as PEM.
import { validationError } from '../errors.ts'
import type { IamOperation } from '../model.ts'
import { requireOwned, userOf } from '../owned.ts'
import { fingerprint, sshKeys, toPem } from '../ssh-key.ts'

export const getSSHPublicKey: IamOperation<'GetSSHPublicKey'> = async (deps, input, context) => {
  const { store } = deps.identity.directory
  const user = await userOf(store, input.UserName, context)
  const key = await requireOwned(store, sshKeys, user, input.SSHPublicKeyId, 'SSH Public Key')
  const encoding: string | undefined = input.Encoding
  if (encoding !== 'SSH' && encoding !== 'PEM')
    throw validationError(
      `1 validation error detected: Value '${encoding}' at 'encoding' failed to satisfy constraint: Member must satisfy enum value set: [SSH, PEM]`,
    )
  return {
    SSHPublicKey: {
      UserName: user.name,
      SSHPublicKeyId: key.id,
      Fingerprint: fingerprint(key.body),
      SSHPublicKeyBody: encoding === 'SSH' ? key.body : toPem(key.body),
      Status: key.status,
      UploadDate: new Date(key.createdMs),
    },
  }
}
