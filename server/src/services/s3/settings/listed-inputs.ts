// What the listed configurations must have. Sources: API pages of PutBucketAnalyticsConfiguration,
// PutBucketIntelligentTieringConfiguration, PutBucketInventoryConfiguration and PutBucketMetricsConfiguration.
import { s3Error } from '../errors.ts'

const BUCKET_ARN = /^arn:aws[a-z-]*:s3:::.+$/
const INVENTORY_FORMATS: ReadonlySet<string> = new Set(['CSV', 'ORC', 'Parquet'])
/** Days before an object may go to each tier, at least and at most. Source: API page of Tiering. */
const TIER_DAYS = { ARCHIVE_ACCESS: [90, 730], DEEP_ARCHIVE_ACCESS: [180, 730] } as const

/** Throws MalformedXML. */
export function checkAnalytics(
  id: string,
  configuration: { readonly Id?: string | undefined; readonly StorageClassAnalysis?: object | undefined },
): void {
  if (configuration.Id !== id || configuration.StorageClassAnalysis === undefined) throw s3Error('MalformedXML')
}

/** Throws MalformedXML. */
export function checkMetrics(id: string, configuration: { readonly Id?: string | undefined }): void {
  if (configuration.Id !== id) throw s3Error('MalformedXML')
}

interface TieringInput {
  readonly Id?: string | undefined
  readonly Status?: string | undefined
  readonly Tierings?:
    | readonly { readonly Days?: number | undefined; readonly AccessTier?: string | undefined }[]
    | undefined
}

/** Throws MalformedXML, InvalidArgument. */
export function checkIntelligentTiering(id: string, { Id, Status, Tierings = [] }: TieringInput): void {
  if (Id !== id || (Status !== 'Enabled' && Status !== 'Disabled') || Tierings.length === 0)
    throw s3Error('MalformedXML')
  if (new Set(Tierings.map(({ AccessTier }) => AccessTier)).size < Tierings.length) throw s3Error('MalformedXML')
  for (const { Days = 0, AccessTier } of Tierings) {
    if (AccessTier !== 'ARCHIVE_ACCESS' && AccessTier !== 'DEEP_ARCHIVE_ACCESS') throw s3Error('MalformedXML')
    const [daysMin, daysMax] = TIER_DAYS[AccessTier]
    if (Days < daysMin || Days > daysMax)
      throw s3Error('InvalidArgument', {
        message: `'Days' for ${AccessTier} must be between ${daysMin} and ${daysMax}`,
      })
  }
}

interface InventoryInput {
  readonly Id?: string | undefined
  readonly IncludedObjectVersions?: string | undefined
  readonly IsEnabled?: boolean | undefined
  readonly Schedule?: { readonly Frequency?: string | undefined } | undefined
  readonly Destination?:
    | {
        readonly S3BucketDestination?:
          | { readonly Bucket?: string | undefined; readonly Format?: string | undefined }
          | undefined
      }
    | undefined
}

/** Throws MalformedXML, IdMismatch, InvalidS3DestinationBucket. */
export function checkInventory(id: string, input: InventoryInput): void {
  const { Destination: destination, Schedule: schedule, IncludedObjectVersions: versions } = input
  const target = destination?.S3BucketDestination
  const whole =
    input.IsEnabled !== undefined &&
    (versions === 'All' || versions === 'Current') &&
    (schedule?.Frequency === 'Daily' || schedule?.Frequency === 'Weekly') &&
    INVENTORY_FORMATS.has(target?.Format ?? '')
  if (!whole) throw s3Error('MalformedXML')
  if (input.Id !== id) throw s3Error('IdMismatch')
  if (!BUCKET_ARN.test(target?.Bucket ?? '')) throw s3Error('InvalidS3DestinationBucket')
}
