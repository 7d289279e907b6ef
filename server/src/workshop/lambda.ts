import type { InternalRoute } from '#gateway/internal-routes.ts'
import { json } from '#gateway/internal-routes.ts'
import type { LambdaDeps } from '#services/lambda/deps.ts'
import { createCodeSource } from './code-source.ts'
import { imageRoutes } from './images.ts'
import type { Part, Surroundings } from './part.ts'

export function lambdaPart(around: Surroundings): Part {
  let opened: Promise<LambdaDeps> | undefined
  const open = (): Promise<LambdaDeps> => (opened ??= openLambda(around))
  return {
    services: {
      lambda: async () => {
        const [{ createLambdaService }, deps] = await Promise.all([import('#services/lambda/service.ts'), open()])
        return createLambdaService(deps)
      },
    },
    targets: {
      lambda: async () => (await import('#services/lambda/target.ts')).createLambdaTarget(await open()),
    },
    origins: async () => {
      const { LAMBDA_RECORD_SOURCE, recordOrigin } = await import('#services/lambda/event-sources/failure-record.ts')
      return { [LAMBDA_RECORD_SOURCE]: recordOrigin }
    },
    routes: [codeRoute(open), ...imageRoutes(around, open)],
    async start() {
      const { hasMappings } = await import('#services/lambda/event-sources/mapping-record.ts')
      // Lambda is opened by its first use, and mappings that a former life left are one.
      if (await hasMappings(around.store)) (await open()).mappings.start()
      const { hasExecutions } = await import('#services/lambda/durable/execution-record.ts')
      if (await hasExecutions(around.store)) (await open()).executions.start()
      const { hasOrders } = await import('#services/lambda/provisioning.ts')
      if (await hasOrders(around.store)) await (await open()).provisioning.start()
    },
    forget: () =>
      void opened?.then(({ mappings, provisioning, executions }) => {
        mappings.forget()
        executions.forget()
        provisioning.forget()
      }),
    async close(deadline) {
      // What could not open has nothing to stop.
      const deps = await opened?.catch(() => undefined)
      await Promise.all([deps?.mappings.stop(deadline.leftMs), deps?.executions.stop()])
    },
    async storageBytes(account) {
      const [{ storedCodeBytes }, { uploadedBytes }, { storedExecutionBytes }] = await Promise.all([
        import('#services/lambda/account-quotas.ts'),
        import('#services/lambda/images/uploads.ts'),
        import('#services/lambda/durable/execution-storage.ts'),
      ])
      const bytes = [
        storedCodeBytes(around.store, account),
        uploadedBytes(around, account),
        storedExecutionBytes(around.store, account),
      ]
      return (await Promise.all(bytes)).reduce((sum, one) => sum + one, 0)
    },
    isBlobReferenced: async (id) => (await import('#services/lambda/blob-references.ts')).isCodeBlob(around.store, id),
  }
}

/** Everything of Lambda stands on the engine. */
async function openLambda(around: Surroundings): Promise<LambdaDeps> {
  const [{ createLambdaDeps }, engine, usage] = await Promise.all([
    import('#services/lambda/deps.ts'),
    around.engine,
    around.usage(),
  ])
  const { store, blobs, clock, random, log, logs, credentials, hops, permission, vault } = around
  const { targetFor, queueSourceFor, streamSourceFor, draining } = around
  const deps = createLambdaDeps({
    store,
    blobs,
    clock,
    random,
    log: log.with({ room: 'lambda' }),
    engine,
    logs,
    usage,
    credentials,
    keys: vault,
    boxes: vault,
    codeSource: createCodeSource(() => around.service('s3')),
    hops,
    roles: {
      enforced: permission.enforced,
      flaw: (roleArn) => permission.roleFlaw(roleArn),
      refusal: ({ role, account }, action, resource, conditions) =>
        permission.refusal({ principal: role, sourceArn: '', account }, action, resource, conditions),
    },
    targetFor,
    queueSourceFor,
    streamSourceFor,
    quotas: around.quotas,
    storage: around.storage,
    options: around.lambda,
  })
  // Sources end their waits when the server drains: nothing new may be asked of them then.
  draining.addEventListener('abort', () => deps.mappings.drain(), { once: true })
  return deps
}

/** Where `GetFunction` sends clients for the package of a function. */
function codeRoute(open: () => Promise<LambdaDeps>): InternalRoute {
  return {
    method: 'GET',
    path: '/_mayfly/lambda-code/*',
    // The address is signed and short-lived, as AWS's presigned ones are.
    guard: 'open',
    handle: async ({ head }) => {
      const found = (await open()).codeLocations.open(head.path)
      if (found === undefined) return json(403, { error: 'This address is not valid, or not any more.' })
      return {
        status: 200,
        contentType: 'application/zip',
        headers: { 'content-length': String(found.bytes) },
        body: found.body,
      }
    },
  }
}
