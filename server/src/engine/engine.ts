// The engine's outward face: what other rooms need to know to run code. The engine knows no AWS word: a "function
// version" is an id, a code package, limits and an environment.
import type { Writable } from 'node:stream'
import type { NetworkRule } from './egress/network-rule.ts'
import type { OpenBlock } from './launcher/uplink.ts'

/** Language runtimes with a bootstrap in the runtime package. */
export type RuntimeKind = 'node' | 'python'

/**
 * `custom`: the package brings a program that speaks the Lambda Runtime API; `java`: the machine's JDK is that program. Both
 * run in a cell of Node.js.
 */
export type FunctionRuntime = RuntimeKind | 'custom' | 'java'

/** What runs in a root file system. Source: OCI image specification, "Image configuration". */
export interface RootProgram {
  /** File and arguments; a name without a slash is looked for in the folders of PATH. */
  readonly entryPoint: readonly string[]
  readonly workingDirectory: string
}

export interface CodePackage {
  /** Content address (lower-case hex SHA-256 of the package): the same id is unpacked once per node. */
  readonly id: string
  /** Unpacked size in bytes. */
  readonly size: number
  /**
   * Writes the files below an empty folder that the engine made. Called at most once per id and node at a time. May be ended
   * early by the signal, whose reason it then rejects with; nothing is written any more when it settles.
   */
  unpack(folder: string, signal?: AbortSignal): Promise<void>
}

/** Credentials of one instance: whatever it calls with them is attributed to it. */
export interface InstanceCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/**
 * How many invocations there may be at once, counting an instance that runs none as one; further invocations wait (bounded)
 * and then are throttled.
 */
export interface Quota {
  /** Versions whose quotas have one id share it. */
  readonly id: string
  readonly instancesMax: number
}

/**
 * Why an instance was made: for an invocation, or ahead of one that is expected; because somebody ordered so many to be
 * there always; or to stand by, initialised and frozen, for the next invocation that finds none.
 */
export type Origin = 'on-demand' | 'provisioned' | 'snapshot'

/** Everything needed to run one immutable version of a function. */
export interface FunctionVersion {
  /** Unique per (account, function, version, revision): the identity a cell keeps for life. */
  readonly id: string
  readonly account: string
  readonly runtime: FunctionRuntime
  /** `file.export` as the user gave it. */
  readonly handler: string
  readonly code: CodePackage
  /** The code is a whole root file system, and this the program in it; only for `custom`, and without layers. */
  readonly root?: RootProgram
  /** Code that it shares with others, at /opt. */
  readonly layers?: CodePackage
  /** User variables and the reserved ones; the engine adds only what it alone knows. */
  readonly environment: Readonly<Record<string, string>>
  readonly memoryMb: number
  readonly timeoutMs: number
  /** Size of the writable temporary folder. */
  readonly ephemeralMb: number
  /** Invocations at once in one instance, for handlers of Node.js only; 1 when left out. */
  readonly concurrency?: number
  /**
   * Its instances have a network of their own instead of the proxy: public addresses, and these blocks (which may be private,
   * where the server allows that). Another list is another version.
   */
  readonly uplink?: readonly OpenBlock[]
  /** Versions of one lineage share what was learned about the times at which they are called. Default: the id. */
  readonly lineage?: string
  /** Asked whenever an instance may be added, so it may change while the version runs. */
  quota(): Quota
  /** Asked at each connection to another machine, so it may change while the version runs. Without it: nowhere. */
  network?(): Promise<NetworkRule>
  /** Called once per instance before it starts. `instance` is 32 hex digits. */
  credentials(instance: string): InstanceCredentials
  /** Variables that are secret until an instance starts; they win over `environment`. A rejection fails whoever waits for it. */
  secretEnvironment?(): Promise<Readonly<Record<string, string>>>
  /** Variables that differ by instance (its log stream); they win over `environment`. Called once per instance before it starts, after credentials. */
  instanceEnvironment?(instance: string, origin: Origin): Readonly<Record<string, string>>
  /** The instance is gone: whatever was kept for it can be dropped. Called once. */
  ended?(instance: string): void
  /** Called for output outside an invocation (init, background), one call per line, without the newline. */
  output(instance: string, line: OutputLine): void
}

export interface OutputLine {
  readonly timestampMs: number
  /** Bytes are UTF-8 and good until the call returns: those of a function that prints much are never made a text. */
  readonly text: string | Buffer
}

export interface Invocation {
  /** The request id that the function sees. */
  readonly id: string
  /** JSON bytes, passed on unparsed. */
  readonly payload: Uint8Array
  /** For whom it runs: an instance that has run for a tenant runs for no other, nor for nobody. */
  readonly tenant?: string | undefined
  /** Shown to the handler in its context object; the engine passes it on unread. */
  readonly context: Readonly<Record<string, string>>
  /** Aborting does not stop the handler; it only says that nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
  /** The answer is given when everything in the instance is done, extensions too; else as soon as the function has answered. */
  readonly waitsForAll?: boolean
  /** Without it an answer that comes in parts is collected, within the bound of any answer. */
  readonly stream?: StreamSink | undefined
  /** The invocation has begun in this instance, at `nowMs` (monotonic): bill and timeout run from here. Before any output. */
  started?(instance: string, initMs: number | undefined, nowMs: number): void
  output?(instance: string, line: OutputLine): void
  /** It is over, and the instance has not begun another one yet; `invoke` resolves a moment later. Not when throttled. */
  finished?(outcome: InvocationOutcome): void
}

export interface Metering {
  readonly instance: string
  /** Handler time in ms, fractional. */
  readonly durationMs: number
  /** Init time, for the first invocation of an instance. */
  readonly initMs: number | undefined
  readonly peakMemoryMb: number
  /**
   * CPU time since the last invocation that has it; unknown without control groups, for very short ones, and where several
   * run at once.
   */
  readonly cpuMs: number | undefined
  readonly cold: boolean
  /** Bytes to and from other machines since the last invocation was over. */
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** Takes an answer while the function makes it. */
export interface StreamSink {
  /** Before the first part: the answer is being made. The text comes from the function. */
  begin(contentType: string | undefined): void
  /** Parts; while it is full the function waits, and when it is destroyed the rest is thrown away. */
  readonly to: Writable
}

/** How an invocation ended. The payloads of `error` are the runtime's JSON: {errorType, errorMessage, trace|stackTrace}. */
export type InvocationOutcome =
  /** The payload is empty when the answer went to the invocation's stream. */
  | {
      readonly kind: 'result'
      readonly payload: Uint8Array
      readonly streamedBytes?: number
      readonly metering: Metering
    }
  /** The handler threw or rejected. */
  | { readonly kind: 'error'; readonly payload: Uint8Array; readonly metering: Metering }
  /** The code could not be loaded or its top level threw: Runtime.ImportModuleError, Runtime.UserCodeSyntaxError, ... */
  | { readonly kind: 'init-error'; readonly payload: Uint8Array; readonly metering: Metering }
  | { readonly kind: 'timeout'; readonly metering: Metering }
  | { readonly kind: 'out-of-memory'; readonly metering: Metering }
  /** The process ended during the invocation. */
  | { readonly kind: 'exit'; readonly code: number | null; readonly signal: string | null; readonly metering: Metering }
  /** Result over the limit. */
  | { readonly kind: 'too-large'; readonly bytes: number; readonly limitBytes: number; readonly metering: Metering }
  /** Never begun. `concurrency`: all allowed instances are busy; `capacity`: the node has no room. */
  | { readonly kind: 'throttled'; readonly reason: 'concurrency' | 'capacity' }

/** Isolation that this node really has, found by probing: A full, B without cgroups, C plain process. */
export type IsolationTier = 'A' | 'B' | 'C'

/**
 * What cells try and may not: `network` (a connection), `frame` (its channel to the engine), `system-call`, `memory` and
 * `processes` (more than its own).
 */
export type BlockedKind = 'network' | 'frame' | 'system-call' | 'memory' | 'processes'

export type UplinkStatus =
  | { readonly available: true }
  | { readonly available: false; readonly what: string; readonly mend: string }

export interface EngineStatus {
  readonly tier: IsolationTier
  /** One line per thing that is missing, with its mend. Empty in tier A. */
  readonly weaknesses: readonly { readonly what: string; readonly mend: string }[]
  readonly runtimes: Readonly<Record<RuntimeKind, { readonly available: boolean; readonly version?: string }>>
  /** Whether instances can have a network of their own; else why not. */
  readonly uplink: UplinkStatus
  /** Attempts that were blocked since the start. */
  readonly blocked: Readonly<Partial<Record<BlockedKind, number>>>
  readonly readyCells: number
  readonly instances: number
}

export interface LoadFault {
  readonly kind: 'init' | 'room' | 'start'
  readonly reason: string
}

/** How far an order of instances is carried out. */
export interface Provisioned {
  /** Initialised. */
  readonly allocated: number
  /** Initialised and not busy. */
  readonly available: number
  /** Why there are not all yet: the last attempt failed. `init`: by the function's own code. */
  readonly fault: LoadFault | undefined
}

export interface Engine {
  invoke(version: FunctionVersion, invocation: Invocation): Promise<InvocationOutcome>
  /** Ends all instances of a version, of all its tenants (code changed, function deleted), as soon as they are idle. */
  retire(versionId: string): void
  /** Unpacks what a version runs ahead of its first use. Rejects when it cannot be unpacked. */
  stage(version: Pick<FunctionVersion, 'code' | 'layers' | 'root'>): Promise<void>
  /** Boots, or reuses, an instance ahead of its first invocation (deploy-time warm-up, dev reload). */
  prepare(version: FunctionVersion): Promise<void>
  /** Keeps so many instances of the version initialised from now on; 0 ends that. Not kept over a restart. */
  provision(version: FunctionVersion, count: number): void
  provisioned(versionId: string): Provisioned
  /** Keeps one initialised, frozen instance of the version standing by, as long as there is memory. Not kept over a restart. */
  standBy(version: FunctionVersion): void
  status(): EngineStatus
  /** Drain: no new invocations; waits for running ones up to `graceMs`, then kills; ends the launcher. */
  close(graceMs: number): Promise<void>
  /** Ends every instance at once and forgets code (for `mayfly reset`); ready cells stay. */
  reset(): Promise<void>
}
