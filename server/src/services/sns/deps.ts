// What SNS is built with, and what its operations and targets share.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Principal } from '#base/principal.ts'
import type { HttpSender } from '#events/http-sender.ts'
import type { Target } from '#events/target.ts'
import type { KeyVault } from '#identity/key-vault.ts'
import type { Store } from '#storage/store.ts'
import type { LogWriter } from '#telemetry/logs.ts'
import { MessageSeal } from './message-seal.ts'
import { Publisher } from './publisher.ts'
import { Signer } from './signer.ts'
import { SubscriptionCache } from './subscription-cache.ts'
import { TopicViews } from './topic-views.ts'

export interface SnsPorts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly logs: LogWriter
  readonly vault: KeyVault
  /** How far along a chain of events the caller is (events/hops.ts). */
  readonly hops: { next(principal: Principal): number }
  readonly targetFor: (arn: string) => Target | undefined
  /** Where clients reach this server: certificates and links in messages begin with it. */
  readonly endpoint: () => string
  readonly http: HttpSender
}

export interface SnsDeps extends SnsPorts {
  readonly views: TopicViews
  readonly subscriptions: SubscriptionCache
  readonly publisher: Publisher
  readonly signer: Signer
  readonly seal: MessageSeal
  /** Forgets everything in memory; call it after the store was cleared. */
  forget(): void
  close(): void
}

/** Made once; service, targets and routes share it. */
export function createSnsDeps(ports: SnsPorts): SnsDeps {
  const { store, clock, vault } = ports
  const seal = new MessageSeal(vault, clock)
  const views = new TopicViews(store)
  const subscriptions = new SubscriptionCache(store)
  const publisher = new Publisher({ store, clock, views, seal })
  const signer = new Signer(ports)
  return {
    ...ports,
    views,
    subscriptions,
    publisher,
    signer,
    seal,
    forget() {
      views.forgetAll()
      subscriptions.forgetAll()
      signer.forget()
      seal.forget()
    },
    close() {
      views.close()
      subscriptions.close()
    },
  }
}
