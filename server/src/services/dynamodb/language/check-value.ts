// From what a client sent to a checked value: one member, sets without duplicates and in the order of their members,
// numbers in canonical form, at most 32 levels. Messages and their order are the service's. What needs no change is kept as it is: the values were decoded for
// this request.
import {
  compareBytes,
  compareText,
  nameOfBytes,
  setAttribute,
  type AttributeValue,
  type Item,
} from './attribute-value.ts'
import { canonicalNumber, compareNumbers } from './decimal.ts'
import { invalid, invalidParameter, shown } from './invalid.ts'
import { ATTRIBUTE_NAME_BYTES_MAX, NESTING_LEVELS_MAX } from './limits.ts'

/** An attribute value as decoded: any members, unchecked. */
export interface WireValue {
  readonly S?: string | undefined
  readonly N?: string | undefined
  readonly B?: Uint8Array | undefined
  readonly SS?: readonly string[] | undefined
  readonly NS?: readonly string[] | undefined
  readonly BS?: readonly Uint8Array[] | undefined
  readonly M?: Readonly<Record<string, WireValue>> | undefined
  readonly L?: readonly WireValue[] | undefined
  readonly NULL?: boolean | undefined
  readonly BOOL?: boolean | undefined
}

export type WireItem = Readonly<Record<string, WireValue>>

const TOO_DEEP =
  'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit'

/** Checks all attributes. Throws ValidationException. */
export function checkItem(item: WireItem): Item {
  return checkMembers(item, 1)
}

/** Checks one value. Throws ValidationException. */
export function checkValue(value: WireValue): AttributeValue {
  return checkLevel(value, 1)
}

function checkLevel(value: WireValue, level: number): AttributeValue {
  if (level > NESTING_LEVELS_MAX) throw invalid(TOO_DEEP)
  let checked: AttributeValue | undefined
  let members = 0
  for (const type in value) {
    const next = checkMember(type, value, level)
    if (next === undefined) continue
    checked = next
    members++
  }
  if (checked === undefined)
    throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes')
  if (members > 1)
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    )
  return checked
}

/** The checked value of one member; undefined for a member that is not set. */
function checkMember(type: string, value: WireValue, level: number): AttributeValue | undefined {
  switch (type) {
    case 'S':
      return value.S === undefined ? undefined : checkString(value.S, value)
    case 'N':
      return value.N === undefined ? undefined : checkNumber(value.N, value)
    case 'B':
      // The member is set: the decoder has checked its type.
      return value.B === undefined ? undefined : (value as AttributeValue)
    case 'BOOL':
      return value.BOOL === undefined ? undefined : (value as AttributeValue)
    case 'NULL':
      return value.NULL === undefined ? undefined : checkNull(value)
    case 'SS':
      return value.SS && checkStrings(value.SS)
    case 'NS':
      return value.NS && checkNumbers(value.NS)
    case 'BS':
      return value.BS && checkBinaries(value.BS)
    case 'M':
      return value.M && { M: checkMembers(value.M, level + 1) }
    case 'L':
      return value.L && { L: value.L.map((element) => checkLevel(element, level + 1)) }
    default:
      return undefined
  }
}

function checkString(text: string, value: WireValue): AttributeValue {
  if (!text.isWellFormed()) throw invalidParameter('A string value is not well-formed Unicode')
  return value as AttributeValue
}

function checkNumber(text: string, value: WireValue): AttributeValue {
  const canonical = canonicalNumber(text)
  return canonical === text ? (value as AttributeValue) : { N: canonical }
}

function checkNull(value: WireValue): AttributeValue {
  if (value.NULL !== true) throw invalidParameter('Null attribute value types must have the value of true')
  return value as AttributeValue
}

function checkStrings(members: readonly string[]): AttributeValue {
  if (members.length === 0) throw invalidParameter('An string set  may not be empty')
  for (const member of members) checkString(member, {})
  if (new Set(members).size < members.length) {
    const texts = toldMembers(members).map((member) => JSON.stringify(member))
    throw invalidParameter(`Input collection [${shown(texts.join(', '))}] contains duplicates.`)
  }
  return { SS: members.toSorted(compareText) }
}

function checkNumbers(members: readonly string[]): AttributeValue {
  if (members.length === 0) throw invalidParameter('An number set  may not be empty')
  const canonical = members.map(canonicalNumber)
  if (new Set(canonical).size < canonical.length) throw invalidParameter('Input collection contains duplicates.')
  return { NS: canonical.sort(compareNumbers) }
}

function checkBinaries(members: readonly Uint8Array[]): AttributeValue {
  if (members.length === 0) throw invalidParameter('Binary sets should not be empty')
  const names = members.map(nameOfBytes)
  if (new Set(names).size < names.length) {
    // Names have the order of the bytes.
    const texts = toldMembers(names).map((name) => `"${Buffer.from(name, 'latin1').toString('base64')}"`)
    throw invalidParameter(`Input collection [${shown(texts.join(','))}]of type BS contains duplicates.`)
  }
  return { BS: members.toSorted(compareBytes) }
}

/** As the service tells a set with duplicates: in order up to the first repeated member, then as they were sent. */
function toldMembers(members: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  const repeated = members.findIndex((member) => seen.size === seen.add(member).size)
  return members.slice(0, repeated).sort(compareText).concat(members.slice(repeated))
}

function checkMembers(members: WireItem, level: number): Record<string, AttributeValue> {
  const checked: Record<string, AttributeValue> = {}
  for (const name of Object.keys(members)) {
    const value = members[name]
    // A null member: the decoder leaves it where a model is sparse.
    if (value === undefined || value === null)
      throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes')
    if (name.length * 3 > ATTRIBUTE_NAME_BYTES_MAX && Buffer.byteLength(name) > ATTRIBUTE_NAME_BYTES_MAX)
      throw invalidParameter('Attribute name is too large, must be less than 65536 characters')
    setAttribute(checked, name, checkLevel(value, level))
  }
  return checked
}
