// The policy of a browser-based upload: what a form may contain, signed by the owner of the form. Source: S3 API reference,
// "Creating a POST policy" (SigV4) and "Browser-based uploads using POST (AWS signature version 2)"; messages as the
// service words them. Pure: the time is passed in.

export interface PostPolicy {
  readonly expiresMs: number
  readonly conditions: readonly PostCondition[]
}

type PostCondition =
  | { readonly kind: 'eq' | 'starts-with'; readonly field: string; readonly value: string; readonly text: string }
  | { readonly kind: 'length'; readonly bytesMin: number; readonly bytesMax: number }

/** The policy is no policy, or the form is not what it allows. */
export class PostPolicyError extends Error {
  override readonly name = 'PostPolicyError'
  readonly kind: 'document' | 'violated'

  constructor(kind: 'document' | 'violated', message: string) {
    super(message)
    this.kind = kind
  }
}

/** Reads the base64 of a policy document. Throws PostPolicyError. */
export function readPostPolicy(base64: string): PostPolicy {
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))
  } catch {
    throw invalid('Invalid JSON.')
  }
  if (!isRecord(document)) throw invalid('Invalid JSON.')
  const { expiration, conditions } = document
  if (typeof expiration !== 'string') throw invalid('Policy missing expiration.')
  const expiresMs = Date.parse(expiration)
  if (Number.isNaN(expiresMs)) throw invalid(`Invalid 'expiration' value: '${expiration}'`)
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.')
  return { expiresMs, conditions: conditions.flatMap(readCondition) }
}

function readCondition(condition: unknown): readonly PostCondition[] {
  if (Array.isArray(condition)) return [readListed(condition)]
  if (!isRecord(condition)) throw invalid('Invalid Simple-Condition.')
  return Object.entries(condition).map(([field, value]) => {
    const text = textOf(value)
    return { kind: 'eq', field: field.toLowerCase(), value: text, text: `["eq", "$${field}", "${text}"]` }
  })
}

function readListed(condition: readonly unknown[]): PostCondition {
  const [operator, left, right] = condition
  if (condition.length !== 3 || typeof operator !== 'string') throw invalid('Invalid Condition.')
  const kind = operator.toLowerCase()
  if (kind === 'content-length-range') return { kind: 'length', bytesMin: numberOf(left), bytesMax: numberOf(right) }
  if (kind !== 'eq' && kind !== 'starts-with') throw invalid(`Invalid condition operator: ${operator}`)
  if (typeof left !== 'string' || !left.startsWith('$')) throw invalid('Invalid Condition.')
  const value = textOf(right)
  return { kind, field: left.slice(1).toLowerCase(), value, text: `["${operator}", "${left}", "${value}"]` }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw invalid('Invalid Condition.')
}

function numberOf(value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
    throw invalid('Invalid content-length-range.')
  return number
}

/** Fields that need no condition. */
const FREE_FIELDS: ReadonlySet<string> = new Set([
  'x-amz-signature',
  'file',
  'policy',
  'awsaccesskeyid',
  'signature',
  'bucket',
])

/**
 * Holds the fields (names in lower case, `bucket` among them) to the policy. Throws PostPolicyError when it has expired,
 * a condition does not hold, or a field has none.
 */
export function checkPostPolicy(policy: PostPolicy, fields: ReadonlyMap<string, string>, nowMs: number): void {
  if (policy.expiresMs <= nowMs) throw violated('Policy expired.')
  const conditioned = new Set<string>()
  for (const condition of policy.conditions) {
    if (condition.kind === 'length') continue
    conditioned.add(condition.field)
    if (!holds(condition, fields.get(condition.field))) throw violated(`Policy Condition failed: ${condition.text}`)
  }
  const extra = [...fields.keys()].filter(
    (name) => !FREE_FIELDS.has(name) && !name.startsWith('x-ignore-') && !conditioned.has(name),
  )
  if (extra.length > 0) throw violated(`Extra input fields: ${extra.join(', ')}`)
}

/** The bounds of the file's size, bytes, both inclusive; undefined: none. */
export function lengthRange(policy: PostPolicy): { readonly bytesMin: number; readonly bytesMax: number } | undefined {
  return policy.conditions.find((condition) => condition.kind === 'length')
}

function holds({ kind, field, value }: Extract<PostCondition, { field: string }>, found: string | undefined): boolean {
  if (found === undefined) return kind === 'starts-with' && value === ''
  if (kind === 'eq') return found === value
  // Several content types may be given in one field; each must match.
  const values = field === 'content-type' ? found.split(',') : [found]
  return values.every((one) => one.startsWith(value))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(detail: string): PostPolicyError {
  return new PostPolicyError('document', `Invalid Policy: ${detail}`)
}

function violated(detail: string): PostPolicyError {
  return new PostPolicyError('violated', `Invalid according to Policy: ${detail}`)
}
