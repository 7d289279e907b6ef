// What callers can ask of built operations on AWS, and not here.
import type { UnbuiltMembers } from '#protocol/operation.ts'
import { invalidParameter } from './errors.ts'
import type { SecretsModel } from './model.ts'

export const unbuiltOfSecretsManager: UnbuiltMembers<SecretsModel> = {
  members: {
    CreateSecret: ['Type'],
    UpdateSecret: ['Type'],
    ListSecrets: ['SortBy', 'SortOrder'],
    RotateSecret: ['ExternalSecretRotationMetadata', 'ExternalSecretRotationRoleArn'],
  },
  fault: (member) => invalidParameter(`${member} is not available here.`),
}
