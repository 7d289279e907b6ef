// Every member of the input of a built operation is read by its code, or refused by name (unbuilt.ts), or stands here with
// the reason why nothing is lost when it is ignored.
import { loadModel } from '#protocol/load-model.ts'
import type { Shape } from '#protocol/schema.ts'
import { SERVICE_IDS, type ServiceId } from '#protocol/services.ts'
import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { UNBUILT_MEMBERS } from '../../../tools/operation-tables.ts'
import { importsOf, type SourceFile, sourceFiles } from './source-files.ts'

/** Service and operation, or the service alone, and the member -> why it may be ignored. */
const IGNORED: Readonly<Record<string, string>> = {
  'kms GrantTokens': 'grants count at once',
  'kms BypassPolicyLockoutSafetyCheck': 'nobody locks himself out: root can always mend the policy',
  'kms ListKeyPolicies Limit': 'a key has one policy',
  'kms ListKeyPolicies Marker': 'a key has one policy',
  'secrets-manager ListSecretVersionIds MaxResults': 'all fit one page',
  'secrets-manager ListSecretVersionIds NextToken': 'all fit one page',
  'secrets-manager PutSecretValue RotationToken': 'for rotation by another account, which is not here',
  'secrets-manager ValidateResourcePolicy SecretId': 'says only whose policy it will be',
  'iam ListAccountAliases Marker': 'an account has one alias',
  'iam ListAccountAliases MaxItems': 'an account has one alias',
  'sts AssumeRole ExternalId': 'a condition key: service.ts',
  's3 RequestPayer': 'nobody is billed',
  's3 ContentLength': 'the body has it',
  's3 ContentMD5': 'held by the gateway for every body',
  's3 MFA': 'deletion by a second factor cannot be switched on',
  's3 Token': 'AWS gives no such tokens any more',
  's3 PutBucketPolicy ConfirmRemoveSelfBucketAccess': 'the owner can always change the policy',
  's3 RenameObject ClientToken': 'a rename that is sent again finds no source: a gap, told in s3.md',
  'dynamodb PutResourcePolicy ConfirmRemoveSelfResourceAccess': 'the owner can always change the policy',
  'dynamodb DisableKinesisStreamingDestination EnableKinesisStreamingConfiguration': 'means nothing when disabling',
  'sns CreateSMSSandboxPhoneNumber LanguageCode': 'the outbox has one language',
  'sns ListOriginationNumbers MaxResults': 'there are none',
  'sns ListOriginationNumbers NextToken': 'there are none',
  'eventbridge Force': 'for rules that services manage, of which there are none',
  'cloudwatch-logs FilterLogEvents interleaved': 'AWS: ignored since 2019, always true',
  'cloudwatch-logs PutLogEvents entity': 'AWS shows it in its console only',
  'cloudtrail NextToken': 'all fit one page',
  'cloudtrail RemoveTags TagsList.Value': 'a tag goes by its key',
  'iam ContextEntries.ContextKeyType': 'conditions say how they compare',
  's3 AccessControlPolicy.Grants.Grantee.DisplayName': 'AWS ignores it, too',
  's3 AccessControlPolicy.Owner.DisplayName': 'AWS ignores it, too',
  's3 PutBucketLogging BucketLoggingStatus.LoggingEnabled.TargetGrants.Grantee.DisplayName': 'AWS ignores it, too',
  's3 PutBucketAnalyticsConfiguration AnalyticsConfiguration.StorageClassAnalysis.*': 'kept and shown whole',
  's3 PutBucketInventoryConfiguration InventoryConfiguration.*': 'kept and shown whole',
  's3 PutBucketMetricsConfiguration MetricsConfiguration.Filter.*': 'kept and shown whole',
  's3 PutBucketReplication ReplicationConfiguration.Rules.Destination.ReplicationTime': 'kept and shown: s3.md',
  's3 PutBucketReplication ReplicationConfiguration.Rules.Destination.Metrics.EventThreshold': 'kept and shown: s3.md',
  's3 RestoreObject RestoreRequest.Description': 'for the Select kind only, which is refused',
  // Refused with all that is in them, by the code of their operation.
  's3 CreateBucket CreateBucketConfiguration.Bucket.*': 'refused whole',
  's3 RestoreObject RestoreRequest.SelectParameters.*': 'refused whole',
  's3 RestoreObject RestoreRequest.OutputLocation.*': 'refused whole',
  's3 PutObjectRetention Retention.EventHoldDuration.*': 'refused whole',
  'dynamodb CreateTable VectorIndexes.*': 'refused whole',
  'dynamodb ImportTable TableCreationParameters.VectorIndexes.*': 'refused whole',
  'dynamodb UpdateTable VectorIndexUpdates.*': 'refused whole',
  'dynamodb UpdateTable ReplicaUpdates.*': 'refused whole',
  'dynamodb UpdateTable GlobalTableWitnessUpdates.*': 'refused whole',
  'dynamodb ExportTableToPointInTime IncrementalExportSpecification.*': 'refused whole',
  'eventbridge PutTargets Targets.KinesisParameters.*': 'refused whole',
  'eventbridge PutTargets Targets.RunCommandParameters.*': 'refused whole',
  'eventbridge PutTargets Targets.EcsParameters.*': 'refused whole',
  'eventbridge PutTargets Targets.BatchParameters.*': 'refused whole',
  'eventbridge PutTargets Targets.HttpParameters.*': 'refused whole',
  'eventbridge PutTargets Targets.RedshiftDataParameters.*': 'refused whole',
  'eventbridge PutTargets Targets.SageMakerPipelineParameters.*': 'refused whole',
  'eventbridge PutTargets Targets.AppSyncParameters.*': 'refused whole',
  'lambda VpcConfig.*': 'refused whole, unless it is empty',
  'lambda FileSystemConfigs.*': 'refused whole',
  'lambda CapacityProviderConfig.*': 'refused whole',
  'lambda AmazonManagedKafkaEventSourceConfig.*': 'sources of this kind are refused',
  'lambda SelfManagedKafkaEventSourceConfig.*': 'sources of this kind are refused',
  'lambda DocumentDBEventSourceConfig.*': 'sources of this kind are refused',
  'lambda ProvisionedPollerConfig.PollerGroupName': 'for sources that are refused',
}

const OPERATION = /^server\/src\/services\/([a-z0-9-]+)\/operations\/([a-z0-9-]+)\.ts$/
/** Shared by all operations of a service: a word in there says nothing about one of them. */
const SHARED = /\/(?:model|service|limits|errors)\.ts$/
const files = new Map(
  sourceFiles(/^server\/src\/.*\.ts$/)
    .filter(({ path }) => !path.endsWith('.test.ts'))
    .map((file) => [file.path, file]),
)

/** The words of an operation's file and of what it imports from its own service. */
function wordsOf(file: SourceFile, seen = new Set<string>()): ReadonlySet<string> {
  seen.add(file.path)
  const words = new Set(file.text.match(/[A-Za-z_]\w*/g))
  for (const specifier of importsOf(file.text)) {
    const path = posix.join(posix.dirname(file.path), specifier)
    const imported = files.get(path)
    if (!specifier.startsWith('.') || SHARED.test(path) || imported === undefined || seen.has(path)) continue
    for (const word of wordsOf(imported, seen)) words.add(word)
  }
  return words
}

/** Service -> operation in lower case -> its file. */
function operationFiles(): ReadonlyMap<string, ReadonlyMap<string, SourceFile>> {
  const found = new Map<string, Map<string, SourceFile>>()
  for (const file of files.values()) {
    const [, service = '', operation = ''] = OPERATION.exec(file.path) ?? []
    if (service === '') continue
    const ofService = found.get(service) ?? new Map<string, SourceFile>()
    found.set(service, ofService.set(operation.replaceAll('-', ''), file))
  }
  return found
}

/** Members that `unbuilt.ts` names for an operation. */
function refusedBy(service: string, operation: string): ReadonlySet<string> {
  const members = new Map(Object.entries(UNBUILT_MEMBERS)).get(service)?.[operation] ?? []
  return new Set(members.map((one) => one.split('=')[0] ?? ''))
}

/** Members below a shape, each with its path, as far down as they are read or refused. */
function unreadOf(
  shape: Shape | undefined,
  isKnown: (name: string) => boolean,
  path = '',
  above: readonly Shape[] = [],
): readonly string[] {
  if (shape === undefined || above.includes(shape)) return []
  const around = [...above, shape]
  if (shape.kind === 'list') return unreadOf(shape.element.shape, isKnown, path, around)
  if (shape.kind === 'map') return unreadOf(shape.value.shape, isKnown, path, around)
  if (shape.kind !== 'structure') return []
  return shape.members.flatMap((member) => {
    const name = path === '' ? member.name : `${path}.${member.name}`
    return isKnown(member.name) ? unreadOf(member.shape, isKnown, name, around) : [name]
  })
}

/** The reason why a member may be ignored: its own, or one of all below a member above it. */
function reasonOf(service: string, operation: string, member: string): string | undefined {
  const parts = member.split('.')
  const parents = parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('.')}.*`)
  return [member, ...parents]
    .flatMap((name) => [`${service} ${name}`, `${service} ${operation} ${name}`])
    .find((key) => key in IGNORED)
}

test('no member of an input is ignored in silence', () => {
  const unread: string[] = []
  const needed = new Set<string>()
  let operations = 0
  for (const [service, ofService] of operationFiles()) {
    assert.ok(SERVICE_IDS.includes(service as ServiceId), service)
    const model = loadModel(service as ServiceId)
    for (const operationName of model.operationNames()) {
      const file = ofService.get(operationName.toLowerCase())
      const operation = model.operation(operationName)
      if (file === undefined || operation === undefined) continue
      operations++
      const words = wordsOf(file)
      const refused = refusedBy(service, operation.name)
      for (const member of unreadOf(operation.input, (name) => words.has(name) && !refused.has(name))) {
        if (refused.has(member)) continue
        const reason = reasonOf(service, operation.name, member)
        if (reason === undefined) unread.push(`${service} ${operation.name} ${member}`)
        else needed.add(reason)
      }
    }
  }
  assert.ok(operations > 500, `${operations} operations were looked at`)
  assert.deepEqual(unread, [])
  assert.deepEqual(
    Object.keys(IGNORED).filter((key) => !needed.has(key)),
    [],
    'reasons that nothing needs',
  )
})
