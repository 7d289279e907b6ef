// Values of an operation as a record of the call may show them: names as CloudTrail writes them, secrets hidden, payloads
// left out. What is secret the model says (`sensitive`); what it forgets to say is listed here.
import type { Member, Shape, StructureShape } from './schema.ts'

/** What stands in the place of a secret. Source: CloudTrail's own records. */
export const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS'

/** Members that sign or decrypt, whatever the model says of them. AWS shows session tokens; here nothing is written down. */
const SECRETS: ReadonlySet<string> = new Set([
  'SecretAccessKey',
  'SessionToken',
  'SSECustomerKey',
  'CopySourceSSECustomerKey',
])

const MESSAGE = ['Message', 'MessageBody', 'MessageAttributes', 'Subject', 'Body']
const ITEM = ['Item', 'Items', 'Attributes', 'Responses', 'Statement', 'Parameters']
const CONDITION = [
  'ExpressionAttributeValues',
  'AttributeUpdates',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
]

/** Members that are somebody's data. */
const DATA: Readonly<Record<string, ReadonlySet<string>>> = {
  sns: new Set(MESSAGE),
  sqs: new Set(MESSAGE),
  dynamodb: new Set([...ITEM, ...CONDITION]),
}

/** How deep a value is followed; documents below are left out. */
const DEPTH_MAX = 24

/** The loggable form of `value`, an input or output of shape `shape`. `service` says whose names they are. */
export function loggable(service: string, shape: StructureShape, value: unknown): Readonly<Record<string, unknown>> {
  return structure(service, shape, value, 0)
}

function structure(
  service: string,
  { members }: StructureShape,
  value: unknown,
  depth: number,
): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  if (typeof value !== 'object' || value === null) return found
  for (const member of members) {
    // A decoded value: an object whose members are those of its shape.
    const held = (value as Readonly<Record<string, unknown>>)[member.name]
    if (held === undefined || held === null) continue
    const shown = shownMember(service, member, held, depth + 1)
    if (shown !== undefined) found[lowerFirst(member.name)] = shown
  }
  return found
}

function shownMember(service: string, member: Member, value: unknown, depth: number): unknown {
  if (member.shape.kind === 'blob' || member.traits.streaming === 1) return undefined
  if (member.traits.sensitive === 1 || SECRETS.has(member.name) || DATA[service]?.has(member.name) === true)
    return HIDDEN
  return shown(service, member.shape, value, depth)
}

function shown(service: string, shape: Shape, value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) return undefined
  switch (shape.kind) {
    case 'structure':
      return structure(service, shape, value, depth)
    case 'list':
      return Array.isArray(value)
        ? value.map((element: unknown) => shownMember(service, shape.element, element, depth + 1) ?? null)
        : undefined
    case 'map':
      return Object.fromEntries(
        Object.entries(value ?? {}).map(([key, element]) => [
          key,
          shownMember(service, shape.value, element, depth + 1) ?? null,
        ]),
      )
    case 'blob':
      return undefined
    case 'bigint':
      return typeof value === 'bigint' ? value.toString() : value
    case 'timestamp':
    case 'string':
    case 'number':
    case 'boolean':
    case 'document':
      return value
  }
}

/** `FunctionName` is `functionName` in records, and `DBName` is `dBName`. */
function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
