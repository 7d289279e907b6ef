// Every operation of KMS: who handles it, and what it needs permission for. Actions and resources are those of the service
// authorization reference. The policy of a key has the last word on it; grants count as statements of it.
import { parseCiphertext } from '#identity/vault/ciphertext.ts'
import { parseKeyName } from '#identity/vault/key-name.ts'
import { keyAliases, keyArn } from '#identity/vault/key-record.ts'
import {
  bindService,
  type ConditionValues,
  type FurtherPermission,
  type OperationTable,
  type RequestContext,
  type ResourceConditions,
  type ResourcePolicies,
  type Service,
} from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import { grantsAsPolicy, grantsOf } from './grants.ts'
import { arnOfName } from './keys.ts'
import type { KmsDeps, KmsInput, KmsModel } from './model.ts'
import { cancelKeyDeletion } from './operations/cancel-key-deletion.ts'
import { createAlias } from './operations/create-alias.ts'
import { createGrant } from './operations/create-grant.ts'
import { createKey } from './operations/create-key.ts'
import { decrypt } from './operations/decrypt.ts'
import { deleteAlias } from './operations/delete-alias.ts'
import { describeKey } from './operations/describe-key.ts'
import { disableKey } from './operations/disable-key.ts'
import { disableKeyRotation } from './operations/disable-key-rotation.ts'
import { enableKey } from './operations/enable-key.ts'
import { enableKeyRotation } from './operations/enable-key-rotation.ts'
import { encrypt } from './operations/encrypt.ts'
import { generateDataKey } from './operations/generate-data-key.ts'
import { generateDataKeyPair } from './operations/generate-data-key-pair.ts'
import { generateDataKeyPairWithoutPlaintext } from './operations/generate-data-key-pair-without-plaintext.ts'
import { generateDataKeyWithoutPlaintext } from './operations/generate-data-key-without-plaintext.ts'
import { generateMac } from './operations/generate-mac.ts'
import { generateRandom } from './operations/generate-random.ts'
import { getKeyPolicy } from './operations/get-key-policy.ts'
import { getKeyRotationStatus } from './operations/get-key-rotation-status.ts'
import { getPublicKey } from './operations/get-public-key.ts'
import { listAliases } from './operations/list-aliases.ts'
import { listGrants } from './operations/list-grants.ts'
import { listKeyPolicies } from './operations/list-key-policies.ts'
import { listKeyRotations } from './operations/list-key-rotations.ts'
import { listKeys } from './operations/list-keys.ts'
import { listResourceTags } from './operations/list-resource-tags.ts'
import { listRetirableGrants } from './operations/list-retirable-grants.ts'
import { putKeyPolicy } from './operations/put-key-policy.ts'
import { reEncrypt } from './operations/re-encrypt.ts'
import { retireGrant } from './operations/retire-grant.ts'
import { revokeGrant } from './operations/revoke-grant.ts'
import { rotateKeyOnDemand } from './operations/rotate-key-on-demand.ts'
import { scheduleKeyDeletion } from './operations/schedule-key-deletion.ts'
import { sign } from './operations/sign.ts'
import { tagResource } from './operations/tag-resource.ts'
import { untagResource } from './operations/untag-resource.ts'
import { updateAlias } from './operations/update-alias.ts'
import { updateKeyDescription } from './operations/update-key-description.ts'
import { verify } from './operations/verify.ts'
import { getParametersForImport } from './operations/get-parameters-for-import.ts'
import { importKeyMaterial } from './operations/import-key-material.ts'
import { deleteImportedKeyMaterial } from './operations/delete-imported-key-material.ts'
import { deriveSharedSecret } from './operations/derive-shared-secret.ts'
import { verifyMac } from './operations/verify-mac.ts'
import { unbuiltOfKms } from './unbuilt.ts'

type Text = string | undefined

function onAnything(): string {
  return '*'
}

function onKey({ KeyId }: { readonly KeyId?: Text }, context: RequestContext): string {
  return arnOfName(context, KeyId)
}

/** A symmetric ciphertext names its key itself. */
function ofCiphertext(ciphertext: Uint8Array | undefined, keyId: Text, context: RequestContext): string {
  if (keyId !== undefined) return arnOfName(context, keyId)
  const parsed = ciphertext === undefined ? undefined : parseCiphertext(ciphertext)
  return parsed === undefined ? arnOfName(context, undefined) : keyArn(parsed)
}

function onCiphertext({ CiphertextBlob, KeyId }: KmsInput<'Decrypt'>, context: RequestContext): string {
  return ofCiphertext(CiphertextBlob, KeyId, context)
}

function onSource({ CiphertextBlob, SourceKeyId }: KmsInput<'ReEncrypt'>, context: RequestContext): string {
  return ofCiphertext(CiphertextBlob, SourceKeyId, context)
}

function onDestination(input: KmsInput<'ReEncrypt'>, context: RequestContext): readonly FurtherPermission[] {
  return [{ action: 'kms:ReEncryptTo', resource: arnOfName(context, input.DestinationKeyId) }]
}

function onTarget({ TargetKeyId }: { readonly TargetKeyId?: Text }, context: RequestContext): string {
  return arnOfName(context, TargetKeyId)
}

function onNamedAlias({ AliasName }: { readonly AliasName?: Text }, { account, region }: RequestContext): string {
  return `arn:aws:kms:${region}:${account}:${AliasName ?? 'alias/*'}`
}

/** Names are resources beside their keys: both must be allowed. */
function onAlias(input: { readonly AliasName?: Text }, context: RequestContext): readonly FurtherPermission[] {
  return [{ action: `kms:${context.operation}`, resource: onNamedAlias(input, context) }]
}

/** A grant that is named by its token alone is found with it. */
function onGrantKey({ KeyId }: { readonly KeyId?: Text }, context: RequestContext): string {
  return arnOfName(context, KeyId)
}

function contextKeys(encryptionContext: Readonly<Record<string, string>> | undefined): ConditionValues {
  const pairs = Object.entries(encryptionContext ?? {})
  if (pairs.length === 0) return {}
  return {
    ...Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
    'kms:EncryptionContextKeys': pairs.map(([name]) => name),
  }
}

function givenContext(input: {
  readonly EncryptionContext?: Readonly<Record<string, string>> | undefined
}): ConditionValues {
  return contextKeys(input.EncryptionContext)
}

function importing(input: KmsInput<'ImportKeyMaterial'>): ConditionValues {
  return {
    'kms:ExpirationModel': input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES',
    'kms:ValidTo': input.ValidTo?.toISOString(),
  }
}

function sourceContext(input: KmsInput<'ReEncrypt'>): ConditionValues {
  return contextKeys(input.SourceEncryptionContext)
}

export const kmsOperations: OperationTable<KmsDeps, KmsModel> = {
  CancelKeyDeletion: { handle: cancelKeyDeletion, action: 'kms:CancelKeyDeletion', resource: onKey },
  ConnectCustomKeyStore: { handle: 'notImplemented', action: 'kms:ConnectCustomKeyStore', resource: onAnything },
  CreateAlias: { handle: createAlias, action: 'kms:CreateAlias', resource: onTarget, also: onAlias },
  CreateCustomKeyStore: { handle: 'notImplemented', action: 'kms:CreateCustomKeyStore', resource: onAnything },
  CreateGrant: { handle: createGrant, action: 'kms:CreateGrant', resource: onKey },
  CreateKey: { handle: createKey, action: 'kms:CreateKey', resource: onAnything },
  Decapsulate: { handle: 'notImplemented', action: 'kms:Decapsulate', resource: onKey },
  Decrypt: { handle: decrypt, action: 'kms:Decrypt', resource: onCiphertext, conditions: givenContext },
  DeleteAlias: { handle: deleteAlias, action: 'kms:DeleteAlias', resource: onNamedAlias },
  DeleteCustomKeyStore: { handle: 'notImplemented', action: 'kms:DeleteCustomKeyStore', resource: onAnything },
  DeleteImportedKeyMaterial: {
    handle: deleteImportedKeyMaterial,
    action: 'kms:DeleteImportedKeyMaterial',
    resource: onKey,
  },
  DeriveSharedSecret: { handle: deriveSharedSecret, action: 'kms:DeriveSharedSecret', resource: onKey },
  DescribeCustomKeyStores: { handle: 'notImplemented', action: 'kms:DescribeCustomKeyStores', resource: onAnything },
  DescribeKey: { handle: describeKey, action: 'kms:DescribeKey', resource: onKey },
  DisableKey: { handle: disableKey, action: 'kms:DisableKey', resource: onKey },
  DisableKeyRotation: { handle: disableKeyRotation, action: 'kms:DisableKeyRotation', resource: onKey },
  DisconnectCustomKeyStore: { handle: 'notImplemented', action: 'kms:DisconnectCustomKeyStore', resource: onAnything },
  EnableKey: { handle: enableKey, action: 'kms:EnableKey', resource: onKey },
  EnableKeyRotation: { handle: enableKeyRotation, action: 'kms:EnableKeyRotation', resource: onKey },
  Encapsulate: { handle: 'notImplemented', action: 'kms:Encapsulate', resource: onKey },
  Encrypt: { handle: encrypt, action: 'kms:Encrypt', resource: onKey, conditions: givenContext },
  GenerateDataKey: {
    handle: generateDataKey,
    action: 'kms:GenerateDataKey',
    resource: onKey,
    conditions: givenContext,
  },
  GenerateDataKeyPair: {
    handle: generateDataKeyPair,
    action: 'kms:GenerateDataKeyPair',
    resource: onKey,
    conditions: givenContext,
  },
  GenerateDataKeyPairWithoutPlaintext: {
    handle: generateDataKeyPairWithoutPlaintext,
    action: 'kms:GenerateDataKeyPairWithoutPlaintext',
    resource: onKey,
    conditions: givenContext,
  },
  GenerateDataKeyWithoutPlaintext: {
    handle: generateDataKeyWithoutPlaintext,
    action: 'kms:GenerateDataKeyWithoutPlaintext',
    resource: onKey,
    conditions: givenContext,
  },
  GenerateMac: { handle: generateMac, action: 'kms:GenerateMac', resource: onKey },
  GenerateRandom: { handle: generateRandom, action: 'kms:GenerateRandom', resource: onAnything },
  GetKeyLastUsage: { handle: 'notImplemented', action: 'kms:GetKeyLastUsage', resource: onKey },
  GetKeyPolicy: { handle: getKeyPolicy, action: 'kms:GetKeyPolicy', resource: onKey },
  GetKeyRotationStatus: { handle: getKeyRotationStatus, action: 'kms:GetKeyRotationStatus', resource: onKey },
  GetParametersForImport: { handle: getParametersForImport, action: 'kms:GetParametersForImport', resource: onKey },
  GetPublicKey: { handle: getPublicKey, action: 'kms:GetPublicKey', resource: onKey },
  ImportKeyMaterial: {
    handle: importKeyMaterial,
    action: 'kms:ImportKeyMaterial',
    resource: onKey,
    conditions: importing,
  },
  ListAliases: { handle: listAliases, action: 'kms:ListAliases', resource: onAnything },
  ListGrants: { handle: listGrants, action: 'kms:ListGrants', resource: onKey },
  ListKeyPolicies: { handle: listKeyPolicies, action: 'kms:ListKeyPolicies', resource: onKey },
  ListKeyRotations: { handle: listKeyRotations, action: 'kms:ListKeyRotations', resource: onKey },
  ListKeys: { handle: listKeys, action: 'kms:ListKeys', resource: onAnything },
  ListResourceTags: { handle: listResourceTags, action: 'kms:ListResourceTags', resource: onKey },
  ListRetirableGrants: { handle: listRetirableGrants, action: 'kms:ListRetirableGrants', resource: onAnything },
  PutKeyPolicy: { handle: putKeyPolicy, action: 'kms:PutKeyPolicy', resource: onKey },
  ReEncrypt: {
    handle: reEncrypt,
    action: 'kms:ReEncryptFrom',
    resource: onSource,
    also: onDestination,
    conditions: sourceContext,
  },
  ReplicateKey: { handle: 'notImplemented', action: 'kms:ReplicateKey', resource: onKey },
  RetireGrant: { handle: retireGrant, action: 'kms:RetireGrant', resource: onGrantKey },
  RevokeGrant: { handle: revokeGrant, action: 'kms:RevokeGrant', resource: onKey },
  RotateKeyOnDemand: { handle: rotateKeyOnDemand, action: 'kms:RotateKeyOnDemand', resource: onKey },
  ScheduleKeyDeletion: { handle: scheduleKeyDeletion, action: 'kms:ScheduleKeyDeletion', resource: onKey },
  Sign: { handle: sign, action: 'kms:Sign', resource: onKey },
  TagResource: { handle: tagResource, action: 'kms:TagResource', resource: onKey },
  UntagResource: { handle: untagResource, action: 'kms:UntagResource', resource: onKey },
  UpdateAlias: { handle: updateAlias, action: 'kms:UpdateAlias', resource: onTarget, also: onAlias },
  UpdateCustomKeyStore: { handle: 'notImplemented', action: 'kms:UpdateCustomKeyStore', resource: onAnything },
  UpdateKeyDescription: { handle: updateKeyDescription, action: 'kms:UpdateKeyDescription', resource: onKey },
  UpdatePrimaryRegion: { handle: 'notImplemented', action: 'kms:UpdatePrimaryRegion', resource: onKey },
  Verify: { handle: verify, action: 'kms:Verify', resource: onKey },
  VerifyMac: { handle: verifyMac, action: 'kms:VerifyMac', resource: onKey },
}

export function createKmsService(deps: KmsDeps): Service {
  return {
    ...bindService('kms', kmsOperations, deps, unbuiltOfKms),
    resourcePolicies: (resource, context) => policiesOf(deps, resource, context),
    resourceConditions: keyConditions(deps),
    deniesRoot: (operation) => operation !== 'PutKeyPolicy' && operation !== 'GetKeyPolicy',
  }
}

/** A key's tags, and the names that it has. */
function keyConditions({ store, vault }: KmsDeps): ResourceConditions {
  const tags = resourceTags(async (resource, context) => {
    if (!resource.startsWith('arn:') || resource.endsWith('*')) return undefined
    return (await vault.find(store, parseKeyName(context, resource)))?.tags
  })
  return {
    prefixes: [...tags.prefixes, ALIASES_KEY],
    async read(resource, context, input) {
      const [, region, account, keyId] = /^arn:aws[a-z-]*:kms:([^:]*):(\d{12}):key\/(.+)$/.exec(resource) ?? []
      const values = await tags.read(resource, context, input)
      if (region === undefined || account === undefined || keyId === undefined) return values
      const found = await keyAliases.listIndex(
        store,
        'key',
        { prefix: [account, region, keyId] },
        { limit: ALIASES_ASKED_MAX },
      )
      return found.length === 0 ? values : { ...values, [ALIASES_KEY]: found.map(({ value }) => value.name) }
    },
  }
}

const ALIASES_KEY = 'kms:resourcealiases'
/** Names of one key that a policy is told; AWS's quota of them. */
const ALIASES_ASKED_MAX = 50

async function policiesOf(
  { store, vault }: KmsDeps,
  resource: string,
  context: RequestContext,
): Promise<ResourcePolicies | undefined> {
  // Names of keys that do not exist, and `*`: nothing hangs on them.
  if (!resource.startsWith('arn:') || resource.endsWith('*')) return undefined
  const isAliasItself = context.operation.endsWith('Alias') && resource.includes(':alias/')
  const record = isAliasItself ? undefined : await vault.find(store, parseKeyName(context, resource))
  if (record === undefined) return undefined
  const granted = grantsAsPolicy(await grantsOf(store, record))
  return {
    owner: record.account,
    arn: keyArn(record),
    documents: granted === undefined ? [record.policy] : [record.policy, granted],
    decides: true,
  }
}
