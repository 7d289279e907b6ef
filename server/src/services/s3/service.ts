// The operation table of S3, and the service made from it. Actions and resources: service authorization reference,
// "Actions, resources, and condition keys for Amazon S3". CopyObject and UploadPartCopy also need s3:GetObject on their
// source, DeleteObjects s3:DeleteObject on each key: the rows name the first thing that is checked.
import { bindService, type OperationTable, type RequestContext, type Service } from '#protocol/operation.ts'
import { bucketArn, objectArn } from './arn.ts'
import type { S3Deps, S3Module, S3Options } from './deps.ts'
import { BodyThreads } from './body-threads/body-threads.ts'
import { blobReferences } from './object-record.ts'
import { abortMultipartUpload } from './operations/abort-multipart-upload.ts'
import { completeMultipartUpload } from './operations/complete-multipart-upload.ts'
import { copyObject } from './operations/copy-object.ts'
import { createBucket } from './operations/create-bucket.ts'
import { createMultipartUpload } from './operations/create-multipart-upload.ts'
import { deleteBucket } from './operations/delete-bucket.ts'
import { deleteObject } from './operations/delete-object.ts'
import { deleteObjects } from './operations/delete-objects.ts'
import { getBucketLocation } from './operations/get-bucket-location.ts'
import { getBucketNotificationConfiguration } from './operations/get-bucket-notification-configuration.ts'
import { getObject } from './operations/get-object.ts'
import { getObjectAttributes } from './operations/get-object-attributes.ts'
import { headBucket } from './operations/head-bucket.ts'
import { headObject } from './operations/head-object.ts'
import { listBuckets } from './operations/list-buckets.ts'
import { listMultipartUploads } from './operations/list-multipart-uploads.ts'
import { listObjects } from './operations/list-objects.ts'
import { listObjectsV2 } from './operations/list-objects-v2.ts'
import { listParts } from './operations/list-parts.ts'
import { putBucketNotificationConfiguration } from './operations/put-bucket-notification-configuration.ts'
import { putObject } from './operations/put-object.ts'
import { uploadPart } from './operations/upload-part.ts'
import { uploadPartCopy } from './operations/upload-part-copy.ts'
import { deleteObjectTagging } from './operations/delete-object-tagging.ts'
import { getObjectTagging } from './operations/get-object-tagging.ts'
import { putObjectTagging } from './operations/put-object-tagging.ts'
import { getBucketVersioning } from './operations/get-bucket-versioning.ts'
import { putBucketVersioning } from './operations/put-bucket-versioning.ts'
import { getObjectLegalHold } from './operations/get-object-legal-hold.ts'
import { putObjectLegalHold } from './operations/put-object-legal-hold.ts'
import { getObjectRetention } from './operations/get-object-retention.ts'
import { putObjectRetention } from './operations/put-object-retention.ts'
import { getObjectLockConfiguration } from './operations/get-object-lock-configuration.ts'
import { putObjectLockConfiguration } from './operations/put-object-lock-configuration.ts'
import { listObjectVersions } from './operations/list-object-versions.ts'
import { restoreObject } from './operations/restore-object.ts'
import { deleteBucketCors } from './operations/delete-bucket-cors.ts'
import { deleteBucketLifecycle } from './operations/delete-bucket-lifecycle.ts'
import { deleteBucketPolicy } from './operations/delete-bucket-policy.ts'
import { deleteBucketReplication } from './operations/delete-bucket-replication.ts'
import { deleteBucketTagging } from './operations/delete-bucket-tagging.ts'
import { deleteBucketWebsite } from './operations/delete-bucket-website.ts'
import { putBucketCors } from './operations/put-bucket-cors.ts'
import { getBucketCors } from './operations/get-bucket-cors.ts'
import { putBucketLifecycleConfiguration } from './operations/put-bucket-lifecycle-configuration.ts'
import { getBucketLifecycleConfiguration } from './operations/get-bucket-lifecycle-configuration.ts'
import { putBucketWebsite } from './operations/put-bucket-website.ts'
import { getBucketWebsite } from './operations/get-bucket-website.ts'
import { putBucketTagging } from './operations/put-bucket-tagging.ts'
import { getBucketTagging } from './operations/get-bucket-tagging.ts'
import { putBucketPolicy } from './operations/put-bucket-policy.ts'
import { getBucketPolicy } from './operations/get-bucket-policy.ts'
import { getBucketPolicyStatus } from './operations/get-bucket-policy-status.ts'
import { getBucketReplication } from './operations/get-bucket-replication.ts'
import { putBucketReplication } from './operations/put-bucket-replication.ts'
import { putPublicAccessBlock } from './operations/put-public-access-block.ts'
import { getPublicAccessBlock } from './operations/get-public-access-block.ts'
import { deletePublicAccessBlock } from './operations/delete-public-access-block.ts'
import { putBucketOwnershipControls } from './operations/put-bucket-ownership-controls.ts'
import { getBucketOwnershipControls } from './operations/get-bucket-ownership-controls.ts'
import { deleteBucketOwnershipControls } from './operations/delete-bucket-ownership-controls.ts'
import { putBucketEncryption } from './operations/put-bucket-encryption.ts'
import { getBucketEncryption } from './operations/get-bucket-encryption.ts'
import { deleteBucketEncryption } from './operations/delete-bucket-encryption.ts'
import { putBucketRequestPayment } from './operations/put-bucket-request-payment.ts'
import { getBucketRequestPayment } from './operations/get-bucket-request-payment.ts'
import { putBucketAccelerateConfiguration } from './operations/put-bucket-accelerate-configuration.ts'
import { getBucketAccelerateConfiguration } from './operations/get-bucket-accelerate-configuration.ts'
import { putBucketLogging } from './operations/put-bucket-logging.ts'
import { getBucketLogging } from './operations/get-bucket-logging.ts'
import { getBucketAcl } from './operations/get-bucket-acl.ts'
import { putBucketAcl } from './operations/put-bucket-acl.ts'
import { putBucketAnalyticsConfiguration } from './operations/put-bucket-analytics-configuration.ts'
import { getBucketAnalyticsConfiguration } from './operations/get-bucket-analytics-configuration.ts'
import { deleteBucketAnalyticsConfiguration } from './operations/delete-bucket-analytics-configuration.ts'
import { listBucketAnalyticsConfigurations } from './operations/list-bucket-analytics-configurations.ts'
import { putBucketIntelligentTieringConfiguration } from './operations/put-bucket-intelligent-tiering-configuration.ts'
import { getBucketIntelligentTieringConfiguration } from './operations/get-bucket-intelligent-tiering-configuration.ts'
import { deleteBucketIntelligentTieringConfiguration } from './operations/delete-bucket-intelligent-tiering-configuration.ts'
import { listBucketIntelligentTieringConfigurations } from './operations/list-bucket-intelligent-tiering-configurations.ts'
import { putBucketInventoryConfiguration } from './operations/put-bucket-inventory-configuration.ts'
import { getBucketInventoryConfiguration } from './operations/get-bucket-inventory-configuration.ts'
import { deleteBucketInventoryConfiguration } from './operations/delete-bucket-inventory-configuration.ts'
import { listBucketInventoryConfigurations } from './operations/list-bucket-inventory-configurations.ts'
import { putBucketMetricsConfiguration } from './operations/put-bucket-metrics-configuration.ts'
import { getBucketMetricsConfiguration } from './operations/get-bucket-metrics-configuration.ts'
import { deleteBucketMetricsConfiguration } from './operations/delete-bucket-metrics-configuration.ts'
import { listBucketMetricsConfigurations } from './operations/list-bucket-metrics-configurations.ts'
import { CompiledPolicies } from '#identity/policy/compiled-policies.ts'
import { AccessLog } from './access-log.ts'
import { Lifecycle } from './lifecycle/lifecycle.ts'
import type { Target } from '#events/target.ts'
import { ReplicationTarget } from './replication/target.ts'
import { BucketTarget } from './target.ts'
import { getObjectAcl } from './operations/get-object-acl.ts'
import { putObjectAcl } from './operations/put-object-acl.ts'
import { S3Edge } from './edge.ts'
import { bypassPermission, byVersion, copyPermissions, writePermissions } from './further-permissions.ts'
import { s3Conditions } from './policy-keys.ts'
import { existingObjectTags, resourcePolicies } from './resource-policies.ts'
import { SeenBuckets } from './seen-buckets.ts'
import { SeenObjects } from './seen-objects.ts'
import { selectObjectContent } from './operations/select-object-content.ts'
import { RestorePlan } from './restore-plan.ts'
import { Scrubber } from './scrubber.ts'
import { renameObject } from './operations/rename-object.ts'
import { createSequencer } from './sequencer.ts'
import { ObjectKeys } from './encryption/object-keys.ts'
import { DocumentCache } from './settings/documents.ts'
import { bytesOfBody, bytesOfSource, withinStorage } from './storage-quota.ts'
import { Trash } from './trash.ts'

const bucket = (input: { readonly Bucket: string }): string => bucketArn(input.Bucket)
const object = (input: { readonly Bucket: string; readonly Key: string }): string => objectArn(input.Bucket, input.Key)
/** The first key stands for all: each of them is asked for when its turn comes. */
const firstKey = (input: {
  readonly Bucket: string
  readonly Delete: { readonly Objects: readonly { readonly Key: string }[] }
}): string => objectArn(input.Bucket, input.Delete.Objects[0]?.Key ?? '*')
const anything = (): string => '*'
const directoryBucket = (input: { readonly Bucket: string }, { region, account }: RequestContext): string =>
  `arn:aws:s3express:${region}:${account}:bucket/${input.Bucket}`
const objectLambdaAccessPoint = (_input: unknown, { region, account }: RequestContext): string =>
  `arn:aws:s3-object-lambda:${region}:${account}:accesspoint/*`

export const s3Operations: OperationTable<S3Deps, S3Module> = {
  AbortMultipartUpload: { handle: abortMultipartUpload, action: 's3:AbortMultipartUpload', resource: object },
  CompleteMultipartUpload: { handle: completeMultipartUpload, action: 's3:PutObject', resource: object },
  CopyObject: {
    handle: withinStorage(copyObject, bytesOfSource),
    action: 's3:PutObject',
    resource: object,
    also: copyPermissions,
  },
  CreateBucket: { handle: createBucket, action: 's3:CreateBucket', resource: bucket },
  CreateBucketMetadataConfiguration: {
    handle: 'notImplemented',
    action: 's3:CreateBucketMetadataTableConfiguration',
    resource: bucket,
  },
  CreateBucketMetadataTableConfiguration: {
    handle: 'notImplemented',
    action: 's3:CreateBucketMetadataTableConfiguration',
    resource: bucket,
  },
  CreateMultipartUpload: {
    handle: createMultipartUpload,
    action: 's3:PutObject',
    resource: object,
    also: writePermissions,
  },
  CreateSession: { handle: 'notImplemented', action: 's3express:CreateSession', resource: directoryBucket },
  DeleteBucket: { handle: deleteBucket, action: 's3:DeleteBucket', resource: bucket },
  DeleteBucketAnalyticsConfiguration: {
    handle: deleteBucketAnalyticsConfiguration,
    action: 's3:PutAnalyticsConfiguration',
    resource: bucket,
  },
  DeleteBucketCors: { handle: deleteBucketCors, action: 's3:PutBucketCORS', resource: bucket },
  DeleteBucketEncryption: { handle: deleteBucketEncryption, action: 's3:PutEncryptionConfiguration', resource: bucket },
  DeleteBucketIntelligentTieringConfiguration: {
    handle: deleteBucketIntelligentTieringConfiguration,
    action: 's3:PutIntelligentTieringConfiguration',
    resource: bucket,
  },
  DeleteBucketInventoryConfiguration: {
    handle: deleteBucketInventoryConfiguration,
    action: 's3:PutInventoryConfiguration',
    resource: bucket,
  },
  DeleteBucketLifecycle: { handle: deleteBucketLifecycle, action: 's3:PutLifecycleConfiguration', resource: bucket },
  DeleteBucketMetadataConfiguration: {
    handle: 'notImplemented',
    action: 's3:DeleteBucketMetadataTableConfiguration',
    resource: bucket,
  },
  DeleteBucketMetadataTableConfiguration: {
    handle: 'notImplemented',
    action: 's3:DeleteBucketMetadataTableConfiguration',
    resource: bucket,
  },
  DeleteBucketMetricsConfiguration: {
    handle: deleteBucketMetricsConfiguration,
    action: 's3:PutMetricsConfiguration',
    resource: bucket,
  },
  DeleteBucketOwnershipControls: {
    handle: deleteBucketOwnershipControls,
    action: 's3:PutBucketOwnershipControls',
    resource: bucket,
  },
  DeleteBucketPolicy: { handle: deleteBucketPolicy, action: 's3:DeleteBucketPolicy', resource: bucket },
  DeleteBucketReplication: {
    handle: deleteBucketReplication,
    action: 's3:PutReplicationConfiguration',
    resource: bucket,
  },
  DeleteBucketTagging: { handle: deleteBucketTagging, action: 's3:PutBucketTagging', resource: bucket },
  DeleteBucketWebsite: { handle: deleteBucketWebsite, action: 's3:DeleteBucketWebsite', resource: bucket },
  DeleteObject: {
    handle: deleteObject,
    action: 's3:DeleteObject',
    actionOf: byVersion('s3:DeleteObject', 's3:DeleteObjectVersion'),
    resource: object,
    also: bypassPermission,
  },
  DeleteObjectAnnotation: { handle: 'notImplemented', action: 's3:DeleteObjectAnnotation', resource: object },
  DeleteObjectTagging: {
    handle: deleteObjectTagging,
    action: 's3:DeleteObjectTagging',
    actionOf: byVersion('s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging'),
    resource: object,
  },
  DeleteObjects: { handle: deleteObjects, action: 's3:DeleteObject', resource: firstKey },
  DeletePublicAccessBlock: {
    handle: deletePublicAccessBlock,
    action: 's3:PutBucketPublicAccessBlock',
    resource: bucket,
  },
  GetBucketAbac: { handle: 'notImplemented', action: 's3:GetBucketAbac', resource: bucket },
  GetBucketAccelerateConfiguration: {
    handle: getBucketAccelerateConfiguration,
    action: 's3:GetAccelerateConfiguration',
    resource: bucket,
  },
  GetBucketAcl: { handle: getBucketAcl, action: 's3:GetBucketAcl', resource: bucket },
  GetBucketAnalyticsConfiguration: {
    handle: getBucketAnalyticsConfiguration,
    action: 's3:GetAnalyticsConfiguration',
    resource: bucket,
  },
  GetBucketCors: { handle: getBucketCors, action: 's3:GetBucketCORS', resource: bucket },
  GetBucketEncryption: { handle: getBucketEncryption, action: 's3:GetEncryptionConfiguration', resource: bucket },
  GetBucketIntelligentTieringConfiguration: {
    handle: getBucketIntelligentTieringConfiguration,
    action: 's3:GetIntelligentTieringConfiguration',
    resource: bucket,
  },
  GetBucketInventoryConfiguration: {
    handle: getBucketInventoryConfiguration,
    action: 's3:GetInventoryConfiguration',
    resource: bucket,
  },
  GetBucketLifecycleConfiguration: {
    handle: getBucketLifecycleConfiguration,
    action: 's3:GetLifecycleConfiguration',
    resource: bucket,
  },
  GetBucketLocation: { handle: getBucketLocation, action: 's3:GetBucketLocation', resource: bucket },
  GetBucketLogging: { handle: getBucketLogging, action: 's3:GetBucketLogging', resource: bucket },
  GetBucketMetadataConfiguration: {
    handle: 'notImplemented',
    action: 's3:GetBucketMetadataTableConfiguration',
    resource: bucket,
  },
  GetBucketMetadataTableConfiguration: {
    handle: 'notImplemented',
    action: 's3:GetBucketMetadataTableConfiguration',
    resource: bucket,
  },
  GetBucketMetricsConfiguration: {
    handle: getBucketMetricsConfiguration,
    action: 's3:GetMetricsConfiguration',
    resource: bucket,
  },
  GetBucketNotificationConfiguration: {
    handle: getBucketNotificationConfiguration,
    action: 's3:GetBucketNotification',
    resource: bucket,
  },
  GetBucketOwnershipControls: {
    handle: getBucketOwnershipControls,
    action: 's3:GetBucketOwnershipControls',
    resource: bucket,
  },
  GetBucketPolicy: { handle: getBucketPolicy, action: 's3:GetBucketPolicy', resource: bucket },
  GetBucketPolicyStatus: { handle: getBucketPolicyStatus, action: 's3:GetBucketPolicyStatus', resource: bucket },
  GetBucketReplication: { handle: getBucketReplication, action: 's3:GetReplicationConfiguration', resource: bucket },
  GetBucketRequestPayment: { handle: getBucketRequestPayment, action: 's3:GetBucketRequestPayment', resource: bucket },
  GetBucketTagging: { handle: getBucketTagging, action: 's3:GetBucketTagging', resource: bucket },
  GetBucketVersioning: { handle: getBucketVersioning, action: 's3:GetBucketVersioning', resource: bucket },
  GetBucketWebsite: { handle: getBucketWebsite, action: 's3:GetBucketWebsite', resource: bucket },
  GetObject: {
    handle: getObject,
    action: 's3:GetObject',
    actionOf: byVersion('s3:GetObject', 's3:GetObjectVersion'),
    resource: object,
  },
  GetObjectAcl: {
    handle: getObjectAcl,
    action: 's3:GetObjectAcl',
    actionOf: byVersion('s3:GetObjectAcl', 's3:GetObjectVersionAcl'),
    resource: object,
  },
  GetObjectAnnotation: { handle: 'notImplemented', action: 's3:GetObjectAnnotation', resource: object },
  GetObjectAttributes: {
    handle: getObjectAttributes,
    action: 's3:GetObjectAttributes',
    actionOf: byVersion('s3:GetObjectAttributes', 's3:GetObjectVersionAttributes'),
    resource: object,
  },
  GetObjectLegalHold: { handle: getObjectLegalHold, action: 's3:GetObjectLegalHold', resource: object },
  GetObjectLockConfiguration: {
    handle: getObjectLockConfiguration,
    action: 's3:GetBucketObjectLockConfiguration',
    resource: bucket,
  },
  GetObjectRetention: { handle: getObjectRetention, action: 's3:GetObjectRetention', resource: object },
  GetObjectTagging: {
    handle: getObjectTagging,
    action: 's3:GetObjectTagging',
    actionOf: byVersion('s3:GetObjectTagging', 's3:GetObjectVersionTagging'),
    resource: object,
  },
  GetObjectTorrent: { handle: 'notImplemented', action: 's3:GetObjectTorrent', resource: object },
  GetPublicAccessBlock: { handle: getPublicAccessBlock, action: 's3:GetBucketPublicAccessBlock', resource: bucket },
  HeadBucket: { handle: headBucket, action: 's3:ListBucket', resource: bucket },
  HeadObject: {
    handle: headObject,
    action: 's3:GetObject',
    actionOf: byVersion('s3:GetObject', 's3:GetObjectVersion'),
    resource: object,
  },
  ListBucketAnalyticsConfigurations: {
    handle: listBucketAnalyticsConfigurations,
    action: 's3:GetAnalyticsConfiguration',
    resource: bucket,
  },
  ListBucketIntelligentTieringConfigurations: {
    handle: listBucketIntelligentTieringConfigurations,
    action: 's3:GetIntelligentTieringConfiguration',
    resource: bucket,
  },
  ListBucketInventoryConfigurations: {
    handle: listBucketInventoryConfigurations,
    action: 's3:GetInventoryConfiguration',
    resource: bucket,
  },
  ListBucketMetricsConfigurations: {
    handle: listBucketMetricsConfigurations,
    action: 's3:GetMetricsConfiguration',
    resource: bucket,
  },
  ListBuckets: { handle: listBuckets, action: 's3:ListAllMyBuckets', resource: anything },
  ListDirectoryBuckets: { handle: 'notImplemented', action: 's3express:ListAllMyDirectoryBuckets', resource: anything },
  ListMultipartUploads: { handle: listMultipartUploads, action: 's3:ListBucketMultipartUploads', resource: bucket },
  ListObjectAnnotations: { handle: 'notImplemented', action: 's3:ListObjectAnnotations', resource: object },
  ListObjectVersions: { handle: listObjectVersions, action: 's3:ListBucketVersions', resource: bucket },
  ListObjects: { handle: listObjects, action: 's3:ListBucket', resource: bucket },
  ListObjectsV2: { handle: listObjectsV2, action: 's3:ListBucket', resource: bucket },
  ListParts: { handle: listParts, action: 's3:ListMultipartUploadParts', resource: object },
  PutBucketAbac: { handle: 'notImplemented', action: 's3:PutBucketAbac', resource: bucket },
  PutBucketAccelerateConfiguration: {
    handle: putBucketAccelerateConfiguration,
    action: 's3:PutAccelerateConfiguration',
    resource: bucket,
  },
  PutBucketAcl: { handle: putBucketAcl, action: 's3:PutBucketAcl', resource: bucket },
  PutBucketAnalyticsConfiguration: {
    handle: putBucketAnalyticsConfiguration,
    action: 's3:PutAnalyticsConfiguration',
    resource: bucket,
  },
  PutBucketCors: { handle: putBucketCors, action: 's3:PutBucketCORS', resource: bucket },
  PutBucketEncryption: { handle: putBucketEncryption, action: 's3:PutEncryptionConfiguration', resource: bucket },
  PutBucketIntelligentTieringConfiguration: {
    handle: putBucketIntelligentTieringConfiguration,
    action: 's3:PutIntelligentTieringConfiguration',
    resource: bucket,
  },
  PutBucketInventoryConfiguration: {
    handle: putBucketInventoryConfiguration,
    action: 's3:PutInventoryConfiguration',
    resource: bucket,
  },
  PutBucketLifecycleConfiguration: {
    handle: putBucketLifecycleConfiguration,
    action: 's3:PutLifecycleConfiguration',
    resource: bucket,
  },
  PutBucketLogging: { handle: putBucketLogging, action: 's3:PutBucketLogging', resource: bucket },
  PutBucketMetricsConfiguration: {
    handle: putBucketMetricsConfiguration,
    action: 's3:PutMetricsConfiguration',
    resource: bucket,
  },
  PutBucketNotificationConfiguration: {
    handle: putBucketNotificationConfiguration,
    action: 's3:PutBucketNotification',
    resource: bucket,
  },
  PutBucketOwnershipControls: {
    handle: putBucketOwnershipControls,
    action: 's3:PutBucketOwnershipControls',
    resource: bucket,
  },
  PutBucketPolicy: { handle: putBucketPolicy, action: 's3:PutBucketPolicy', resource: bucket },
  PutBucketReplication: {
    handle: putBucketReplication,
    action: 's3:PutReplicationConfiguration',
    resource: bucket,
    also: (input) => [{ action: 'iam:PassRole', resource: input.ReplicationConfiguration.Role ?? '*' }],
  },
  PutBucketRequestPayment: { handle: putBucketRequestPayment, action: 's3:PutBucketRequestPayment', resource: bucket },
  PutBucketTagging: { handle: putBucketTagging, action: 's3:PutBucketTagging', resource: bucket },
  PutBucketVersioning: { handle: putBucketVersioning, action: 's3:PutBucketVersioning', resource: bucket },
  PutBucketWebsite: { handle: putBucketWebsite, action: 's3:PutBucketWebsite', resource: bucket },
  PutObject: {
    handle: withinStorage(putObject, bytesOfBody),
    action: 's3:PutObject',
    resource: object,
    also: writePermissions,
  },
  PutObjectAcl: {
    handle: putObjectAcl,
    action: 's3:PutObjectAcl',
    actionOf: byVersion('s3:PutObjectAcl', 's3:PutObjectVersionAcl'),
    resource: object,
  },
  PutObjectAnnotation: { handle: 'notImplemented', action: 's3:PutObjectAnnotation', resource: object },
  PutObjectLegalHold: { handle: putObjectLegalHold, action: 's3:PutObjectLegalHold', resource: object },
  PutObjectLockConfiguration: {
    handle: putObjectLockConfiguration,
    action: 's3:PutBucketObjectLockConfiguration',
    resource: bucket,
  },
  PutObjectRetention: {
    handle: putObjectRetention,
    action: 's3:PutObjectRetention',
    resource: object,
    also: bypassPermission,
  },
  PutObjectTagging: {
    handle: putObjectTagging,
    action: 's3:PutObjectTagging',
    actionOf: byVersion('s3:PutObjectTagging', 's3:PutObjectVersionTagging'),
    resource: object,
  },
  PutPublicAccessBlock: { handle: putPublicAccessBlock, action: 's3:PutBucketPublicAccessBlock', resource: bucket },
  RenameObject: { handle: renameObject, action: 's3:PutObject', resource: object },
  RestoreObject: { handle: restoreObject, action: 's3:RestoreObject', resource: object },
  SelectObjectContent: { handle: selectObjectContent, action: 's3:GetObject', resource: object },
  UpdateBucketMetadataAnnotationTableConfiguration: {
    handle: 'notImplemented',
    action: 's3:UpdateBucketMetadataAnnotationTableConfiguration',
    resource: bucket,
  },
  UpdateBucketMetadataInventoryTableConfiguration: {
    handle: 'notImplemented',
    action: 's3:UpdateBucketMetadataInventoryTableConfiguration',
    resource: bucket,
  },
  UpdateBucketMetadataJournalTableConfiguration: {
    handle: 'notImplemented',
    action: 's3:UpdateBucketMetadataJournalTableConfiguration',
    resource: bucket,
  },
  UpdateObjectEncryption: { handle: 'notImplemented', action: 's3:UpdateObjectEncryption', resource: object },
  UploadPart: { handle: withinStorage(uploadPart, bytesOfBody), action: 's3:PutObject', resource: object },
  UploadPartCopy: {
    handle: withinStorage(uploadPartCopy, bytesOfSource),
    action: 's3:PutObject',
    resource: object,
    also: copyPermissions,
  },
  WriteGetObjectResponse: {
    handle: 'notImplemented',
    action: 's3-object-lambda:WriteGetObjectResponse',
    resource: objectLambdaAccessPoint,
  },
}

/** Every row tells the same condition keys. */
function withConditions(table: typeof s3Operations): typeof s3Operations {
  const rows = Object.entries(table).map(([name, row]) => [name, { ...row, conditions: s3Conditions }] as const)
  // The same rows under the same names.
  return Object.fromEntries(rows) as unknown as typeof s3Operations
}

export interface S3Service extends Service {
  /** For the sweeper of Blobs: does an object or an upload refer to this blob? */
  isReferenced(blobId: string): Promise<boolean>
  /** Takes what is to be replicated, and records of functions, from the event plane. */
  readonly target: Target
  readonly scrubber: Pick<Scrubber, 'report' | 'scrub'>
  /** Goes on with what a crash left to delete, and begins to scrub. Call once, when the store is open. */
  recover(): void
  /** Resolves when nothing is being deleted. */
  idle(): Promise<void>
  /** After a reset of the store. */
  forget(): void
  /** Stops deleting; what is left is done after the next start. */
  close(): Promise<void>
}

/** The S3 service over its dependencies. */
export function createS3Service(options: S3Options): S3Service {
  const trash = new Trash(options.store, options.blobs, options.log)
  const bodyThreads = new BodyThreads()
  const documents = new DocumentCache()
  const seen = new SeenBuckets(options.store)
  const seenObjects = new SeenObjects()
  const objectKeys = new ObjectKeys(options.store, options.vault, options.clock)
  const deps: S3Deps = {
    ...options,
    trash,
    sequencer: createSequencer(options.clock),
    bodyThreads,
    documents,
    objectKeys,
    seen,
    seenObjects,
    policies: new CompiledPolicies(),
  }
  const scrubber = new Scrubber({ ...options, intervalMs: options.pace.scrubIntervalMs })
  const restores = new RestorePlan(deps)
  const accessLog = new AccessLog(deps)
  const lifecycle = new Lifecycle(deps)
  const starting = accessLog.start().catch((error: unknown) => options.log.warn('no access logs', { error }))
  return {
    ...bindService('s3', withConditions(s3Operations), deps),
    resourcePolicies: (resource, context) => resourcePolicies(deps, resource, context),
    resourceConditions: existingObjectTags(deps),
    edge: new S3Edge(deps, accessLog),
    isReferenced: async (blobId) => (await blobReferences.get(options.store, [blobId])) !== undefined,
    scrubber,
    target: new BucketTarget(deps, new ReplicationTarget(deps)),
    recover: () => {
      trash.wake()
      scrubber.start()
      restores.start()
      lifecycle.start()
    },
    idle: async () => {
      await lifecycle.idle()
      await trash.idle()
    },
    forget: () => {
      documents.clear()
      objectKeys.forget()
      seen.forget()
      seenObjects.forget()
      accessLog.forget()
    },
    close: async () => {
      await starting
      await lifecycle.close()
      await accessLog.close()
      seen.close()
      await Promise.all([trash.close(), bodyThreads.close(), scrubber.close(), restores.close()])
    },
  }
}
