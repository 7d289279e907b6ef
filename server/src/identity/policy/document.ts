// Policy documents: from JSON text to statements, or to faults that name their place. The grammar is that of the IAM user
// guide, "Grammar of the IAM JSON policy language"; what a kind of policy must and must not have is checked here as well.
import { isOperator } from './operators.ts'

/**
 * `identity`: of users, groups and roles, boundaries and sessions: no principal. `resource`: of a bucket, queue, function,
 * key: principal and resource. `trust`: who may assume a role: principal, no resource.
 */
export type PolicyKind = 'identity' | 'resource' | 'trust'

export interface PolicyFault {
  /** Where in the document, for example `Statement[1].Action`; empty for the whole. */
  readonly place: string
  /** In IAM's words. */
  readonly message: string
}

export interface PrincipalEntry {
  readonly kind: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser'
  readonly value: string
}

/** `negated`: NotAction, NotResource, NotPrincipal. */
export interface Element<T> {
  readonly negated: boolean
  readonly values: readonly T[]
}

export interface ConditionEntry {
  /** As written, with its qualifier and IfExists. */
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

export interface Statement {
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  readonly principal: Element<PrincipalEntry> | undefined
  readonly action: Element<string>
  readonly resource: Element<string> | undefined
  readonly conditions: readonly ConditionEntry[]
}

export interface PolicyDocument {
  /** Policy variables exist from 2012-10-17 on. */
  readonly hasVariables: boolean
  readonly statements: readonly Statement[]
}

export type ParsedPolicy =
  | { readonly kind: 'parsed'; readonly document: PolicyDocument }
  | { readonly kind: 'faulty'; readonly faults: readonly PolicyFault[] }

type Json = Readonly<Record<string, unknown>>

const SYNTAX = 'Syntax errors in policy.'
const VERSIONS = new Set(['2008-10-17', '2012-10-17'])
const DOCUMENT_FIELDS = new Set(['Version', 'Id', 'Statement'])
const STATEMENT_FIELDS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])
const PRINCIPAL_KINDS = ['AWS', 'Service', 'Federated', 'CanonicalUser'] as const

/** Parses and checks; collects every fault that it finds. */
export function parsePolicy(text: string, kind: PolicyKind): ParsedPolicy {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'faulty', faults: [{ place: '', message: 'This policy contains invalid Json' }] }
  }
  const reader = new DocumentReader(kind)
  const document = reader.document(value)
  return reader.faults.length === 0 ? { kind: 'parsed', document } : { kind: 'faulty', faults: reader.faults }
}

class DocumentReader {
  readonly faults: PolicyFault[] = []
  readonly #kind: PolicyKind
  readonly #sids = new Set<string>()

  constructor(kind: PolicyKind) {
    this.#kind = kind
  }

  document(value: unknown): PolicyDocument {
    if (!isObject(value)) return this.#fault('', SYNTAX, { hasVariables: false, statements: [] })
    for (const name of Object.keys(value)) if (!DOCUMENT_FIELDS.has(name)) this.#fault(name, SYNTAX)
    const version = value['Version'] ?? '2008-10-17'
    if (typeof version !== 'string' || !VERSIONS.has(version)) this.#fault('Version', SYNTAX)
    if (value['Id'] !== undefined && typeof value['Id'] !== 'string') this.#fault('Id', SYNTAX)
    const found = value['Statement']
    const list: readonly unknown[] = Array.isArray(found) ? found : found === undefined ? [] : [found]
    if (list.length === 0) this.#fault('Statement', SYNTAX)
    const statements = list.flatMap((one, index) => {
      const place = Array.isArray(found) ? `Statement[${index}]` : 'Statement'
      return isObject(one) ? [this.#statement(one, place)] : this.#fault(place, SYNTAX, [])
    })
    return { hasVariables: version === '2012-10-17', statements }
  }

  #statement(value: Json, place: string): Statement {
    for (const name of Object.keys(value)) if (!STATEMENT_FIELDS.has(name)) this.#fault(`${place}.${name}`, SYNTAX)
    const { Effect: effect } = value
    if (effect !== 'Allow' && effect !== 'Deny') this.#fault(`${place}.Effect`, SYNTAX)
    return {
      sid: this.#sid(value['Sid'], place),
      effect: effect === 'Deny' ? 'Deny' : 'Allow',
      principal: this.#principalElement(value, place),
      action: this.#actionElement(value, place),
      resource: this.#resourceElement(value, place),
      conditions: this.#conditions(value['Condition'], `${place}.Condition`),
    }
  }

  #sid(value: unknown, place: string): string | undefined {
    if (value === undefined || value === '') return undefined
    if (typeof value !== 'string') return this.#fault(`${place}.Sid`, SYNTAX, undefined)
    // Resource policies may have any text.
    if (this.#kind === 'identity' && !/^[0-9A-Za-z]*$/.test(value))
      this.#fault(
        `${place}.Sid`,
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      )
    if (this.#sids.has(value)) this.#fault(`${place}.Sid`, 'Statement IDs (SID) in a single policy must be unique.')
    this.#sids.add(value)
    return value
  }

  #actionElement(value: Json, place: string): Element<string> {
    const element = this.#either(value, 'Action', place)
    if (element === undefined) return this.#fault(place, 'Policy statement must contain actions.', NOTHING)
    for (const action of element.values)
      if (action !== '*' && !/^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(action))
        this.#fault(
          `${place}.${element.negated ? 'NotAction' : 'Action'}`,
          action.includes(':') ? SYNTAX : 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
        )
    return element
  }

  #resourceElement(value: Json, place: string): Element<string> | undefined {
    const element = this.#either(value, 'Resource', place)
    if (this.#kind === 'trust')
      return element === undefined
        ? undefined
        : this.#fault(`${place}.Resource`, 'Has prohibited field Resource', undefined)
    if (element === undefined) return this.#fault(place, 'Policy statement must contain resources.', undefined)
    for (const resource of element.values)
      if (resource !== '*' && !isArnPattern(resource))
        this.#fault(
          `${place}.${element.negated ? 'NotResource' : 'Resource'}`,
          `Resource ${resource} must be in ARN format or "*".`,
        )
    return element
  }

  /** `name` or `Not<name>`: exactly one of them; undefined when neither is there. */
  #either(value: Json, name: string, place: string): Element<string> | undefined {
    const plain = value[name]
    const negated = value[`Not${name}`]
    if (plain !== undefined && negated !== undefined) this.#fault(place, SYNTAX)
    const found = plain ?? negated
    if (found === undefined) return undefined
    const values = this.#strings(found, `${place}.${plain === undefined ? 'Not' : ''}${name}`)
    return values.length === 0 ? undefined : { negated: plain === undefined, values }
  }

  #principalElement(value: Json, place: string): Element<PrincipalEntry> | undefined {
    const plain = value['Principal']
    const negated = value['NotPrincipal']
    const found = plain ?? negated
    if (this.#kind === 'identity')
      return found === undefined
        ? undefined
        : this.#fault(place, 'Policy document should not specify a principal.', undefined)
    if (found === undefined) return this.#fault(place, 'Missing required field Principal', undefined)
    if (plain !== undefined && negated !== undefined) return this.#fault(place, SYNTAX, undefined)
    return {
      negated: plain === undefined,
      values: this.#principals(found, `${place}.${plain === undefined ? 'Not' : ''}Principal`),
    }
  }

  #principals(found: unknown, place: string): readonly PrincipalEntry[] {
    if (found === '*') return [{ kind: 'AWS', value: '*' }]
    if (!isObject(found) || Object.keys(found).length === 0) return this.#fault(place, invalidPrincipal(found), [])
    const entries: PrincipalEntry[] = []
    for (const [name, listed] of Object.entries(found)) {
      const kind = PRINCIPAL_KINDS.find((one) => one === name)
      if (kind === undefined) this.#fault(place, invalidPrincipal(found))
      else
        for (const value of this.#strings(listed, `${place}.${name}`)) entries.push(this.#principal(kind, value, place))
    }
    return entries
  }

  #principal(kind: PrincipalEntry['kind'], value: string, place: string): PrincipalEntry {
    if (kind === 'AWS' && !isAwsPrincipal(value)) this.#fault(place, `Invalid principal in policy: "AWS":"${value}"`)
    if (kind === 'Service' && !/^[a-z0-9.-]+$/.test(value))
      this.#fault(place, `Invalid principal in policy: "SERVICE":"${value}"`)
    return { kind, value }
  }

  #conditions(found: unknown, place: string): readonly ConditionEntry[] {
    if (found === undefined) return []
    if (!isObject(found)) return this.#fault(place, SYNTAX, [])
    return Object.entries(found).flatMap(([operator, keys]) => {
      if (!isOperator(operator)) return this.#fault(`${place}.${operator}`, `Invalid Condition type : ${operator}`, [])
      if (!isObject(keys)) return this.#fault(`${place}.${operator}`, SYNTAX, [])
      return Object.entries(keys).map(([key, value]) => {
        if (!key.includes(':'))
          this.#fault(
            `${place}.${operator}.${key}`,
            'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
          )
        return { operator, key, values: this.#conditionValues(value, `${place}.${operator}.${key}`) }
      })
    })
  }

  #conditionValues(found: unknown, place: string): readonly string[] {
    const list: readonly unknown[] = Array.isArray(found) ? found : [found]
    return list.flatMap((value) => {
      if (typeof value === 'string') return [value]
      if (typeof value === 'number' || typeof value === 'boolean') return [String(value)]
      return this.#fault(place, SYNTAX, [])
    })
  }

  #strings(found: unknown, place: string): readonly string[] {
    const list: readonly unknown[] = Array.isArray(found) ? found : [found]
    return list.flatMap((value) =>
      typeof value === 'string' && value !== '' ? [value] : this.#fault(place, SYNTAX, []),
    )
  }

  #fault(place: string, message: string): undefined
  #fault<T>(place: string, message: string, instead: T): T
  #fault<T>(place: string, message: string, instead?: T): T | undefined {
    this.faults.push({ place, message })
    return instead
  }
}

const NOTHING: Element<string> = { negated: false, values: [] }

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An ARN with wildcards; a wildcard may take the place of the rest. */
function isArnPattern(text: string): boolean {
  return text.startsWith('arn:') && (text.split(':').length >= 6 || text.includes('*')) && !/\s/.test(text)
}

const ACCOUNT = /^\d{12}$/
const IAM_ARN =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:root|(?:user|role)\/.+)|sts::\d{12}:(?:assumed-role\/[^/]+\/.+|federated-user\/.+))$/
/** What a deleted user or role leaves in a policy. */
const UNIQUE_ID = /^(?:AIDA|AROA)[A-Z0-9]{12,28}$/

function isAwsPrincipal(value: string): boolean {
  return value === '*' || ACCOUNT.test(value) || (IAM_ARN.test(value) && !/[*?]/.test(value)) || UNIQUE_ID.test(value)
}

function invalidPrincipal(found: unknown): string {
  return `Invalid principal in policy: ${JSON.stringify(found)?.slice(0, 200) ?? ''}`
}
