// What callers can ask of built operations on AWS, and not here.
import type { UnbuiltMembers } from '#protocol/operation.ts'
import { invalidInput } from './errors.ts'
import type { IamModel } from './model.ts'

export const unbuiltOfIam: UnbuiltMembers<IamModel> = {
  members: {
    CreateSAMLProvider: ['AddPrivateKey', 'AssertionEncryptionMode'],
    UpdateSAMLProvider: ['AddPrivateKey', 'AssertionEncryptionMode', 'RemovePrivateKey'],
    CreateServiceSpecificCredential: ['CredentialAgeDays'],
    GenerateServiceLastAccessedDetails: ['Granularity=SERVICE_LEVEL'],
    SimulateCustomPolicy: ['OrderedOrganizationPolicyInputList', 'ResourceHandlingOption'],
    SimulatePrincipalPolicy: ['CallerArn', 'PolicyExclusionList', 'ResourceHandlingOption'],
  },
  fault: (member) => invalidInput(`${member} is not available here.`),
}
