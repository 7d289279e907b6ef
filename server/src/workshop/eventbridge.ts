import type { EventBridgeDeps } from '#services/eventbridge/deps.ts'
import type { Part, Surroundings } from './part.ts'

export function eventBridgePart(around: Surroundings): Part {
  let opened: Promise<EventBridgeDeps> | undefined
  const used = Promise.withResolvers<void>()
  const open = (): Promise<EventBridgeDeps> => {
    used.resolve()
    return (opened ??= openEventBridge(around))
  }
  return {
    services: {
      eventbridge: async () => {
        const [{ createEventBridgeService }, deps] = await Promise.all([
          import('#services/eventbridge/service.ts'),
          open(),
        ])
        return createEventBridgeService(deps)
      },
    },
    targets: {
      events: async () => (await import('#services/eventbridge/bus-target.ts')).createBusTarget(await open()),
      'events-rule': async () => (await import('#services/eventbridge/rule-target.ts')).createRuleTarget(await open()),
      'events-archive': async () =>
        (await import('#services/eventbridge/archive-target.ts')).createArchiveTarget(await open()),
      'events-replay': async () => (await import('#services/eventbridge/replay.ts')).createReplayTarget(await open()),
    },
    async start() {
      const { hasSlots } = await import('#services/eventbridge/slot.ts')
      // Schedules that a former life left go on at once; else there is nothing to do before the first use.
      if (!(await hasSlots(around.store))) await used.promise
      if (around.closing.aborted) return
      const [{ keepSchedules }, { keepSweeping }, deps] = await Promise.all([
        import('#services/eventbridge/scheduler.ts'),
        import('#services/eventbridge/sweep.ts'),
        open(),
      ])
      await Promise.all([keepSchedules(deps, around.closing), keepSweeping(deps, around.closing)])
    },
    forget: () => void opened?.then((deps) => deps.forget()),
    close: async () => (await opened)?.close(),
  }
}

async function openEventBridge(around: Surroundings): Promise<EventBridgeDeps> {
  const { createEventBridgeDeps } = await import('#services/eventbridge/deps.ts')
  const { store, clock, log, logs, hops, targetFor } = around
  return createEventBridgeDeps({ store, clock, log: log.with({ room: 'eventbridge' }), logs, hops, targetFor })
}
