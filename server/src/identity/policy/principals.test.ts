import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountOfCaller, nameOfCaller, type PolicyCaller } from './caller.ts'
import type { PrincipalEntry } from './document.ts'
import { compilePrincipal, type Meant, stronger } from './principals.ts'

const A = '111111111111'
const CALLERS = {
  anonymous: { kind: 'anonymous' },
  root: { kind: 'root', account: A },
  user: { kind: 'user', account: A, arn: `arn:aws:iam::${A}:user/ann` },
  session: {
    kind: 'session',
    account: A,
    arn: `arn:aws:sts::${A}:assumed-role/r/s`,
    roleArn: `arn:aws:iam::${A}:role/r`,
  },
  federated: { kind: 'federated', account: A, arn: `arn:aws:sts::${A}:federated-user/guest` },
  service: { kind: 'service', service: 's3.amazonaws.com' },
  provider: { kind: 'provider', provider: 'accounts.example.com' },
} as const satisfies Readonly<Record<string, PolicyCaller>>

type Name = keyof typeof CALLERS
const NAMES = Object.keys(CALLERS) as readonly Name[]

/** How an element means each kind of caller; whoever is not named is `not`. */
function check(entries: readonly PrincipalEntry[], wanted: Partial<Record<Name, Meant>>, negated = false): void {
  const match = compilePrincipal({ negated, values: entries })
  for (const name of NAMES)
    assert.equal(match(CALLERS[name]), wanted[name] ?? 'not', `${JSON.stringify(entries)}, ${name}`)
}

const aws = (value: string): PrincipalEntry => ({ kind: 'AWS', value })

test('each kind of entry means whom it names, as strongly as it names them', () => {
  const everybody = {
    anonymous: 'open',
    root: 'open',
    user: 'open',
    session: 'open',
    federated: 'open',
    service: 'open',
  } as const
  check([aws('*')], everybody)
  const account = { root: 'account', user: 'account', session: 'account', federated: 'account' } as const
  check([aws(A)], account)
  check([aws(`arn:aws:iam::${A}:root`)], account)
  check([aws('222222222222')], {})
  check([aws('arn:aws:iam::222222222222:root')], {})
  check([aws(CALLERS.user.arn)], { user: 'exact' })
  check([aws(CALLERS.session.arn)], { session: 'exact' })
  check([aws(CALLERS.session.roleArn)], { session: 'open' })
  check([aws(CALLERS.federated.arn)], { federated: 'exact' })
  check([{ kind: 'Service', value: 's3.amazonaws.com' }], { service: 'exact' })
  check([{ kind: 'Service', value: 'sns.amazonaws.com' }], {})
  check([{ kind: 'Federated', value: 'accounts.example.com' }], { provider: 'exact' })
  check([{ kind: 'Federated', value: 'other.example.com' }], {})
  check([{ kind: 'CanonicalUser', value: A }], {})
  check([aws('s3.amazonaws.com')], {})
  check([aws('accounts.example.com')], {})
  check([], {})
})

test('of several entries the strongest counts, in any order', () => {
  const both = [aws(A), aws(CALLERS.user.arn)]
  const wanted = { root: 'account', user: 'exact', session: 'account', federated: 'account' } as const
  check(both, wanted)
  check(both.toReversed(), wanted)
  check([aws(A), aws(CALLERS.session.roleArn)], { ...wanted, user: 'account', session: 'open' })
})

test('NotPrincipal means all others; it spares whom it names together with everything they belong to', () => {
  const open = Object.fromEntries(NAMES.map((name) => [name, 'open'])) as Record<Name, Meant>
  const root = aws(`arn:aws:iam::${A}:root`)
  for (const account of [aws(A), root]) {
    check([account], { ...open, root: 'not' }, true)
    check([account, aws(CALLERS.user.arn)], { ...open, root: 'not', user: 'not' }, true)
    check([aws(CALLERS.federated.arn), account], { ...open, root: 'not', federated: 'not' }, true)
    check(
      [account, aws(CALLERS.session.arn), aws(CALLERS.session.roleArn)],
      { ...open, root: 'not', session: 'not' },
      true,
    )
    check([account, aws(CALLERS.session.roleArn)], { ...open, root: 'not' }, true)
    check([account, aws(CALLERS.session.arn)], { ...open, root: 'not' }, true)
  }
  check([aws(CALLERS.user.arn)], open, true)
  check([aws(CALLERS.session.arn), aws(CALLERS.session.roleArn)], open, true)
  check([aws('222222222222')], open, true)
  check([aws('*')], { provider: 'open' }, true)
  check([{ kind: 'Service', value: 's3.amazonaws.com' }], { ...open, service: 'not' }, true)
  check([{ kind: 'Service', value: 'sns.amazonaws.com' }], open, true)
  check([{ kind: 'Federated', value: 'accounts.example.com' }], { ...open, provider: 'not' }, true)
  check(
    [
      { kind: 'Federated', value: A },
      { kind: 'CanonicalUser', value: CALLERS.user.arn },
    ],
    open,
    true,
  )
  check([], open, true)
})

test('without the element it is whoever the policy is attached to', () => {
  for (const name of NAMES) assert.equal(compilePrincipal(undefined)(CALLERS[name]), 'exact')
})

test('the order of strength', () => {
  const order: readonly Meant[] = ['not', 'account', 'open', 'exact']
  for (const [index, one] of order.entries())
    for (const [place, other] of order.entries())
      assert.equal(stronger(one, other), order[Math.max(index, place)], `${one} and ${other}`)
})

test('callers have names and accounts', () => {
  assert.deepEqual(
    NAMES.map((name) => nameOfCaller(CALLERS[name])),
    [
      'anonymous',
      `arn:aws:iam::${A}:root`,
      CALLERS.user.arn,
      CALLERS.session.arn,
      CALLERS.federated.arn,
      's3.amazonaws.com',
      'accounts.example.com',
    ],
  )
  assert.deepEqual(
    NAMES.map((name) => accountOfCaller(CALLERS[name])),
    [undefined, A, A, A, A, undefined, undefined],
  )
})
