// DeleteSSHPublicKey: deletes an SSH key of a user.
import type { IamOperation } from '../model.ts'
import { changeOwned } from '../owned.ts'
import { sshKeys } from '../ssh-key.ts'

export const deleteSSHPublicKey: IamOperation<'DeleteSSHPublicKey'> = async (deps, input, context) => {
  const named = { collection: sshKeys, what: 'SSH Public Key', userName: input.UserName, id: input.SSHPublicKeyId }
  await changeOwned(deps, context, named, () => undefined)
  return {}
}
