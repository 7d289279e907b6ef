// Patterns for text of fields between spaces: [ip, user, ..., status = 4* || status = 500, bytes > 1000]. Text between
// square brackets or double quotation marks is one field. One "..." stands for any number of fields; without it, the
// last field of the pattern takes all that is left of the message.
import { type Condition, parseConditions } from './conditions.ts'
import { type Cursor, invalidPattern, isWordCharacter } from './cursor.ts'
import { type Comparison, holdsOrder, isNumber, parseComparison, PatternQuota } from './value.ts'

export interface FieldsPattern {
  matches(message: string): boolean
  /** The message's fields by `$name`, or `$1`, `$2`, ... where the pattern gives no name. */
  extract(message: string): Record<string, string> | undefined
}

interface Field {
  readonly name: string | undefined
  readonly condition: Condition<string> | undefined
}

/** Fields of the pattern before and after the dots; `after` is undefined without dots. */
interface Shape {
  readonly before: readonly Field[]
  readonly after: readonly Field[] | undefined
}

/** Reads what is between the square brackets. */
export function parseFieldsPattern(cursor: Cursor): FieldsPattern {
  const shape = parseShape(cursor)
  const values = (message: string): readonly MatchedField[] | undefined =>
    matchFields(shape, splitFields(message), message)
  return {
    matches: (message) => values(message) !== undefined,
    extract: (message) => {
      const found = values(message)
      return found && Object.fromEntries(found.map(({ name, value }, index) => [`$${name ?? index + 1}`, value]))
    },
  }
}

function parseShape(cursor: Cursor): Shape {
  const quota = new PatternQuota()
  const before: Field[] = []
  let after: Field[] | undefined
  do {
    cursor.skipSpaces()
    if (!cursor.take('...')) (after ?? before).push(parseField(cursor, quota))
    else if (after) throw invalidPattern()
    else after = []
    cursor.skipSpaces()
  } while (cursor.take(','))
  if (!cursor.isAtEnd) throw cursor.unexpected()
  return { before, after }
}

function parseField(cursor: Cursor, quota: PatternQuota): Field {
  let name: string | undefined
  const parseOne = (): Condition<string> => {
    const found = takeName(cursor)
    // All conditions of a field are about this field.
    if (found === '' || (name ?? found) !== found) throw found === '' ? cursor.unexpected() : invalidPattern()
    name = found
    const comparison = parseComparison(cursor, quota)
    return (value) => holds(comparison, value)
  }
  if (cursor.isAtEnd || cursor.next === ',') return { name: undefined, condition: undefined }
  const start = cursor.at
  name = takeName(cursor)
  if (name !== '' && (cursor.isAtEnd || cursor.next === ',')) return { name, condition: undefined }
  cursor.at = start
  name = undefined
  const condition = parseConditions(cursor, parseOne)
  return { name, condition }
}

function takeName(cursor: Cursor): string {
  cursor.skipSpaces()
  const name = cursor.takeWhile((character) => isWordCharacter(character) || character === '-')
  cursor.skipSpaces()
  return name
}

function holds({ operator, equals, number }: Comparison, value: string): boolean {
  if (operator === '=') return equals(value)
  if (operator === '!=') return !equals(value)
  return number !== undefined && isNumber(value) && holdsOrder(operator, Number(value), number)
}

interface MessageField {
  readonly value: string
  /** Where it begins in the message. */
  readonly start: number
}

const CLOSINGS: Readonly<Record<string, string>> = { '[': ']', '"': '"' }

function splitFields(message: string): readonly MessageField[] {
  const fields: MessageField[] = []
  // Marks that are never closed are text; each kind is looked for once, so that the time stays linear.
  const unclosed = new Set<string>()
  const space = /\s/
  let at = 0
  while (at < message.length) {
    const first = message.charAt(at)
    if (space.test(first)) {
      at++
      continue
    }
    const start = at
    const closing = unclosed.has(first) ? undefined : CLOSINGS[first]
    const close = closing === undefined ? -1 : message.indexOf(closing, at + 1)
    if (close >= 0) {
      fields.push({ value: message.slice(start + 1, close), start })
      at = close + 1
    } else {
      unclosed.add(first)
      while (at < message.length && !space.test(message.charAt(at))) at++
      fields.push({ value: message.slice(start, at), start })
    }
  }
  return fields
}

interface MatchedField {
  readonly name: string | undefined
  readonly value: string
}

function matchFields(
  shape: Shape,
  fields: readonly MessageField[],
  message: string,
): readonly MatchedField[] | undefined {
  const { before, after } = shape
  if (fields.length < before.length + (after?.length ?? 0)) return undefined
  const found: MatchedField[] = []
  const add = (field: Field | undefined, value: string): boolean => {
    found.push({ name: field?.name, value })
    return field?.condition?.(value) ?? true
  }
  for (const [index, { value, start }] of fields.entries()) {
    const isLast = after === undefined && index === before.length - 1
    if (isLast && fields.length > before.length)
      return add(before[index], message.slice(start).trimEnd()) ? found : undefined
    const field = before[index] ?? after?.[index - (fields.length - after.length)]
    if (!add(field, value)) return undefined
  }
  return found
}
