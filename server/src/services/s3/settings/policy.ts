// Bucket policies: what S3 asks of them beyond the grammar of policies, and when one counts as public. Source: API page of
// PutBucketPolicy; S3 user guide, "Blocking public access to your Amazon S3 storage" ("The meaning of public"); error
// texts as the service words them.
import { compilePolicy } from '#identity/policy/compile.ts'
import type { PolicyDocument, PolicyFault, Statement } from '#identity/policy/document.ts'
import { s3Error } from '../errors.ts'
import { POLICY_BYTES_MAX } from '../limits.ts'

export interface BucketPolicy {
  /** As it was put. */
  readonly text: string
  readonly isPublic: boolean
}

/** Throws MalformedPolicy. */
export function parseBucketPolicy(text: string, bucket: string): BucketPolicy {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) throw malformed('Policy exceeds the maximum allowed document size.')
  if (!text.startsWith('{')) throw s3Error('MalformedPolicy')
  const compilation = compilePolicy(text, 'resource')
  if (compilation.kind === 'faulty') throw malformed(wordingOf(compilation.faults))
  const { document } = compilation.policy
  for (const statement of document.statements) checkStatement(statement, bucket)
  return { text, isPublic: isPublicPolicy(document) }
}

function malformed(message: string): Error {
  return s3Error('MalformedPolicy', { message })
}

/** S3's own words for the faults that it words differently from IAM. */
function wordingOf([fault]: readonly PolicyFault[]): string {
  if (fault === undefined) return 'Policy has invalid resource'
  const { place, message } = fault
  if (message.startsWith('This policy contains invalid Json'))
    return "Policies must be valid JSON and the first byte must be '{'"
  if (place.endsWith('Principal') || message.startsWith('Invalid principal')) return 'Invalid principal in policy'
  if (message.startsWith('Missing required field')) return message
  if (place.endsWith('Effect')) return 'Missing required field Effect'
  if (place.endsWith('Action')) return 'Policy has invalid action'
  if (message.includes('must contain actions')) return 'Missing required field Action'
  if (message.includes('must contain resources')) return 'Missing required field Resource'
  if (place.endsWith('Resource')) return 'Policy has invalid resource'
  if (/^Statement$/.test(place)) return 'Missing required field Statement'
  if (place.endsWith('Version')) return 'The policy must contain a valid version string'
  if (place.includes('Condition')) return 'Policy has an invalid condition key'
  return place === '' ? message : `Unknown field ${place.split('.').at(-1) ?? place}`
}

function checkStatement({ action, resource }: Statement, bucket: string): void {
  for (const value of action.values)
    if (value !== '*' && !/^s3(?:-object-lambda|express)?:/i.test(value)) throw malformed('Policy has invalid action')
  for (const value of resource?.values ?? [])
    if (!isOfBucket(value, bucket)) throw malformed('Policy has invalid resource')
  if (action.negated || resource === undefined || resource.negated) return
  const levels = new Set(resource.values.map((value) => (value.includes('/') ? 'object' : 'bucket')))
  // A wildcard in the name of the bucket may reach into it.
  if (resource.values.some((value) => value.endsWith('*') && !value.includes('/'))) return
  if (action.values.some((value) => !/[*?]/.test(value) && !levels.has(levelOf(value))))
    throw malformed('Action does not apply to any resource(s) in statement')
}

/** Actions on objects whose name does not say so. Source: service authorization reference. */
const OBJECT_ACTIONS: ReadonlySet<string> = new Set([
  's3:abortmultipartupload',
  's3:listmultipartuploadparts',
  's3:bypassgovernanceretention',
  's3:replicatedelete',
  's3:replicatetags',
])

function levelOf(action: string): 'bucket' | 'object' {
  const lowered = action.toLowerCase()
  if (OBJECT_ACTIONS.has(lowered)) return 'object'
  return lowered.includes('object') && !lowered.includes('bucketobjectlock') ? 'object' : 'bucket'
}

/** The bucket itself, or something in it; wildcards and variables only behind its name. */
function isOfBucket(resource: string, bucket: string): boolean {
  const name = /^arn:aws[a-z-]*:s3:::(.*)$/s.exec(resource)?.[1]
  if (name === undefined) return false
  const slash = name.indexOf('/')
  const ofBucket = slash < 0 ? name : name.slice(0, slash)
  return ofBucket === bucket || (ofBucket.endsWith('*') && bucket.startsWith(ofBucket.slice(0, -1)))
}

/** Keys whose fixed values make a statement for everybody a statement for somebody. */
const NARROWING_KEYS: ReadonlySet<string> = new Set([
  'aws:sourceip',
  'aws:sourcearn',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:sourceaccount',
  'aws:userid',
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principalorgid',
  'aws:principalorgpaths',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:dataaccesspointarn',
  's3:dataaccesspointaccount',
])

/** Of `aws:SourceIp`: ranges wider than this are the public. Source: same page. */
const NARROW_IPV4_BITS_MIN = 8
const NARROW_IPV6_BITS_MIN = 32

function isPublicPolicy({ statements }: PolicyDocument): boolean {
  return statements.some(
    (statement) => statement.effect === 'Allow' && isForEverybody(statement) && !isNarrowed(statement),
  )
}

function isForEverybody({ principal }: Statement): boolean {
  return principal !== undefined && (principal.negated || principal.values.some(({ value }) => value === '*'))
}

function isNarrowed({ conditions }: Statement): boolean {
  return conditions.some(({ operator, key, values }) => {
    const lowered = key.toLowerCase()
    if (!NARROWING_KEYS.has(lowered) || /^(?:for(?:any|all)values:)?.*not/i.test(operator)) return false
    if (/ifexists$/i.test(operator) || values.length === 0) return false
    return values.every((value) => (lowered === 'aws:sourceip' ? isNarrowRange(value) : isFixed(lowered, value)))
  })
}

function isFixed(key: string, value: string): boolean {
  if (value.includes('${')) return false
  // An ARN may have wildcards behind its account.
  if (key === 'aws:sourcearn' || key.endsWith('arn')) return !/[*?]/.test(value.split(':').slice(0, 5).join(':'))
  return !/[*?]/.test(value)
}

function isNarrowRange(value: string): boolean {
  const [address = '', bits] = value.split('/')
  const width = bits === undefined ? Number.POSITIVE_INFINITY : Number(bits)
  return width >= (address.includes(':') ? NARROW_IPV6_BITS_MIN : NARROW_IPV4_BITS_MIN)
}
