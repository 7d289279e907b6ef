// Whether the server is alive and ready, for probes, compose files and people.
import type { ServiceId } from '#protocol/services.ts'
import { isLocalCaller } from './local-callers.ts'
import { type InternalAnswer, type InternalRoute, json } from './internal-routes.ts'

export interface HealthOptions {
  readonly version: string
  readonly mode: 'start' | 'dev'
  /** Reasons why the server is not ready; empty when it is. */
  readonly notReady: () => readonly string[]
  /** What somebody should look after though the server is ready. */
  readonly warnings: () => readonly string[]
  /** Services that have operations. */
  readonly built: readonly ServiceId[]
  /** Services that answer every operation with an explicit error. */
  readonly notBuilt: readonly ServiceId[]
  /** More to show to local callers under `/_mayfly/health`, for example the isolation tier. */
  readonly details: () => Readonly<Record<string, unknown>>
}

export function healthRoutes(options: HealthOptions): readonly InternalRoute[] {
  const alive = (): InternalAnswer => json(200, { status: 'ok' })
  const ready = (): InternalAnswer => {
    const reasons = options.notReady()
    return reasons.length === 0
      ? json(200, { status: 'ready', ...told(options.warnings()) })
      : json(503, { status: 'not ready', reasons })
  }
  return [
    { method: 'GET', path: '/healthz', guard: 'open', handle: alive },
    { method: 'GET', path: '/livez', guard: 'open', handle: alive },
    { method: 'GET', path: '/readyz', guard: 'open', handle: ready },
    {
      method: 'GET',
      path: '/_mayfly/health',
      guard: 'open',
      // Isolation and its weaknesses are the business of this machine.
      handle: ({ head }) => json(200, { ...describe(options), ...(isLocalCaller(head) && options.details()) }),
    },
    { method: 'GET', path: '/_localstack/health', guard: 'open', handle: () => json(200, likeLocalStack(options)) },
  ]
}

function told(warnings: readonly string[]): object {
  return warnings.length === 0 ? {} : { warnings }
}

function describe(options: HealthOptions): object {
  const { version, mode, built, notBuilt, notReady, warnings } = options
  const reasons = notReady()
  return {
    version,
    mode,
    status: reasons.length === 0 ? 'ready' : 'not ready',
    ...(reasons.length > 0 && { reasons }),
    ...told(warnings()),
    services: {
      ...Object.fromEntries(built.map((id) => [id, 'running'])),
      ...Object.fromEntries(notBuilt.map((id) => [id, 'not implemented'])),
    },
  }
}

/** Names as LocalStack uses them, for compose files and Testcontainers modules that wait for them. */
const LOCALSTACK_NAMES: Partial<Readonly<Record<ServiceId, string>>> = {
  'dynamodb-streams': 'dynamodbstreams',
  eventbridge: 'events',
  sfn: 'stepfunctions',
  'cloudwatch-logs': 'logs',
  'secrets-manager': 'secretsmanager',
  'api-gateway': 'apigateway',
  'resource-groups-tagging-api': 'resourcegroupstaggingapi',
}

function likeLocalStack(options: HealthOptions): object {
  const services = Object.fromEntries(options.built.map((id) => [LOCALSTACK_NAMES[id] ?? id, 'running']))
  return { services, edition: 'mayfly', version: options.version }
}
