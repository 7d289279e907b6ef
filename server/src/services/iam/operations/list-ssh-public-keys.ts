// ListSSHPublicKeys: the SSH keys of a user; without a name, of the caller.
import type { IamOperation } from '../model.ts'
import { ownedBy, userOf } from '../owned.ts'
import { pageOfList } from '../pages.ts'
import { sshKeys } from '../ssh-key.ts'

export const listSSHPublicKeys: IamOperation<'ListSSHPublicKeys'> = async (deps, input, context) => {
  const { store } = deps.identity.directory
  const user = await userOf(store, input.UserName, context)
  const page = pageOfList(await ownedBy(store, sshKeys, user), ({ id }) => id, input)
  return {
    SSHPublicKeys: page.items.map(({ id, status, createdMs }) => ({
      UserName: user.name,
      SSHPublicKeyId: id,
      Status: status,
      UploadDate: new Date(createdMs),
    })),
    ...page.end,
  }
}
