// Brings a function, packaged or an image, to a server: creates it, or changes only what differs. What is the same is left alone, so a
// second deploy of the same sources does nothing.
import { BASIC_EXECUTION, DURABLE_EXECUTION, type Roles } from './aws/iam.ts'
import { accountOf, type Credentials } from './aws/credentials.ts'
import type { Code, FunctionConfiguration, FunctionSettings, Lambda } from './aws/lambda.ts'
import { pause } from './pause.ts'
import { isDeepStrictEqual } from 'node:util'
import { CliError } from './errors.ts'
import { ACTIVE_POLL_MS, ACTIVE_WAIT_MS } from './limits.ts'
import { type NetworkFlags, networkTags, networkTagsOf } from './network-tags.ts'

/** What the user asked for; what is unset stays as it is. */
export interface WantedSettings extends NetworkFlags {
  readonly runtime?: string | undefined
  readonly memory?: number | undefined
  readonly timeout?: number | undefined
  /** Invocations at once in one instance. */
  readonly concurrency?: number | undefined
  readonly env?: readonly (readonly [string, string])[] | undefined
  readonly role?: string | undefined
  /** A durable function: how many seconds its executions may last. */
  readonly durable?: number | undefined
}

/** The same, with what only a new function can be made with. */
export interface WantedFunction extends WantedSettings {
  /** Its instances serve one tenant each. */
  readonly tenantIsolation?: boolean | undefined
}

type Tags = Readonly<Record<string, string>>

/** What is deployed: a package, or an image that the server has. */
export type Artifact = Code & {
  readonly name: string
  /** As Lambda's CodeSha256. */
  readonly sha256: string
  /** Of a package. */
  readonly runtime?: string
  readonly handler?: string
}

export type Step =
  | { readonly kind: 'create-role'; readonly name: string; readonly policyArn: string }
  | { readonly kind: 'create' }
  | { readonly kind: 'update-code' }
  | { readonly kind: 'update-configuration'; readonly changes: readonly string[] }
  | { readonly kind: 'update-network'; readonly arn: string; readonly from: Tags; readonly to: Tags }
  | { readonly kind: 'unchanged' }

export interface DeployPlan {
  readonly name: string
  readonly steps: readonly Step[]
  readonly settings: FunctionSettings
  /** Of a new function. */
  readonly tags: Tags
  /** Calls must name a tenant. */
  readonly hasTenants: boolean
  /** Calls must name a version. */
  readonly isDurable: boolean
}

/** What a deploy talks to. */
export interface Deployer {
  readonly lambda: Lambda
  readonly roles: Roles
}

/** The roles of functions that are given none. */
const DEFAULT_ROLE = { name: 'mayfly-function', policyArn: BASIC_EXECUTION }
const DURABLE_ROLE = { name: 'mayfly-durable-function', policyArn: DURABLE_EXECUTION }

/** Compares what is there with what is wanted. Changes nothing. */
export async function planDeploy(
  { lambda, roles }: Deployer,
  packed: Artifact,
  wanted: WantedFunction,
  credentials: Credentials,
): Promise<DeployPlan> {
  const there = await lambda.find(packed.name)
  const settings = settingsOf(packed, wanted, there?.Environment?.Variables ?? {})
  const network = networkTags(wanted)
  const tags = network ?? {}
  if (there === undefined) {
    // Lambda demands a role that exists; where none is named there is one for all, made when it is missing.
    const isDurable = wanted.durable !== undefined
    const own = isDurable ? DURABLE_ROLE : DEFAULT_ROLE
    const isMissing = wanted.role === undefined && !(await roles.exists(own.name))
    const role = wanted.role ?? `arn:aws:iam::${accountOf(credentials)}:role/${own.name}`
    const steps: Step[] = isMissing ? [{ kind: 'create-role', ...own }, { kind: 'create' }] : [{ kind: 'create' }]
    const hasTenants = wanted.tenantIsolation === true
    return { name: packed.name, steps, settings: { ...settings, Role: role }, tags, hasTenants, isDurable }
  }
  const hasTenants = there.TenancyConfig !== undefined
  if (wanted.tenantIsolation === true && !hasTenants) throw madeWithout(packed.name, 'tenant isolation')
  const isDurable = there.DurableConfig !== undefined
  if (wanted.durable !== undefined && !isDurable) throw madeWithout(packed.name, 'durable execution')
  const kept = keptRuntime(there, packed, wanted)
  const steps: Step[] = []
  if (there.CodeSha256 !== packed.sha256) steps.push({ kind: 'update-code' })
  const renewed = { ...settings, ...(kept !== undefined && { Runtime: kept }) }
  const changes = changesOf(there, renewed)
  if (changes.length > 0) steps.push({ kind: 'update-configuration', changes })
  if (network !== undefined) {
    const from = networkTagsOf(await lambda.tags(there.FunctionArn))
    if (!isDeepStrictEqual(from, network))
      steps.push({ kind: 'update-network', arn: there.FunctionArn, from, to: network })
  }
  if (steps.length === 0) steps.push({ kind: 'unchanged' })
  return { name: packed.name, steps, settings: renewed, tags, hasTenants, isDurable }
}

/** A version of the language that was chosen once stays until another is named. */
function keptRuntime(there: FunctionConfiguration, { runtime }: Artifact, wanted: WantedSettings): string | undefined {
  const language = (runtime: string) => runtime.replace(/[\d.].*$/, '')
  if (wanted.runtime !== undefined || there.Runtime === undefined || runtime === undefined) return runtime
  return language(there.Runtime) === language(runtime) ? there.Runtime : runtime
}

/** Carries out one step and waits until the function can be invoked. */
export async function runStep(
  { lambda, roles }: Deployer,
  plan: DeployPlan,
  step: Step,
  packed: Artifact,
): Promise<void> {
  switch (step.kind) {
    case 'create-role':
      return roles.create(step.name, step.policyArn)
    case 'create':
      return untilActive(lambda, await lambda.create(plan, packed))
    case 'update-code':
      return untilActive(lambda, await lambda.updateCode(plan.name, packed))
    case 'update-configuration':
      return untilActive(lambda, await lambda.updateConfiguration(plan.name, plan.settings))
    case 'update-network':
      return lambda.changeTags(step.arn, step.from, step.to)
    case 'unchanged':
      return
  }
}

/** What the server reads the concurrency of an instance from (docs/services/lambda.md). */
const CONCURRENCY_VARIABLE = 'MAYFLY_CONCURRENCY'

/** The variables that are wanted; undefined when those that are there stay. */
function variablesOf(
  { env, concurrency }: WantedSettings,
  there: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  if (env === undefined && concurrency === undefined) return undefined
  const named = env === undefined ? there : Object.fromEntries(env)
  const kept = concurrency?.toString() ?? named[CONCURRENCY_VARIABLE] ?? there[CONCURRENCY_VARIABLE]
  return kept === undefined ? named : { ...named, [CONCURRENCY_VARIABLE]: kept }
}

function settingsOf(
  packed: Artifact,
  wanted: WantedSettings,
  there: Readonly<Record<string, string>>,
): FunctionSettings {
  const variables = variablesOf(wanted, there)
  return {
    ...(packed.runtime !== undefined && { Runtime: packed.runtime, Handler: packed.handler }),
    ...(wanted.role === undefined ? {} : { Role: wanted.role }),
    ...(wanted.memory === undefined ? {} : { MemorySize: wanted.memory }),
    ...(wanted.timeout === undefined ? {} : { Timeout: wanted.timeout }),
    ...(variables === undefined ? {} : { Environment: { Variables: variables } }),
    ...(wanted.durable === undefined ? {} : { DurableConfig: { ExecutionTimeout: wanted.durable } }),
  }
}

/** `memory 128 → 512`, for each setting that differs. Variables are named, never shown. */
function changesOf(there: FunctionConfiguration, wanted: FunctionSettings): readonly string[] {
  const changes: string[] = []
  const compare = (label: string, from: string | number | undefined, to: string | number | undefined): void => {
    if (to !== undefined && from !== to) changes.push(`${label} ${from} → ${to}`)
  }
  compare('runtime', there.Runtime, wanted.Runtime)
  compare('handler', there.Handler, wanted.Handler)
  compare('role', there.Role, wanted.Role)
  compare('memory', there.MemorySize, wanted.MemorySize)
  compare('timeout', there.Timeout, wanted.Timeout)
  compare('durable', there.DurableConfig?.ExecutionTimeout, wanted.DurableConfig?.ExecutionTimeout)
  if (wanted.Environment !== undefined) {
    const names = changedNames(there.Environment?.Variables ?? {}, wanted.Environment.Variables)
    if (names.length > 0) changes.push(`env ${names.join(', ')}`)
  }
  return changes
}

function changedNames(from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>): readonly string[] {
  const names = new Set([...Object.keys(from), ...Object.keys(to)])
  return [...names].filter((name) => from[name] !== to[name]).toSorted()
}

async function untilActive(lambda: Lambda, first: FunctionConfiguration): Promise<void> {
  const deadline = performance.now() + ACTIVE_WAIT_MS
  let now: FunctionConfiguration | undefined = first
  for (;;) {
    if (now === undefined) throw notActive(first.FunctionName, 'it was deleted meanwhile')
    if (now.State === 'Failed') throw notActive(now.FunctionName, now.StateReason)
    if (now.LastUpdateStatus === 'Failed') throw notActive(now.FunctionName, now.LastUpdateStatusReason)
    const pending = now.State === 'Pending' || now.LastUpdateStatus === 'InProgress'
    if (!pending) return
    if (performance.now() > deadline)
      throw notActive(now.FunctionName, `still pending after ${ACTIVE_WAIT_MS / 1000} s`)
    await pause(ACTIVE_POLL_MS)
    now = await lambda.find(first.FunctionName)
  }
}

function madeWithout(name: string, what: string): CliError {
  return new CliError('MF2103', `${name} was made without ${what}, and that cannot be changed`, {
    mend: 'Deploy it under another name, or delete the function first.',
  })
}

function notActive(name: string, reason: string | undefined): CliError {
  return new CliError('MF3002', `${name} did not become active`, { why: reason })
}
