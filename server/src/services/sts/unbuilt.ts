// What callers can ask of built operations on AWS, and not here.
import type { UnbuiltMembers } from '#protocol/operation.ts'
import { validationError } from './errors.ts'
import type { StsModel } from './model.ts'

export const unbuiltOfSts: UnbuiltMembers<StsModel> = {
  members: {
    AssumeRole: ['ProvidedContexts', 'MinimumSessionTokenSize'],
    AssumeRoleWithWebIdentity: ['ProviderId', 'MinimumSessionTokenSize'],
    GetFederationToken: ['MinimumSessionTokenSize'],
    GetSessionToken: ['MinimumSessionTokenSize'],
  },
  fault: (member) => validationError(`${member} is not available here.`),
}
