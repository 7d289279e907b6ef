// UploadSSHPublicKey: an SSH key for a user.
import { newUniqueId } from '#base/ids.ts'
import { AwsError } from '#protocol/errors.ts'
import { required } from '../constraints.ts'
import { quotaExceeded } from '../errors.ts'
import { SSH_KEYS_PER_USER_MAX } from '../limits.ts'
import type { IamOperation } from '../model.ts'
import { ownedBy, ownedKey, userOf } from '../owned.ts'
import { fingerprint, readSshKey, type SshKeyRecord, sshKeys } from '../ssh-key.ts'

export const uploadSSHPublicKey: IamOperation<'UploadSSHPublicKey'> = async (deps, input, context) => {
  const body = readSshKey(required(input.SSHPublicKeyBody, 'sSHPublicKeyBody'))
  const { user, record } = await deps.identity.directory.change(async (transaction) => {
    const owner = await userOf(transaction, input.UserName, context)
    const kept = await ownedBy(transaction, sshKeys, owner)
    if (kept.some((one) => one.body === body))
      throw new AwsError('DuplicateSSHPublicKey', 400, 'The SSH public key is already associated with the user.')
    if (kept.length >= SSH_KEYS_PER_USER_MAX) throw quotaExceeded('SSHPublicKeysPerUser', SSH_KEYS_PER_USER_MAX)
    const made: SshKeyRecord = {
      account: context.account,
      userId: owner.id,
      id: newUniqueId('APKA'),
      status: 'Active',
      createdMs: deps.clock.nowMs(),
      body,
    }
    await sshKeys.set(transaction, ownedKey(made), made)
    return { user: owner, record: made }
  })
  return {
    SSHPublicKey: {
      UserName: user.name,
      SSHPublicKeyId: record.id,
      Fingerprint: fingerprint(body),
      SSHPublicKeyBody: body,
      Status: record.status,
      UploadDate: new Date(record.createdMs),
    },
  }
}
