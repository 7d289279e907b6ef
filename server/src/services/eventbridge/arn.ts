// The ARNs of buses, rules, archives and replays, and how requests name a bus.
import type { RequestContext } from '#protocol/operation.ts'

export const DEFAULT_BUS = 'default'

interface Place {
  readonly account: string
  readonly region: string
}

export interface BusRef extends Place {
  readonly name: string
}

export interface RuleRef extends Place {
  readonly bus: string
  readonly name: string
}

/** An archive or a replay. */
export interface NamedRef extends Place {
  readonly name: string
}

export function busArn({ account, region, name }: BusRef): string {
  return `arn:aws:events:${region}:${account}:event-bus/${name}`
}

/** Rules of the default bus have no bus in their ARN. */
export function ruleArn({ account, region, bus, name }: RuleRef): string {
  return `arn:aws:events:${region}:${account}:rule/${bus === DEFAULT_BUS ? '' : `${bus}/`}${name}`
}

export function archiveArn({ account, region, name }: NamedRef): string {
  return `arn:aws:events:${region}:${account}:archive/${name}`
}

export function replayArn({ account, region, name }: NamedRef): string {
  return `arn:aws:events:${region}:${account}:replay/${name}`
}

const ARN = /^arn:aws[\w-]*:events:([a-z0-9-]+):(\d{12}):(event-bus|rule|archive|replay)\/(.+)$/

export type EventsArn =
  | { readonly kind: 'bus'; readonly ref: BusRef }
  | { readonly kind: 'rule'; readonly ref: RuleRef }
  | { readonly kind: 'archive'; readonly ref: NamedRef }
  | { readonly kind: 'replay'; readonly ref: NamedRef }

/** Undefined for what is not the ARN of a bus, a rule, an archive or a replay. */
export function readArn(arn: string): EventsArn | undefined {
  const [, region = '', account = '', kind, path = ''] = ARN.exec(arn) ?? []
  const place = { account, region }
  switch (kind) {
    case 'event-bus':
      return { kind: 'bus', ref: { ...place, name: path } }
    case 'rule': {
      // The name of a bus may have slashes, that of a rule has none.
      const slash = path.lastIndexOf('/')
      const bus = slash === -1 ? DEFAULT_BUS : path.slice(0, slash)
      return { kind: 'rule', ref: { ...place, bus, name: path.slice(slash + 1) } }
    }
    case 'archive':
    case 'replay':
      return { kind, ref: { ...place, name: path } }
    default:
      return undefined
  }
}

export function readBusArn(arn: string): BusRef | undefined {
  const read = readArn(arn)
  return read?.kind === 'bus' ? read.ref : undefined
}

export function readRuleArn(arn: string): RuleRef | undefined {
  const read = readArn(arn)
  return read?.kind === 'rule' ? read.ref : undefined
}

/** The bus that a request names, by name or ARN; without one the default bus. */
export function requestedBus(
  nameOrArn: string | undefined,
  context: Pick<RequestContext, 'account' | 'region'>,
): BusRef {
  const named = nameOrArn ?? DEFAULT_BUS
  return readBusArn(named) ?? { account: context.account, region: context.region, name: named }
}

export function requestedRule(
  name: string | undefined,
  nameOrArn: string | undefined,
  context: Pick<RequestContext, 'account' | 'region'>,
): RuleRef {
  const { account, region, name: bus } = requestedBus(nameOrArn, context)
  return { account, region, bus, name: name ?? '' }
}
