// From a name to code that runs: finds the version that a qualifier means, and makes of its record what the engine
// takes. What was found is kept in memory; the store is the truth, so every commit that touches functions empties the
// memory, and a read that began before such a commit is not kept.
import { LRUCache } from 'lru-cache'
import type { FunctionVersion } from '#engine/engine.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { codePackage } from './code-store.ts'
import { functionNotFound } from './errors.ts'
import { type FunctionRef, functionArn, parseFunctionName, qualifiedArn } from './function-name.ts'
import { type FunctionRecord, functionKey, functions, type VersionRecord, versions } from './function-record.ts'
import { InstanceLogs } from './instance-logs.ts'
import { VERSION_CACHE_MAX } from './limits.ts'
import type { LambdaOptions, LambdaPorts } from './ports.ts'
import { runtimeOf, runtimeVersionArn } from './runtimes.ts'

export const LATEST = '$LATEST'

/** What runs a deployment: one object for its whole life, so that its instances keep their log streams. */
interface Deployment {
  readonly runnable: FunctionVersion
  readonly logs: InstanceLogs
}

/** A version that can be invoked. */
export interface DeployedVersion extends Deployment {
  readonly ref: FunctionRef
  readonly record: VersionRecord
  /** What the handler sees as invokedFunctionArn. */
  readonly invokedArn: string
}

export interface FoundVersion {
  readonly record: VersionRecord
  readonly owner: FunctionRecord
}

/** The record of a version; undefined when there is no such function, version or alias. */
export async function findVersion(reader: Reader, ref: FunctionRef): Promise<FoundVersion | undefined> {
  const found = await functions.get(reader, functionKey(ref))
  if (!found) return undefined
  const owner = found.value
  if (ref.qualifier === undefined || ref.qualifier === LATEST) return { record: owner.latest, owner }
  if (!/^\d{1,15}$/.test(ref.qualifier)) return undefined
  const version = await versions.get(reader, [owner.id, Number(ref.qualifier)])
  return version && { record: version.value, owner }
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
  readonly #byName = new LRUCache<string, DeployedVersion>({ max: VERSION_CACHE_MAX })
  /** By names as callers write them. */
  readonly #byRequest = new LRUCache<string, DeployedVersion>({ max: VERSION_CACHE_MAX })
  readonly #deployments = new LRUCache<string, Deployment>({ max: VERSION_CACHE_MAX })
  #generation = 0

  constructor(ports: LambdaPorts, options: LambdaOptions) {
    this.#ports = ports
    this.#options = options
    ports.store.watch([functions.name], () => this.forget())
    ports.store.watch([versions.name], () => this.forget())
  }

  /**
   * The version that a caller named, at once when it was named this way before. Throws AWS's errors for names that
   * cannot be, and for functions and versions that are not there.
   */
  async require(
    functionName: string,
    qualifier: string | undefined,
    context: RequestContext,
  ): Promise<DeployedVersion> {
    const asked = `${context.account} ${context.region} ${functionName} ${qualifier ?? ''}`
    const known = this.#byRequest.get(asked)
    if (known) return known
    const generation = this.#generation
    const ref = parseFunctionName(functionName, qualifier, context)
    const deployed = await this.find(ref)
    if (!deployed) throw functionNotFound(qualifiedArn(ref))
    if (generation === this.#generation) this.#byRequest.set(asked, deployed)
    return deployed
  }

  /** Undefined when there is no such version. */
  async find(ref: FunctionRef): Promise<DeployedVersion | undefined> {
    const name = `${ref.account} ${ref.region} ${ref.name} ${ref.qualifier ?? ''}`
    const known = this.#byName.get(name)
    if (known) return known
    const generation = this.#generation
    const found = await findVersion(this.#ports.store, ref)
    if (!found) return undefined
    const { record } = found
    const deployed = { ...this.#deployment(ref, found), ref, record, invokedArn: qualifiedArn(ref) }
    if (generation === this.#generation) this.#byName.set(name, deployed)
    return deployed
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
      await engine.stage(deployed.runnable.code)
      if (this.#options.prepareChanges) await engine.prepare(deployed.runnable)
    })().catch((error: unknown) => log.warn('lambda.warm-up.failed', { error, function: functionArn(ref) }))
  }

  /** After a change of a function: the next invocation reads again. */
  forget(): void {
    this.#generation++
    this.#byName.clear()
    this.#byRequest.clear()
  }

  /** Ends the instances of a deployment that is not current any more. */
  retire(owner: FunctionRecord, record: VersionRecord): void {
    this.forget()
    this.#ports.engine.retire(runnableId(owner, record))
  }

  #deployment(ref: FunctionRef, found: FoundVersion): Deployment {
    const id = runnableId(found.owner, found.record)
    const known = this.#deployments.get(id)
    if (known) return known
    const deployment = this.#deploy(id, ref, found)
    this.#deployments.set(id, deployment)
    return deployment
  }

  #deploy(id: string, ref: FunctionRef, { record }: FoundVersion): Deployment {
    const { credentials, clock, hops } = this.#ports
    const logs = new InstanceLogs(this.#ports, {
      account: ref.account,
      region: ref.region,
      group: record.logGroup,
      version: record.version,
    })
    const runtime = runtimeOf(record.runtime)
    const initStart = `INIT_START Runtime Version: ${runtime.label}\tRuntime Version ARN: ${runtimeVersionArn(runtime.name, ref.region)}`
    const runnable: FunctionVersion = {
      id,
      account: ref.account,
      runtime: runtime.kind,
      handler: record.handler,
      code: codePackage(this.#ports.blobs, record.code),
      environment: this.#environment(ref, record),
      memoryMb: record.memoryMb,
      timeoutMs: record.timeoutS * 1000,
      ephemeralMb: record.ephemeralMb,
      concurrencyMax: this.#options.concurrencyMax,
      credentials(instance) {
        logs.open(instance)
        logs.write(instance, { timestampMs: clock.nowMs(), text: initStart })
        return credentials.issue({ account: ref.account, roleArn: record.role, sessionName: ref.name, instance })
      },
      instanceEnvironment: (instance) => ({ AWS_LAMBDA_LOG_STREAM_NAME: logs.streamOf(instance).stream }),
      output: (instance, line) => logs.write(instance, line),
      ended(instance) {
        logs.close(instance)
        credentials.revokeInstance(instance)
        hops.leave(instance)
      },
    }
    return { runnable, logs }
  }

  /**
   * The variables of the developer guide's "Defined runtime environment variables", and the user's. What only the cell
   * knows is set there: folders, the endpoint, credentials.
   */
  #environment(ref: FunctionRef, record: VersionRecord): Readonly<Record<string, string>> {
    return {
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      ...record.environment,
      _HANDLER: record.handler,
      AWS_REGION: ref.region,
      AWS_DEFAULT_REGION: ref.region,
      AWS_EXECUTION_ENV: `AWS_Lambda_${record.runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: ref.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(record.memoryMb),
      AWS_LAMBDA_FUNCTION_VERSION: record.version,
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: record.logGroup,
    }
  }
}

/** The identity that a cell keeps for life. */
function runnableId(owner: FunctionRecord, record: VersionRecord): string {
  return `${owner.account}/${owner.region}/${owner.name}/${record.version}/${record.deploymentId}`
}
