// A second evaluator, written for the tests only: it interprets the JSON of policies anew for every question, with
// recursion and regular expressions, and shares no line with the real one. Where both agree on millions of random cases,
// a mistake would have to be made twice in different ways.

export interface NaiveCaller {
  readonly kind: 'anonymous' | 'root' | 'user' | 'session' | 'service' | 'federated' | 'provider'
  readonly account?: string
  readonly arn?: string
  readonly roleArn?: string
  readonly service?: string
}

export interface NaiveCase {
  readonly caller: NaiveCaller
  readonly action: string
  readonly resource: string
  readonly resourceAccount: string
  readonly keys: Readonly<Record<string, readonly string[]>>
  readonly identity: readonly Document[]
  readonly boundary?: Document | undefined
  readonly session?: readonly Document[] | undefined
  readonly resourcePolicies: readonly Document[]
  readonly resourceDecides: boolean
}

type Listed = string | readonly string[]

export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | Readonly<Record<string, Listed>>
  readonly NotPrincipal?: '*' | Readonly<Record<string, Listed>>
  readonly Action?: Listed
  readonly NotAction?: Listed
  readonly Resource?: Listed
  readonly NotResource?: Listed
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Listed>>>>
}

export interface Document {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

const list = (value: Listed | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

/** Wildcards by recursion. */
function glob(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] === '*') return glob(pattern.slice(1), text) || (text !== '' && glob(pattern, text.slice(1)))
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && glob(pattern.slice(1), text.slice(1))
}

const NOTHING = '\u0000'

/** Puts the values of variables in, hiding their wildcards; undefined when one has none. */
function substitute(pattern: string, keys: NaiveCase['keys']): string | undefined {
  let missing = false
  const text = pattern.replaceAll(/\$\{([^}]+)\}/g, (_whole, inside: string) => {
    if (inside === '*') return '\u0001'
    if (inside === '?') return '\u0002'
    if (inside === '$') return '$'
    const values = keys[inside.toLowerCase()]
    if (values?.length !== 1) {
      missing = true
      return NOTHING
    }
    return (values[0] ?? '').replaceAll('*', '\u0001').replaceAll('?', '\u0002')
  })
  return missing ? undefined : text
}

const hide = (text: string): string => text.replaceAll('*', '\u0001').replaceAll('?', '\u0002')

/** A pattern against a text, where the text's own stars are only stars. */
function like(pattern: string, text: string, keys: NaiveCase['keys']): boolean {
  const ready = substitute(pattern, keys)
  if (ready === undefined) return false
  // Only a wildcard of the pattern may match; a hidden one equals itself.
  return glob(ready, hide(text))
}

function arnLike(pattern: string, arn: string, keys: NaiveCase['keys']): boolean {
  if (pattern === '*') return true
  const cut = (text: string): string[] => {
    const fields: string[] = []
    let rest = text
    while (fields.length < 5) {
      const place = /^((?:\$\{[^}]*\}|[^:$]|\$)*?):/.exec(rest)
      if (place === null) break
      fields.push(place[1] ?? '')
      rest = rest.slice(place[0].length)
    }
    return [...fields, rest]
  }
  const wanted = cut(pattern)
  // A short pattern's last field stands for all that are left.
  const parts = arn.split(':')
  const places = wanted.length - 1
  const fields = parts.length < wanted.length ? parts : [...parts.slice(0, places), parts.slice(places).join(':')]
  return fields.length === wanted.length && wanted.every((one, index) => like(one, fields[index] ?? '', keys))
}

const number = (text: string): number => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN)
const bits = (ip: string): string =>
  ip
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')

type Test = (found: string, wanted: string, keys: NaiveCase['keys']) => boolean

const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (found, wanted, keys) => {
    const ready = substitute(wanted, keys)
    return ready !== undefined && hide(ready) === hide(found)
  },
  StringEqualsIgnoreCase: (found, wanted) => found.toLowerCase() === wanted.toLowerCase(),
  StringLike: (found, wanted, keys) => like(wanted, found, keys),
  NumericEquals: (found, wanted) => number(found) === number(wanted),
  NumericLessThan: (found, wanted) => number(found) < number(wanted),
  NumericLessThanEquals: (found, wanted) => number(found) <= number(wanted),
  NumericGreaterThan: (found, wanted) => number(found) > number(wanted),
  NumericGreaterThanEquals: (found, wanted) => number(found) >= number(wanted),
  DateEquals: (found, wanted) => Date.parse(found) === Date.parse(wanted),
  DateLessThan: (found, wanted) => Date.parse(found) < Date.parse(wanted),
  DateGreaterThan: (found, wanted) => Date.parse(found) > Date.parse(wanted),
  Bool: (found, wanted) => found.toLowerCase() === wanted.toLowerCase(),
  IpAddress: (found, wanted) => {
    const [net = '', size = '32'] = wanted.split('/')
    return bits(found).slice(0, Number(size)) === bits(net).slice(0, Number(size))
  },
  ArnLike: (found, wanted, keys) => arnLike(wanted, found, keys),
  ArnEquals: (found, wanted, keys) => arnLike(wanted, found, keys),
}

const NEGATIONS: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
  ArnNotLike: 'ArnLike',
  ArnNotEquals: 'ArnEquals',
}

/** The table of the IAM user guide, row by row. */
function conditionHolds(operator: string, key: string, wanted: readonly string[], keys: NaiveCase['keys']): boolean {
  const found = keys[key.toLowerCase()]
  if (operator === 'Null') return wanted.some((value) => (value.toLowerCase() === 'true') === (found === undefined))
  const forAll = operator.startsWith('ForAllValues:')
  const forAny = operator.startsWith('ForAnyValue:')
  const bare = operator.replace(/^For(All|Any)Values?:/, '')
  const ifExists = bare.endsWith('IfExists')
  const name = bare.replace(/IfExists$/, '')
  const positive = NEGATIONS[name]
  const negated = positive !== undefined
  const test = TESTS[positive ?? name]
  if (test === undefined) throw new Error(`the naive evaluator has no ${operator}`)
  if (found === undefined) {
    if (ifExists || forAll) return true
    if (forAny) return false
    return negated
  }
  const matches = (value: string): boolean => wanted.some((one) => test(value, one, keys))
  if (forAll) return found.every((value) => matches(value) !== negated)
  if (forAny) return found.some((value) => matches(value) !== negated)
  return negated ? !found.some(matches) : found.some(matches)
}

function conditionsHold(statement: Statement, keys: NaiveCase['keys']): boolean {
  return Object.entries(statement.Condition ?? {}).every(([operator, byKey]) =>
    Object.entries(byKey).every(([key, wanted]) => conditionHolds(operator, key, list(wanted), keys)),
  )
}

function covers(statement: Statement, { action, resource, keys }: NaiveCase): boolean {
  const actions = list(statement.Action ?? statement.NotAction)
  const isAction = actions.some((one) => glob(one.toLowerCase(), action.toLowerCase()))
  if (isAction === (statement.NotAction !== undefined)) return false
  const resources = list(statement.Resource ?? statement.NotResource)
  const isResource = resources.some((one) => arnLike(one, resource, keys))
  if (isResource === (statement.NotResource !== undefined)) return false
  return conditionsHold(statement, keys)
}

/** How strongly a principal is named: 0 not, 1 by its account, 2 by its role or with everybody, 3 itself. */
function namedBy(principal: Statement['Principal'], caller: NaiveCaller): number {
  if (principal === undefined) return 0
  const entries: [string, string][] =
    principal === '*'
      ? [['AWS', '*']]
      : Object.entries(principal).flatMap(([kind, values]) =>
          list(values).map((value): [string, string] => [kind, value]),
        )
  const strengths = entries.map(([kind, value]) => {
    if (kind === 'Service') return caller.kind === 'service' && caller.service === value ? 3 : 0
    if (kind !== 'AWS') return 0
    if (value === '*') return 2
    if (caller.kind === 'anonymous' || caller.kind === 'service') return 0
    if (caller.arn === value && caller.kind !== 'root') return 3
    if (caller.kind === 'session' && caller.roleArn === value) return 2
    return value === caller.account || value === `arn:aws:iam::${caller.account}:root` ? 1 : 0
  })
  return Math.max(0, ...strengths)
}

/** Whoever NotPrincipal names with its account, and a session with its role as well. */
function isSpared(named: NonNullable<Statement['NotPrincipal']>, caller: NaiveCaller): boolean {
  const arns = named === '*' ? ['*'] : list(named['AWS'] ?? [])
  if (arns.includes('*')) return true
  if (caller.kind === 'anonymous') return false
  if (caller.kind === 'service') return namedBy(named, caller) === 3
  const layers: (string | undefined)[][] = [[caller.account, `arn:aws:iam::${caller.account}:root`]]
  if (caller.kind !== 'root') layers.push([caller.arn])
  if (caller.kind === 'session') layers.push([caller.roleArn])
  return layers.every((layer) => layer.some((arn) => arn !== undefined && arns.includes(arn)))
}

function meant(statement: Statement, caller: NaiveCaller): number {
  if (statement.NotPrincipal === undefined) return namedBy(statement.Principal, caller)
  return isSpared(statement.NotPrincipal, caller) ? 0 : 2
}

/** True when the request is allowed. */
export function naiveAllows(question: NaiveCase): boolean {
  const { caller, identity, boundary, session, resourcePolicies } = question
  const isRoot = caller.kind === 'root'
  const own = [...(isRoot ? [] : identity), ...(boundary === undefined ? [] : [boundary]), ...(session ?? [])]
  const ownDeny = own.some((document) =>
    document.Statement.some((one) => one.Effect === 'Deny' && covers(one, question)),
  )
  const resourceStatements = resourcePolicies.flatMap((document) => document.Statement)
  const resourceDeny = resourceStatements.some(
    (one) => one.Effect === 'Deny' && meant(one, caller) > 0 && covers(one, question),
  )
  if (ownDeny || resourceDeny) return false
  const allows = (documents: readonly Document[]): boolean =>
    documents.some((document) => document.Statement.some((one) => one.Effect === 'Allow' && covers(one, question)))
  const granted = Math.max(
    0,
    ...resourceStatements
      .filter((one) => one.Effect === 'Allow' && covers(one, question))
      .map((one) => meant(one, caller)),
  )
  const limits = (boundary === undefined || allows([boundary])) && (session === undefined || allows(session))
  const identityAllows = isRoot || allows(identity)
  if (caller.kind === 'anonymous' || caller.kind === 'service') return granted > 0
  if (caller.account !== question.resourceAccount) return granted > 0 && identityAllows && limits
  if (granted === 3) return true
  if (question.resourceDecides && granted === 0 && !isRoot) return false
  return (granted === 2 || identityAllows) && limits
}
