import { json, type InternalRoute } from '#gateway/internal-routes.ts'
import type { SnsDeps } from '#services/sns/deps.ts'
import type { Part, Surroundings } from './part.ts'

/** Nothing is past its time so soon that a start should wait for it. */
const SWEEP_AFTER_MS = 60_000

export function snsPart(around: Surroundings): Part {
  let opened: Promise<SnsDeps> | undefined
  const open = (): Promise<SnsDeps> => (opened ??= openSns(around))
  return {
    services: {
      sns: async () => {
        const [{ createSnsService }, deps] = await Promise.all([import('#services/sns/service.ts'), open()])
        return createSnsService(deps)
      },
    },
    targets: {
      sns: async () => (await import('#services/sns/target.ts')).createSnsTarget(await open()),
      'sns-subscription': async () =>
        (await import('#services/sns/subscription-target.ts')).createSubscriptionTarget(await open(), around.random),
      'sns-fan-out': async () => (await import('#services/sns/fan-out-target.ts')).createFanOutTarget(await open()),
      'sns-replay': async () => (await import('#services/sns/replay.ts')).createReplayTarget(await open()),
    },
    routes: [certificateRoute(open), ...outboxRoutes(open)],
    async start() {
      await around.clock.sleep(SWEEP_AFTER_MS, around.closing)
      if (around.closing.aborted) return
      const { keepSweeping } = await import('#services/sns/sweep.ts')
      await keepSweeping(await open(), around.closing)
    },
    forget: () => void opened?.then((deps) => deps.forget()),
    close: async () => (await opened)?.close(),
  }
}

async function openSns(around: Surroundings): Promise<SnsDeps> {
  const [{ createSnsDeps }, { createHttpSender }] = await Promise.all([
    import('#services/sns/deps.ts'),
    import('#events/http-sender.ts'),
  ])
  const { store, clock, log, logs, vault, hops, targetFor, endpoint, allowPrivateEndpoints } = around
  return createSnsDeps({
    store,
    clock,
    log: log.with({ room: 'sns' }),
    logs,
    vault,
    hops,
    targetFor,
    endpoint,
    http: createHttpSender({ clock, allowPrivate: allowPrivateEndpoints }),
  })
}

/** Whoever gets a signed message may fetch the certificate that verifies it. */
function certificateRoute(open: () => Promise<SnsDeps>): InternalRoute {
  return {
    method: 'GET',
    path: '/_mayfly/sns/*',
    guard: 'open',
    handle: async ({ head }) => {
      const certificate = await (await open()).signer.certificateAt(head.path)
      return certificate === undefined
        ? json(404, { error: 'There is nothing here.' })
        : { status: 200, contentType: 'application/x-pem-file', body: certificate }
    },
  }
}

/** Emails, texts and pushes that were "sent": newest first. */
function outboxRoutes(open: () => Promise<SnsDeps>): readonly InternalRoute[] {
  return [
    {
      method: 'GET',
      path: '/_mayfly/outbox',
      guard: 'local',
      handle: async ({ params }) => {
        const { listSent, viewSent } = await import('#services/sns/sent-messages.ts')
        const before = Number(params.get('before') ?? Number.NaN)
        const page = await listSent((await open()).store, Number.isSafeInteger(before) ? before : undefined)
        return json(200, { schemaVersion: 1, messages: page.map(viewSent) })
      },
    },
    {
      method: 'DELETE',
      path: '/_mayfly/outbox',
      guard: 'local',
      handle: async () => {
        const { clearSent } = await import('#services/sns/sent-messages.ts')
        await clearSent((await open()).store)
        return json(200, { status: 'emptied' })
      },
    },
    {
      method: 'POST',
      path: '/_mayfly/outbox/opt-out',
      guard: 'local',
      // What a person does by answering STOP.
      handle: async ({ params }) => {
        const { optOut } = await import('#services/sns/sms.ts')
        const { store, clock } = await open()
        const done = await optOut(store, params.get('account') ?? '', params.get('number') ?? '', clock.nowMs())
        return done ? json(200, { status: 'opted out' }) : json(400, { error: 'Give account and number.' })
      },
    },
  ]
}
