// UpdateSSHPublicKey: switches an SSH key on or off.
import type { IamOperation } from '../model.ts'
import { changeOwned, readStatus } from '../owned.ts'
import { sshKeys } from '../ssh-key.ts'

export const updateSSHPublicKey: IamOperation<'UpdateSSHPublicKey'> = async (deps, input, context) => {
  const status = readStatus(input.Status)
  const named = { collection: sshKeys, what: 'SSH Public Key', userName: input.UserName, id: input.SSHPublicKeyId }
  await changeOwned(deps, context, named, (key) => ({ ...key, status }))
  return {}
}
