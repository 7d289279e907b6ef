// Policies as the evaluator uses them: every pattern compiled, and for each action that was asked about the statements
// that concern it.
import { type ArnFields, compileArnPattern } from './arn-pattern.ts'
import type { ConditionKeys } from './condition-keys.ts'
import { type PolicyDocument, type PolicyFault, type PolicyKind, parsePolicy, type Statement } from './document.ts'
import { compileGlob } from './glob.ts'
import { compileCondition } from './operators.ts'
import { compilePrincipal, type PrincipalMatch } from './principals.ts'

/** Actions for which a policy keeps its statements at hand; beyond, it starts again. */
const ACTIONS_REMEMBERED_MAX = 256

export interface CompiledStatement {
  readonly sid: string | undefined
  /** Place in the policy, from 0. */
  readonly index: number
  readonly effect: 'Allow' | 'Deny'
  readonly principal: PrincipalMatch
  matchesResource(resource: string, fields: ArnFields, keys: ConditionKeys): boolean
  conditionsHold(keys: ConditionKeys): boolean
}

export interface CompiledPolicy {
  readonly document: PolicyDocument
  /** The statements whose Action or NotAction covers the action (`s3:GetObject`). */
  concerning(action: string): readonly CompiledStatement[]
}

export type Compilation =
  | { readonly kind: 'compiled'; readonly policy: CompiledPolicy }
  | { readonly kind: 'faulty'; readonly faults: readonly PolicyFault[] }

/** Checks a policy document of this kind and compiles it; the faults name their place. */
export function compilePolicy(document: string, kind: PolicyKind): Compilation {
  const parsed = parsePolicy(document, kind)
  return parsed.kind === 'faulty' ? parsed : { kind: 'compiled', policy: new Policy(parsed.document) }
}

class Policy implements CompiledPolicy {
  readonly document: PolicyDocument
  readonly #statements: readonly {
    readonly statement: CompiledStatement
    readonly covers: (action: string) => boolean
  }[]
  readonly #concerning = new Map<string, readonly CompiledStatement[]>()

  constructor(document: PolicyDocument) {
    this.document = document
    this.#statements = document.statements.map((statement, index) => ({
      statement: compileStatement(statement, index, document.hasVariables),
      covers: compileAction(statement),
    }))
  }

  concerning(action: string): readonly CompiledStatement[] {
    const known = this.#concerning.get(action)
    if (known !== undefined) return known
    const lowered = action.toLowerCase()
    const found = this.#statements.filter(({ covers }) => covers(lowered)).map(({ statement }) => statement)
    if (this.#concerning.size >= ACTIONS_REMEMBERED_MAX) this.#concerning.clear()
    this.#concerning.set(action, found)
    return found
  }
}

const NO_KEYS: ConditionKeys = { get: () => undefined }

/** Actions are the same in any case. */
function compileAction({ action }: Statement): (actionLowerCase: string) => boolean {
  const globs = action.values.map((value) => compileGlob(value.toLowerCase(), { variables: false, wildcards: true }))
  return (lowered) => globs.some((glob) => glob.matches(lowered, NO_KEYS)) !== action.negated
}

function compileStatement(statement: Statement, index: number, variables: boolean): CompiledStatement {
  const { sid, effect, resource, conditions } = statement
  const patterns = (resource?.values ?? ['*']).map((value) => compileArnPattern(value, variables))
  const negated = resource?.negated ?? false
  const compiled = conditions.map(({ operator, key, values }) => compileCondition(operator, key, values, variables))
  return {
    sid,
    index,
    effect,
    principal: compilePrincipal(statement.principal),
    matchesResource(arn, fields, keys) {
      for (const pattern of patterns) if (pattern.matches(arn, fields, keys)) return !negated
      return negated
    },
    conditionsHold(keys) {
      for (const holds of compiled) if (!holds(keys)) return false
      return true
    },
  }
}
