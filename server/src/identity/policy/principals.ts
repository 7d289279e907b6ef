// The Principal and NotPrincipal of a statement. How a statement names the caller decides what else it needs: see
// evaluate.ts.
import { type PolicyCaller, rootArn } from './caller.ts'
import type { Element, PrincipalEntry } from './document.ts'

/**
 * How a principal element means a caller, weakest first: `account`: it trusts the caller's account, whose own policies
 * must agree. `open`: the caller's role, or everybody; boundaries and session policies still limit that. `exact`: the very
 * user, session or service.
 */
export type Meant = 'not' | 'account' | 'open' | 'exact'

const STRENGTH: Readonly<Record<Meant, number>> = { not: 0, account: 1, open: 2, exact: 3 }

export function stronger(one: Meant, other: Meant): Meant {
  return STRENGTH[one] >= STRENGTH[other] ? one : other
}

export type PrincipalMatch = (caller: PolicyCaller) => Meant

/** Compiles the element of a statement; `undefined` (identity policies) means whoever the policy is attached to. */
export function compilePrincipal(element: Element<PrincipalEntry> | undefined): PrincipalMatch {
  if (element === undefined) return () => 'exact'
  const { values, negated } = element
  if (negated) return (caller) => (isSpared(values, caller) ? 'not' : 'open')
  return (caller) => {
    let meant: Meant = 'not'
    for (const entry of values) meant = stronger(meant, meantBy(entry, caller))
    return meant
  }
}

/**
 * NotPrincipal spares a caller when it names it and everything that it belongs to: a user with its account; a session with
 * its role and account. Source: IAM user guide, "NotPrincipal".
 */
function isSpared(values: readonly PrincipalEntry[], caller: PolicyCaller): boolean {
  const names = (value: string): boolean => values.some((entry) => entry.kind === 'AWS' && entry.value === value)
  if (names('*') && caller.kind !== 'provider') return true
  switch (caller.kind) {
    case 'anonymous':
      return false
    case 'service':
    case 'provider':
      return values.some((entry) => meantBy(entry, caller) === 'exact')
    case 'root':
    case 'user':
    case 'federated':
    case 'session': {
      const { account } = caller
      const own = caller.kind === 'root' ? [] : caller.kind === 'session' ? [caller.arn, caller.roleArn] : [caller.arn]
      return own.every(names) && (names(account) || names(rootArn(account)))
    }
  }
}

function meantBy({ kind, value }: PrincipalEntry, caller: PolicyCaller): Meant {
  switch (kind) {
    case 'AWS':
      return meantByArn(value, caller)
    case 'Service':
      return caller.kind === 'service' && caller.service === value ? 'exact' : 'not'
    case 'Federated':
      return caller.kind === 'provider' && caller.provider === value ? 'exact' : 'not'
    case 'CanonicalUser':
      // Mayfly turns them into accounts before a policy is kept; elsewhere nobody is meant.
      return 'not'
  }
}

function meantByArn(value: string, caller: PolicyCaller): Meant {
  if (value === '*') return caller.kind === 'provider' ? 'not' : 'open'
  switch (caller.kind) {
    case 'anonymous':
    case 'service':
    case 'provider':
      return 'not'
    case 'root':
      return isAccount(value, caller.account) ? 'account' : 'not'
    case 'session':
      if (value === caller.arn) return 'exact'
      if (value === caller.roleArn) return 'open'
      return isAccount(value, caller.account) ? 'account' : 'not'
    case 'user':
    case 'federated':
      if (value === caller.arn) return 'exact'
      return isAccount(value, caller.account) ? 'account' : 'not'
  }
}

function isAccount(value: string, account: string): boolean {
  return value === account || value === rootArn(account)
}
