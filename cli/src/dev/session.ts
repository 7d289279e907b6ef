// One function under development: packaged, deployed, and after each save packaged and deployed again.
//
//   starting ─▶ serving ─(save)─▶ building ─┬─▶ serving (new code)
//                                           └─▶ broken  (the last good version goes on serving)
//   broken ─(save)─▶ building
//
// A save while building is taken up when the build is over. A build that fails waits a moment before it says so: an
// editor that empties a file and then fills it has not saved a broken file.
import { basename } from 'node:path'
import { AwsClient } from '../aws/client.ts'
import { pause } from '../pause.ts'
import { invokeUrl, LAMBDA, Lambda } from '../aws/lambda.ts'
import { Logs } from '../aws/logs.ts'
import type { Environment } from '../config.ts'
import { asCliError, CliError } from '../errors.ts'
import { Roles } from '../aws/iam.ts'
import { planDeploy, runStep, type WantedSettings } from '../function-deploy.ts'
import { findEntry, show } from '../packager/entry.ts'
import {
  BuildMemory,
  type FunctionPackage,
  packageFunction,
  type PackageOptions,
  runtimeText,
} from '../packager/package-function.ts'
import { languageOf } from '../packager/source-exports.ts'
import type { Output } from '../terminal/output.ts'
import { showLog } from './log-view.ts'
import { SourceWatch } from './source-watch.ts'

export interface SessionOptions {
  readonly path: string
  readonly flags: PackageOptions & WantedSettings
  readonly output: Output
  readonly endpoint: string
  readonly env: Environment
}

/** How long a failed build waits for the rest of a save before it is shown. */
const BROKEN_SETTLE_MS = 60

export class DevSession {
  readonly #options: SessionOptions
  readonly #client: AwsClient
  readonly #lambda: Lambda
  readonly #watch: SourceWatch
  readonly #stop = new AbortController()
  readonly #memory = new BuildMemory()
  #served: FunctionPackage | undefined
  #broken = false
  #log: Promise<void> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    // The server takes any credentials; the user's own may belong to a real cloud and are not used here.
    const env = {
      ...options.env,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_SESSION_TOKEN: undefined,
    }
    this.#client = new AwsClient({ endpoint: options.endpoint }, { ...env, AWS_PROFILE: undefined })
    this.#lambda = new Lambda(this.#client)
    this.#watch = new SourceWatch({
      isWanted: (file) => this.#matters(file),
      onSave: () => this.#deploy(performance.now(), 'when-changed'),
      onError: (error) => options.output.error(asCliError(error)),
    })
  }

  /** Deploys for the first time. Throws CliError for a path without a handler; a build that fails only waits for a save. */
  async start(): Promise<void> {
    const entry = findEntry(this.#options.path, this.#options.flags)
    this.#watch.follow([entry.file])
    await this.#deploy(performance.now(), 'when-changed')
    this.#log = showLog({
      output: this.#options.output,
      logs: new Logs(this.#client),
      name: entry.name,
      signal: this.#stop.signal,
    }).catch((error: unknown) => this.#options.output.error(asCliError(error)))
  }

  /** Packages and deploys again, and says how long it took. Throws nothing: what fails is shown. */
  async reload(): Promise<void> {
    await this.#deploy(performance.now(), 'always')
  }

  /** Stops watching; the function stays deployed. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#watch.close()
    await this.#log
  }

  async #deploy(began: number, when: 'always' | 'when-changed'): Promise<void> {
    const { path, flags } = this.#options
    try {
      const packed = await packageFunction(path, flags, this.#memory)
      const packagedMs = performance.now() - began
      this.#watch.follow(packed.inputs)
      if (when === 'when-changed' && packed.sha256 === this.#served?.sha256) return this.#mended(began)
      await this.#bring(packed)
      const first = this.#served === undefined
      this.#served = packed
      this.#broken = false
      const tookMs = Math.round(performance.now() - began)
      this.#options.output.detail(
        `packaged in ${Math.round(packagedMs)} ms, deployed in ${Math.round(tookMs - packagedMs)} ms`,
      )
      if (first) await this.#introduce(packed, tookMs)
      else this.#say(packed, tookMs)
    } catch (error) {
      await this.#failed(error)
    }
  }

  /** After a save only the code can differ; unless the state was reset, and the function is gone. */
  async #bring(packed: FunctionPackage): Promise<void> {
    const { flags } = this.#options
    const served = this.#served
    if (served !== undefined && served.handler === packed.handler && (await this.#updateCode(packed))) return
    const deployer = { lambda: this.#lambda, roles: new Roles(this.#client) }
    const plan = await planDeploy(deployer, packed, flags, this.#client.credentials)
    for (const step of plan.steps) await runStep(deployer, plan, step, packed)
  }

  async #updateCode(packed: FunctionPackage): Promise<boolean> {
    try {
      await this.#lambda.updateCode(packed.name, packed)
      return true
    } catch (error) {
      if (error instanceof CliError && error.code === 'MF2101') return false
      throw error
    }
  }

  async #introduce(packed: FunctionPackage, tookMs: number): Promise<void> {
    const { output, flags } = this.#options
    const url = invokeUrl(this.#client.endpoint(LAMBDA), packed.name, flags.durable !== undefined)
    const web = await this.#lambda.publicUrl(packed.name)
    output.note(`using ${show(packed.file)} (${runtimeText(packed.runtime)}, handler ${packed.handler})`)
    output.record(
      { event: 'function', function: packed.name, url, web, file: show(packed.file), runtime: packed.runtime, tookMs },
      `${output.style('bold', packed.name)} ${url}\n${output.style('bold', packed.name)} in a browser: ${web}`,
    )
  }

  #say(packed: FunctionPackage, tookMs: number): void {
    const { output } = this.#options
    const modules = packed.inputs.length
    output.record(
      { event: 'reload', function: packed.name, tookMs, modules, codeSha256: packed.sha256 },
      `${output.symbol('reload')} ${packed.name} ${tookMs} ms (${modules} module${modules === 1 ? '' : 's'})`,
    )
  }

  /** The sources are again what is being served. */
  #mended(began: number): void {
    const wasBroken = this.#broken
    this.#broken = false
    if (wasBroken && this.#served !== undefined) this.#say(this.#served, Math.round(performance.now() - began))
  }

  async #failed(error: unknown): Promise<void> {
    const { output } = this.#options
    await pause(BROKEN_SETTLE_MS, this.#stop.signal)
    if (this.#stop.signal.aborted || this.#watch.pending) return
    this.#broken = true
    output.error(asCliError(error))
    if (this.#served !== undefined) output.note(`${this.#served.name} goes on serving the last version that compiled`)
    else output.note('waiting for the next save')
  }

  /** Sources that went in; while the build is broken anything, since it may be what is missing. */
  #matters(path: string): boolean {
    const served = this.#served
    if (served === undefined || this.#broken) return !basename(path).startsWith('.')
    return served.inputs.includes(path) || (served.runtime.startsWith('python') && languageOf(path) === 'python')
  }
}
