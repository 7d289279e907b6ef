// Values between our codec's form and JSON that every language can compare: blobs as base64, timestamps as seconds since
// 1970, NaN and the infinities as strings, JSON in headers (botocore's `jsonvalue`) as what it says.
import type { IncomingBody } from '../server/src/protocol/operation.ts'
import { isEventStream, type Member, type Shape } from '../server/src/protocol/schema.ts'

const ROOT = { name: '', traits: {}, required: false } as const

/** botocore takes `jsonvalue` for what it says in headers only; in bodies it stays text. */
function isJsonHeader(traits: Member['traits']): boolean {
  return traits.mediaType === 'application/json' && traits.httpHeader !== undefined
}

/** What the codec read, as JSON. */
export async function toJson(shape: Shape, value: unknown): Promise<unknown> {
  return memberToJson({ ...ROOT, shape }, value)
}

async function memberToJson({ shape, traits }: Member, value: unknown): Promise<unknown> {
  if (value === null || value === undefined) return null
  switch (shape.kind) {
    case 'structure': {
      const source = value as Readonly<Record<string, unknown>>
      const target: Record<string, unknown> = {}
      for (const member of shape.members)
        if (source[member.name] !== undefined) target[member.name] = await memberToJson(member, source[member.name])
      return target
    }
    case 'list':
      return Promise.all((value as readonly unknown[]).map((item) => memberToJson(shape.element, item)))
    case 'map': {
      const entries = Object.entries(value as Readonly<Record<string, unknown>>).map(
        async ([key, item]) => [key, await memberToJson(shape.value, item)] as const,
      )
      return Object.fromEntries(await Promise.all(entries))
    }
    case 'blob':
      return (value instanceof Uint8Array ? Buffer.from(value) : await (value as IncomingBody).bytes()).toString(
        'base64',
      )
    case 'timestamp':
      return (value as Date).getTime() / 1000
    case 'number':
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
    case 'bigint':
      return typeof value === 'bigint' && !Number.isSafeInteger(Number(value)) ? String(value) : Number(value)
    case 'string':
      return isJsonHeader(traits) ? (JSON.parse(value as string) as unknown) : value
    default:
      return value
  }
}

/** JSON as what a handler would answer. */
export function fromJson(shape: Shape, value: unknown): unknown {
  return memberFromJson({ ...ROOT, shape }, value)
}

function memberFromJson(member: Member, value: unknown): unknown {
  const { shape, traits } = member
  const isJson = isJsonHeader(traits) || (traits.mediaType === 'application/json' && typeof value !== 'string')
  if (isJson && value !== undefined && value !== null) return JSON.stringify(value)
  if (value === null || value === undefined) return value
  switch (shape.kind) {
    case 'structure': {
      if (isEventStream(member)) return eventsFromJson(shape, value)
      const source = value as Readonly<Record<string, unknown>>
      return Object.fromEntries(shape.members.map((part) => [part.name, memberFromJson(part, source[part.name])]))
    }
    case 'list':
      return (value as readonly unknown[]).map((item) => memberFromJson(shape.element, item))
    case 'map':
      return Object.fromEntries(
        Object.entries(value as Readonly<Record<string, unknown>>).map(([key, item]) => [
          key,
          memberFromJson(shape.value, item),
        ]),
      )
    case 'blob':
      return Buffer.from(value as string, 'base64')
    case 'timestamp':
      return new Date(typeof value === 'number' ? Math.round(value * 1000) : (value as string))
    case 'number':
      return typeof value === 'string' ? Number(value) : value
    case 'bigint':
      return BigInt(value as string | number)
    default:
      return value
  }
}

async function* eventsFromJson(shape: Shape, events: unknown): AsyncGenerator {
  for (const event of events as readonly unknown[]) yield fromJson(shape, event)
}
