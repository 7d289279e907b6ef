// The resource policy of a bus: statements that PutPermission adds, or a whole policy that it puts in their place.
import { compilePolicy } from '#identity/policy/compile.ts'
import { type BusRef, busArn } from './arn.ts'
import { policyTooLong, validation } from './errors.ts'
import { BUS_POLICY_BYTES_MAX } from './limits.ts'

type Statement = Readonly<Record<string, unknown>>

interface Policy {
  readonly Version?: string
  readonly Statement: readonly Statement[]
}

export interface Permission {
  readonly statementId: string
  readonly action: string
  /** An account, or `*`. */
  readonly principal: string
  readonly condition: { readonly Type: string; readonly Key: string; readonly Value: string } | undefined
}

/** The policy with the statement; one of the same id is replaced. Throws PolicyLengthExceededException. */
export function withStatement(policy: string | undefined, bus: BusRef, permission: Permission): string {
  const { statementId, action, principal, condition } = permission
  const statement = {
    Sid: statementId,
    Effect: 'Allow',
    Principal: principal === '*' ? '*' : { AWS: `arn:aws:iam::${principal}:root` },
    Action: action,
    Resource: busArn(bus),
    ...(condition && { Condition: { [condition.Type]: { [condition.Key]: condition.Value } } }),
  }
  const others = statementsOf(policy).filter(({ Sid }) => Sid !== statementId)
  return checkedLength(JSON.stringify({ Version: '2012-10-17', Statement: [...others, statement] }))
}

/** Undefined when the policy has no such statement; an empty text when it was the last. */
export function withoutStatement(policy: string | undefined, statementId: string): string | undefined {
  const statements = statementsOf(policy)
  const others = statements.filter(({ Sid }) => Sid !== statementId)
  if (others.length === statements.length) return undefined
  return others.length === 0 ? '' : JSON.stringify({ Version: '2012-10-17', Statement: others })
}

/** The policy as it is kept. Throws ValidationException, PolicyLengthExceededException. */
export function checkedPolicy(text: string): string {
  checkedLength(text)
  const compiled = compilePolicy(text, 'resource')
  if (compiled.kind === 'faulty')
    throw validation(`Parameter Policy is not valid. Reason: ${compiled.faults[0]?.message ?? 'it is no policy'}`)
  return text
}

function checkedLength(text: string): string {
  if (Buffer.byteLength(text) > BUS_POLICY_BYTES_MAX) throw policyTooLong()
  return text
}

/** Of a policy that was checked when it was put. */
function statementsOf(policy: string | undefined): readonly Statement[] {
  if (policy === undefined) return []
  const { Statement: statements } = JSON.parse(policy) as Policy
  return Array.isArray(statements) ? statements : [statements as unknown as Statement]
}
