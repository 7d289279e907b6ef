// From a name to code that runs: finds the version that a qualifier means, and makes of its record what the engine
// takes. What was found is kept in memory; the store is the truth, so every commit that touches functions empties the
// memory, and a read that began before such a commit is not kept.
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import type { NetworkRule } from '#engine/egress/network-rule.ts'
import type { FunctionVersion, Origin } from '#engine/engine.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import type { UsageMeter } from '#telemetry/usage/usage-ledger.ts'
import { type AliasRecord, type AliasRouting, aliases } from './alias-record.ts'
import { codePackage } from './code-store.ts'
import { concurrencyMaxOf } from './account-quotas.ts'
import { ConcurrencyQuotas } from './concurrency-quotas.ts'
import { type Variables, variablesOf } from './environment.ts'
import { environmentForInit } from './environment-encryption.ts'
import { functionNotFound, resourceNotFound } from './errors.ts'
import { type FunctionRef, functionArn, parseFunctionName, qualifiedArn } from './function-name.ts'
import { type FunctionRecord, functionKey, functions, type VersionRecord, versions } from './function-record.ts'
import { instanceConcurrency } from './instance-concurrency.ts'
import { imagePackage } from './images/image-package.ts'
import { rootProgramOf } from './images/root-program.ts'
import { InstanceLogs } from './instance-logs.ts'
import { VERSION_CACHE_MAX } from './limits.ts'
import { logVariables } from './log-settings.ts'
import { layerPackage } from './layer-use.ts'
import { networkRule, uplinkOf } from './network-tags.ts'
import type { LambdaOptions, LambdaPorts } from './ports.ts'
import type { InitFacts } from './system-log.ts'
import { runtimeOf, runtimeVersionArn } from './runtimes.ts'

export const LATEST = '$LATEST'

/** AWS_LAMBDA_INITIALIZATION_TYPE, by the reason for which an instance was made. */
const INITIALIZATION_TYPES: Readonly<Record<Origin, string>> = {
  'on-demand': 'on-demand',
  provisioned: 'provisioned-concurrency',
  snapshot: 'snap-start',
}

/** What runs a deployment: one object for its whole life, so that its instances keep their log streams. */
interface Deployment {
  readonly runnable: FunctionVersion
  readonly logs: InstanceLogs
  readonly meter: UsageMeter
}

/** A version that can be invoked. */
export interface DeployedVersion extends Deployment {
  readonly ref: FunctionRef
  /** A function that is made later under the same name has another one. */
  readonly functionId: string
  readonly record: VersionRecord
  /** What the handler sees as invokedFunctionArn. */
  readonly invokedArn: string
  /** Fields of the handler's context that are the same in every invocation. */
  readonly context: Readonly<Record<string, string>>
}

/** What a name means: one version, or two behind an alias with weights. */
interface Resolved {
  readonly main: DeployedVersion
  readonly other: { readonly deployed: DeployedVersion; readonly weight: number } | undefined
}

export interface FoundVersion {
  readonly record: VersionRecord
  readonly owner: FunctionRecord
  /** Where it was found by an alias that sends a share elsewhere. */
  readonly routing: AliasRouting | undefined
}

/** The record of a version, an alias's main one; undefined when there is no such function, version or alias. */
export async function findVersion(reader: Reader, ref: FunctionRef): Promise<FoundVersion | undefined> {
  const found = await functions.get(reader, functionKey(ref))
  if (!found) return undefined
  const owner = found.value
  const { qualifier = LATEST } = ref
  if (isVersion(qualifier)) return findNumbered(reader, owner, qualifier, undefined)
  const alias = (await aliases.get(reader, [owner.id, qualifier]))?.value
  return alias && findNumbered(reader, owner, alias.version, alias.routing)
}

function isVersion(qualifier: string): boolean {
  return qualifier === LATEST || /^\d+$/.test(qualifier)
}

async function findNumbered(
  reader: Reader,
  owner: FunctionRecord,
  version: string,
  routing: AliasRouting | undefined,
): Promise<FoundVersion | undefined> {
  if (version === LATEST) return { record: owner.latest, owner, routing }
  const number = Number(version)
  const found = Number.isSafeInteger(number) ? await versions.get(reader, [owner.id, number]) : undefined
  return found && { record: found.value, owner, routing }
}

/** Throws AWS's ResourceNotFoundException unless all versions that an alias points to are there. */
export async function requireVersions(
  reader: Reader,
  owner: FunctionRecord,
  { version, routing }: AliasRecord,
): Promise<void> {
  for (const wanted of routing === undefined ? [version] : [version, routing.version])
    if (!(await findNumbered(reader, owner, wanted, undefined)))
      throw resourceNotFound(`Function not found: ${functionArn(owner)}:${wanted}`)
}

/** The function, or AWS's ResourceNotFoundException. */
export async function requireFunction(reader: Reader, ref: FunctionRef): Promise<FunctionRecord> {
  const found = await functions.get(reader, functionKey(ref))
  if (!found) throw functionNotFound(functionArn(ref))
  return found.value
}

/** The version, or AWS's ResourceNotFoundException. */
export async function requireVersion(reader: Reader, ref: FunctionRef): Promise<FoundVersion> {
  const found = await findVersion(reader, ref)
  if (!found) throw functionNotFound(qualifiedArn(ref))
  return found
}

export class DeployedVersions {
  readonly #ports: LambdaPorts
  readonly #options: LambdaOptions
  readonly #byName = new LRUCache<string, Resolved>(grownTo(VERSION_CACHE_MAX))
  /** By names as callers write them. */
  readonly #byRequest = new LRUCache<string, Resolved>(grownTo(VERSION_CACHE_MAX))
  readonly #deployments = new LRUCache<string, Deployment>(grownTo(VERSION_CACHE_MAX))
  readonly #quotas: ConcurrencyQuotas
  #generation = 0

  constructor(ports: LambdaPorts, options: LambdaOptions) {
    this.#ports = ports
    this.#options = options
    this.#quotas = new ConcurrencyQuotas((account) => concurrencyMaxOf(ports, account, options.concurrencyMax))
    ports.quotas.onChange(() => this.forget())
    ports.store.watch([functions.name], () => this.forget())
    ports.store.watch([versions.name], () => this.forget())
    ports.store.watch([aliases.name], () => this.forget())
  }

  /**
   * The version that a caller named, at once when it was named this way before. Throws AWS's errors for names that
   * cannot be, and for functions and versions that are not there.
   */
  require(
    functionName: string,
    qualifier: string | undefined,
    context: RequestContext,
  ): DeployedVersion | Promise<DeployedVersion> {
    const asked = `${context.account} ${context.region} ${functionName} ${qualifier ?? ''}`
    const known = this.#byRequest.get(asked)
    return known ? this.#choose(known) : this.#look(asked, functionName, qualifier, context)
  }

  async #look(
    asked: string,
    functionName: string,
    qualifier: string | undefined,
    context: RequestContext,
  ): Promise<DeployedVersion> {
    const generation = this.#generation
    const ref = parseFunctionName(functionName, qualifier, context)
    const resolved = await this.#resolve(ref)
    if (!resolved) throw functionNotFound(qualifiedArn(ref))
    if (generation === this.#generation) this.#byRequest.set(asked, resolved)
    return this.#choose(resolved)
  }

  /** Undefined when there is no such version. */
  async find(ref: FunctionRef): Promise<DeployedVersion | undefined> {
    const resolved = await this.#resolve(ref)
    return resolved && this.#choose(resolved)
  }

  /** Each call throws the dice anew where an alias has weights. */
  #choose({ main, other }: Resolved): DeployedVersion {
    return other !== undefined && this.#ports.random() < other.weight ? other.deployed : main
  }

  async #resolve(ref: FunctionRef): Promise<Resolved | undefined> {
    const name = `${ref.account} ${ref.region} ${ref.name} ${ref.qualifier ?? ''}`
    const known = this.#byName.get(name)
    if (known) return known
    const generation = this.#generation
    const found = await findVersion(this.#ports.store, ref)
    if (!found) return undefined
    await this.#quotas.refresh(this.#ports.store, found.owner)
    const resolved = { main: this.#deployed(ref, found), other: await this.#otherOf(ref, found) }
    if (generation === this.#generation) this.#byName.set(name, resolved)
    return resolved
  }

  async #otherOf(ref: FunctionRef, { owner, routing }: FoundVersion): Promise<Resolved['other']> {
    if (routing === undefined) return undefined
    const found = await findNumbered(this.#ports.store, owner, routing.version, undefined)
    return found && { deployed: this.#deployed(ref, found), weight: routing.weight }
  }

  #deployed(ref: FunctionRef, found: FoundVersion): DeployedVersion {
    const invokedArn = qualifiedArn(ref)
    const context = { invokedFunctionArn: invokedArn }
    return {
      ...this.#deployment(ref, found),
      ref,
      functionId: found.owner.id,
      record: found.record,
      invokedArn,
      context,
    }
  }

  /**
   * After new code or settings were acknowledged: unpacks the code, and loads an instance where that is wished, so that
   * the next invocation need not. In the background and best-effort: the invocation itself does what is missing, and
   * tells what is wrong.
   */
  warmUp(ref: FunctionRef): void {
    const { engine, log } = this.#ports
    void (async () => {
      const deployed = await this.find({ ...ref, qualifier: undefined })
      if (!deployed) return
      await engine.stage(deployed.runnable)
      // Where there are tenants, the first one has to be known.
      if (this.#options.prepareChanges && deployed.record.tenancy === undefined) await engine.prepare(deployed.runnable)
    })().catch((error: unknown) => log.warn('lambda.warm-up.failed', { error, function: functionArn(ref) }))
  }

  /** After a change of a function: the next invocation reads again. */
  forget(): void {
    this.#generation++
    this.#byName.clear()
    this.#quotas.forget()
    this.#byRequest.clear()
  }

  /** Ends the instances of a deployment that is not current any more. */
  retire(owner: FunctionRecord, record: VersionRecord): void {
    this.forget()
    const id = runnableId(owner, record)
    this.#ports.engine.retire(this.#deployments.get(id)?.runnable.id ?? id)
  }

  /** A network of its own is part of what a cell is for life: when the tags say otherwise, other instances take over. */
  #deployment(ref: FunctionRef, found: FoundVersion): Deployment {
    const id = runnableId(found.owner, found.record)
    const known = this.#deployments.get(id)
    const uplink = uplinkOf(networkRule(found.owner.tags, this.#options.network))
    if (known && JSON.stringify(known.runnable.uplink) === JSON.stringify(uplink)) return known
    if (known) this.#ports.engine.retire(known.runnable.id)
    const deployment = this.#deploy(ref, found, uplink)
    this.#deployments.set(id, deployment)
    return deployment
  }

  #deploy(ref: FunctionRef, { record, owner }: FoundVersion, uplink: FunctionVersion['uplink']): Deployment {
    const { credentials, clock, hops } = this.#ports
    const place = { account: ref.account, region: ref.region, group: record.logGroup, version: record.version }
    const logs = new InstanceLogs(this.#ports, place, record.logSettings)
    const { code, sealed } = record
    const runtime = code.kind === 'image' ? undefined : runtimeOf(record.runtime)
    const variables = variablesOf(this.#ports, ref, record)
    const init: InitFacts = {
      functionName: ref.name,
      functionVersion: record.version,
      ...(runtime && { runtime: { label: runtime.label, arn: runtimeVersionArn(runtime.name, ref.region) } }),
    }
    const layers = layerPackage(this.#ports.blobs, record.layers ?? [])
    const runnable: FunctionVersion = {
      id: uplink ? `${runnableId(owner, record)}/${JSON.stringify(uplink)}` : runnableId(owner, record),
      account: ref.account,
      // The program of an image speaks the Runtime API.
      runtime: runtime?.kind ?? 'custom',
      handler: record.handler,
      ...this.#codeOf(record),
      ...(layers && { layers }),
      ...(sealed && { secretEnvironment: () => environmentForInit(this.#ports, ref, record.role, sealed) }),
      environment: this.#environment(ref, record, variables),
      memoryMb: record.memoryMb,
      timeoutMs: record.timeoutS * 1000,
      ephemeralMb: record.ephemeralMb,
      concurrency: instanceConcurrency(variables),
      lineage: `${ref.account}/${ref.region}/${ref.name}`,
      quota: this.#quotas.of(owner),
      network: () => this.#networkOf(ref),
      ...(uplink && { uplink }),
      credentials(instance) {
        logs.open(instance)
        const timestampMs = clock.nowMs()
        for (const text of logs.system.initStart(timestampMs, init)) logs.write(instance, { timestampMs, text })
        return credentials.issue({ account: ref.account, roleArn: record.role, sessionName: ref.name, instance })
      },
      instanceEnvironment: (instance, origin) => ({
        AWS_LAMBDA_INITIALIZATION_TYPE: INITIALIZATION_TYPES[origin],
        AWS_LAMBDA_LOG_STREAM_NAME: logs.streamOf(instance).stream,
      }),
      output(instance, line) {
        if (logs.keeps(line)) logs.write(instance, line)
      },
      ended(instance) {
        logs.close(instance)
        credentials.revokeInstance(instance)
        hops.leave(instance)
      },
    }
    const meter = this.#ports.usage.meter({ account: ref.account, region: ref.region, function: ref.name })
    return { runnable, logs, meter }
  }

  #codeOf({ code, overrides }: VersionRecord): Pick<FunctionVersion, 'code' | 'root'> {
    const { blobs } = this.#ports
    if (code.kind !== 'image') return { code: codePackage(blobs, code) }
    return { code: imagePackage(blobs, code), root: rootProgramOf(code.program, overrides) }
  }

  /** Read anew for each connection: a rule that was tightened holds at once. */
  async #networkOf(ref: FunctionRef): Promise<NetworkRule> {
    const found = await functions.get(this.#ports.store, functionKey(ref))
    const rule = found && networkRule(found.value.tags, this.#options.network)
    // What was stored was checked; a function that is gone reaches nothing.
    return rule === undefined || typeof rule === 'string' ? { kind: 'none' } : rule
  }

  /**
   * The variables of the developer guide's "Defined runtime environment variables", and the user's. What only the cell
   * knows is set there: folders, the endpoint, credentials.
   */
  #environment(ref: FunctionRef, record: VersionRecord, variables: Variables | undefined): Variables {
    const concurrency = instanceConcurrency(variables)
    const { code } = record
    return {
      // An image says itself what its programs need, and finds its handler in its command.
      ...(code.kind === 'image'
        ? { TZ: ':UTC', ...code.program.variables, ...variables }
        : { LANG: 'en_US.UTF-8', TZ: ':UTC', ...variables, _HANDLER: record.handler }),
      AWS_REGION: ref.region,
      AWS_DEFAULT_REGION: ref.region,
      AWS_EXECUTION_ENV: `AWS_Lambda_${code.kind === 'image' ? 'Image' : record.runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: ref.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(record.memoryMb),
      AWS_LAMBDA_FUNCTION_VERSION: record.version,
      AWS_LAMBDA_LOG_GROUP_NAME: record.logGroup,
      // Where it is set, AWS's libraries keep what belongs to one invocation apart from the others.
      ...(concurrency > 1 && { AWS_LAMBDA_MAX_CONCURRENCY: String(concurrency) }),
      ...logVariables(record.logSettings),
    }
  }
}

/** The identity that a cell keeps for life. */
function runnableId(owner: FunctionRecord, record: VersionRecord): string {
  return `${owner.account}/${owner.region}/${owner.name}/${record.version}/${record.deploymentId}`
}
