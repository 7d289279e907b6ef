// What an engine is made with. Everything that is left out has a default in limits.ts or is found on the machine.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Duplex } from 'node:stream'
import type { DialerOptions } from './egress/dial.ts'
import type { IsolationTier, RuntimeKind } from './engine.ts'
import type { KeepAliveMode } from './keep-alive.ts'
import type { MemoryClass } from './launcher/commands.ts'

export type CpuMode = 'shared' | 'quota'

export interface EngineOptions {
  /** For unpacked code and cells; on a file system with hard links. Made if absent; owned by the engine. */
  readonly folder: string
  readonly log: Log
  readonly clock?: Clock
  /** Takes a connection that a function made to Mayfly's API. `instance` says whose it is, beyond doubt. */
  acceptSocket(socket: Duplex, instance: string): void
  /** Told when a launcher has been started: from there on the engine's start is mostly the work of other processes. */
  onLaunch?(): void
  /** Below this isolation the engine refuses to start. Default: C, the weakest. */
  readonly tierMinimum?: IsolationTier
  /** Better isolation than this is not tried. Default: A. For tests and for machines where a tier misbehaves. */
  readonly tierMaximum?: IsolationTier
  readonly nodePath?: string
  readonly pythonPath?: string
  /** Folders with bwrap, setpriv and unshare. */
  readonly toolFolders?: readonly string[]
  /**
   * The port on a cell's loopback where its functions find Mayfly's API: best the server's own, so that addresses that the
   * server gives out hold inside as well. Without a sandbox any free port is taken. Default: 4566.
   */
  readonly apiPort?: number
  /** Whether a function's list may open private addresses. Default: no. Loopback and link-local ones never are. */
  readonly allowPrivateEgress?: boolean
  /** How names are resolved and connections made; for tests. */
  readonly egress?: Pick<DialerOptions, 'resolve' | 'connect'>
  /** A node_modules folder; functions find its @aws-sdk packages when they do not bring their own. */
  readonly sdkFolder?: string
  /** Ready cells per runtime and memory class. */
  readonly ready?: Partial<Record<RuntimeKind, Partial<Record<MemoryClass, number>>>>
  /**
   * Whether functions share the machine's CPU by memory, and have what is left over (`shared`), or get what their memory buys
   * on AWS and never more (`quota`). Default: shared.
   */
  readonly cpu?: CpuMode
  readonly instancesMax?: number
  readonly memoryMbMax?: number
  readonly idleMax?: number
  /** Whether the time for which idle instances are kept is learned for each function. Default: learned. */
  readonly keepAlive?: KeepAliveMode
  readonly keepAliveMs?: number
  readonly freezeAfterMs?: number
  readonly standbyFromInitMs?: number
}
