// What callers can ask of built operations on AWS, and not here.
import type { UnbuiltMembers } from '#protocol/operation.ts'
import { unsupported } from './errors.ts'
import type { KmsModel } from './model.ts'

export const unbuiltOfKms: UnbuiltMembers<KmsModel> = {
  members: {
    CreateGrant: ['GranteeServicePrincipal', 'RetiringServicePrincipal'],
    CreateKey: ['CustomKeyStoreId', 'XksKeyId'],
    Decrypt: ['Recipient', 'DryRunModifiers'],
    DeleteImportedKeyMaterial: ['KeyMaterialId'],
    DeriveSharedSecret: ['Recipient'],
    GenerateDataKey: ['Recipient'],
    GenerateDataKeyPair: ['Recipient'],
    GenerateRandom: ['CustomKeyStoreId', 'Recipient'],
    ImportKeyMaterial: ['KeyMaterialDescription', 'KeyMaterialId'],
    ListGrants: ['GranteeServicePrincipal'],
    ListKeyRotations: ['IncludeKeyMaterial=ROTATIONS_ONLY'],
    ListRetirableGrants: ['RetiringServicePrincipal'],
    ReEncrypt: ['DryRunModifiers'],
  },
  fault: (member) => unsupported(`${member} is not available here.`),
}
