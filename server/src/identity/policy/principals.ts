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
  const match: PrincipalMatch = (caller) => {
    let meant: Meant = 'not'
    for (const entry of values) meant = stronger(meant, meantBy(entry, caller))
    return meant
  }
  if (!negated) return match
  // Naming an account in NotPrincipal spares its root alone.
  return (caller) => {
    const meant = match(caller)
    return meant === 'not' || (meant === 'account' && caller.kind !== 'root') ? 'open' : 'not'
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
