// SimulatePrincipalPolicy and SimulateCustomPolicy: the evaluator of real requests, asked about requests that nobody made.
import { type ConditionKeys, conditionKeysOf } from '#identity/policy/condition-keys.ts'
import {
  type Decision,
  evaluate,
  type NamedPolicy,
  type PolicySet,
  type StatementName,
} from '#identity/policy/evaluate.ts'
import type { PolicyCaller } from '#identity/policy/caller.ts'
import type { PolicyDocument, PolicyKind } from '#identity/policy/document.ts'
import { compilePolicy } from '#identity/policy/compile.ts'
import { malformedPolicy, validationError } from './errors.ts'
import { pageOfList } from './pages.ts'
import type { IamInput, IamOutput } from './model.ts'

const ACTIONS_MAX = 1000
const RESOURCES_MAX = 1000

type Wish = Pick<
  IamInput<'SimulateCustomPolicy'>,
  | 'ActionNames'
  | 'ResourceArns'
  | 'ResourcePolicy'
  | 'ResourceOwner'
  | 'ContextEntries'
  | 'PermissionsBoundaryPolicyInputList'
  | 'Marker'
  | 'MaxItems'
>

export interface Simulated {
  readonly caller: PolicyCaller
  readonly identity: PolicySet['identity']
  readonly boundary?: NamedPolicy | undefined
  readonly account: string
}

type Simulation = NonNullable<IamOutput<'SimulateCustomPolicy'>>

/** Evaluates every action on every resource. Throws MalformedPolicyDocument and ValidationError. */
export function simulate(wish: Wish, { caller, identity, boundary, account }: Simulated): Simulation {
  const actions = wish.ActionNames ?? []
  const resources = wish.ResourceArns ?? ['*']
  if (actions.length === 0 || actions.length > ACTIONS_MAX || resources.length > RESOURCES_MAX)
    throw validationError('Invalid number of actions or resources.')
  const bad = actions.find((action) => !/^[a-zA-Z0-9-]+:[a-zA-Z0-9]+$/.test(action))
  if (bad !== undefined) throw validationError(`Invalid Input Action name: ${bad}`)
  const keys = keysOf(wish)
  const given = wish.PermissionsBoundaryPolicyInputList?.map((text, index) =>
    named(`PermissionsBoundaryPolicyInputList.${index + 1}`, text, 'identity'),
  )[0]
  const policies: PolicySet = {
    identity,
    boundary: given ?? boundary,
    resource: wish.ResourcePolicy === undefined ? [] : [named('ResourcePolicy', wish.ResourcePolicy, 'resource')],
  }
  const owner = /^arn:aws[a-z-]*:iam::(\d{12}):/.exec(wish.ResourceOwner ?? '')?.[1]
  const results = actions.flatMap((action) =>
    resources.map((resource) => {
      const resourceAccount = owner ?? (resource.split(':')[4] || account)
      const decision = evaluate({ caller, action, resource, resourceAccount, keys }, policies)
      return { action, resource, decision }
    }),
  )
  const page = pageOfList(results, ({ action, resource }) => `${action} ${resource}`, wish)
  const missing = missingKeys(policies, keys)
  return {
    EvaluationResults: page.items.map(({ action, resource, decision }) => ({
      EvalActionName: action,
      EvalResourceName: resource,
      EvalDecision: DECISIONS[decision.kind],
      MatchedStatements: matchedBy(decision).map(({ side, policy }) => ({
        SourcePolicyId: policy,
        SourcePolicyType: side === 'resource' ? ('resource' as const) : ('user' as const),
      })),
      MissingContextValues: missing,
      ...(policies.boundary !== undefined && {
        PermissionsBoundaryDecisionDetail: {
          AllowedByPermissionsBoundary: !isByBoundary(decision),
        },
      }),
    })),
    ...page.end,
  }
}

const DECISIONS = { allowed: 'allowed', denied: 'explicitDeny', 'not-allowed': 'implicitDeny' } as const

function matchedBy(decision: Decision): readonly StatementName[] {
  if (decision.kind === 'not-allowed' || decision.by === 'root') return []
  return [decision.by]
}

function isByBoundary(decision: Decision): boolean {
  if (decision.kind === 'not-allowed') return decision.missing === 'boundary'
  return decision.kind === 'denied' && decision.by.side === 'boundary'
}

/** A policy of the input, checked and compiled. */
export function named(name: string, text: string, kind: PolicyKind): NamedPolicy {
  const compiled = compilePolicy(text, kind)
  if (compiled.kind === 'faulty') throw malformedPolicy(compiled.faults)
  return { name, policy: compiled.policy }
}

function keysOf({ ContextEntries: entries = [] }: Wish): ConditionKeys {
  return conditionKeysOf(
    Object.fromEntries(entries.map(({ ContextKeyName: name = '', ContextKeyValues: values = [] }) => [name, values])),
  )
}

function missingKeys({ identity, boundary, resource }: PolicySet, keys: ConditionKeys): string[] {
  const all = [...(identity === 'everything' ? [] : identity), ...(boundary ? [boundary] : []), ...(resource ?? [])]
  return contextKeysIn(all.map(({ policy }) => policy.document)).filter(
    (key) => keys.get(key.toLowerCase()) === undefined,
  )
}

/** The condition keys that policies speak of, in conditions and in variables. */
export function contextKeysIn(documents: readonly PolicyDocument[]): string[] {
  const found = new Map<string, string>()
  const note = (key: string): unknown => found.set(key.toLowerCase(), found.get(key.toLowerCase()) ?? key)
  for (const { statements } of documents)
    for (const { conditions, resource } of statements) {
      for (const { key, values } of conditions) {
        note(key)
        for (const value of values) variablesIn(value).forEach(note)
      }
      for (const value of resource?.values ?? []) variablesIn(value).forEach(note)
    }
  return [...found.values()].toSorted()
}

function variablesIn(text: string): readonly string[] {
  return [...text.matchAll(/\$\{\s*([a-zA-Z0-9-]+:[^,}\s]+)/g)].map(([, key = '']) => key)
}
