// Finds the ports between services by the service that an ARN names. A port is opened when it is first used, so that a
// server starts without the services that nobody calls.
import type { QueueSource } from '#events/queue-source.ts'
import type { StreamSource } from '#events/stream-source.ts'
import type { Target } from '#events/target.ts'
import type { Part } from './part.ts'

/** A target that loads its service with the first event. */
export function lazyTarget(name: string, open: () => Promise<Target>): Target {
  const target = once(open)
  return {
    name,
    deliver: async (...event) => (await target()).deliver(...event),
    retryPolicy: async (destination) => (await target()).retryPolicy(destination),
    refusal: async (arn, origin) => (await target()).refusal(arn, origin),
    needs: async (arn, origin) => (await (await target()).needs?.(arn, origin)) ?? [],
  }
}

export function lazyQueueSource(open: () => Promise<QueueSource>): QueueSource {
  const source = once(open)
  return {
    describe: async (arn) => (await source()).describe(arn),
    receive: async (arn, options) => (await source()).receive(arn, options),
    delete: async (arn, handles) => (await source()).delete(arn, handles),
    release: async (arn, handles, delayMs) => (await source()).release(arn, handles, delayMs),
  }
}

export function lazyStreamSource(open: () => Promise<StreamSource>): StreamSource {
  const source = once(open)
  return {
    shards: async (arn) => (await source()).shards(arn),
    read: async (arn, shard, from, recordsMax) => (await source()).read(arn, shard, from, recordsMax),
    watch(arn, wake) {
      let end: (() => void) | 'ended' | undefined
      void source().then(
        (opened) => {
          if (end === 'ended') return
          end = opened.watch(arn, wake)
          // What happened before the source was there must not be missed.
          wake()
        },
        () => {},
      )
      return () => {
        if (typeof end === 'function') end()
        end = 'ended'
      }
    },
  }
}

/** All of one kind of port, by ARN service. Two parts that offer the same one are a mistake of the composition. */
export function collect<P>(
  parts: readonly Part[],
  offered: (part: Part) => Readonly<Record<string, () => Promise<P>>> | undefined,
  make: (name: string, open: () => Promise<P>) => P,
): ReadonlyMap<string, P> {
  return new Map(
    parts.flatMap((part) =>
      Object.entries(offered(part) ?? {}).map(([name, open]) => [name, make(name, open)] as const),
    ),
  )
}

/** A failed opening is tried again by the next caller. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
}
