// ExpressionAttributeNames and ExpressionAttributeValues of one request: checked, handed out, and each must be used.
import { attributeOf, type AttributeValue } from './attribute-value.ts'
import type { Path } from './ast.ts'
import { checkValue, type WireItem } from './check-value.ts'
import { invalid } from './invalid.ts'
import { PATH_ELEMENTS_MAX, PLACEHOLDER_BYTES_MAX, SUBSTITUTION_BYTES_MAX } from './limits.ts'
import { valueBytes } from './item-size.ts'
import { AwsError } from '#protocol/errors.ts'

export interface PlaceholderInput {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined
  readonly ExpressionAttributeValues?: WireItem | undefined
}

const NAME = /^#[A-Za-z0-9_]+$/
const VALUE = /^:[A-Za-z0-9_]+$/

export class Placeholders {
  readonly #names: Readonly<Record<string, string>>
  readonly #values: Readonly<Record<string, AttributeValue>>
  readonly #usedNames = new Set<string>()
  readonly #usedValues = new Set<string>()

  /** Throws ValidationException. */
  constructor({ ExpressionAttributeNames, ExpressionAttributeValues }: PlaceholderInput) {
    this.#names = ExpressionAttributeNames === undefined ? {} : checkNames(ExpressionAttributeNames)
    this.#values = ExpressionAttributeValues === undefined ? {} : checkValues(ExpressionAttributeValues)
  }

  /** A path with the names of the request. Throws a Refusal. */
  path(path: Path): Path {
    if (path.length > PATH_ELEMENTS_MAX)
      throw new Refusal(`The document path has too many nesting levels; nesting levels: ${path.length}`)
    return path.some((element) => typeof element === 'string' && element.startsWith('#'))
      ? path.map((element) => (typeof element === 'string' && element.startsWith('#') ? this.#name(element) : element))
      : path
  }

  #name(placeholder: string): string {
    const name = Object.hasOwn(this.#names, placeholder) ? this.#names[placeholder] : undefined
    if (name === undefined)
      throw new Refusal(
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      )
    this.#usedNames.add(placeholder)
    return name
  }

  /** Throws a Refusal. */
  value(placeholder: string): AttributeValue {
    const value = attributeOf(this.#values, placeholder)
    if (value === undefined)
      throw new Refusal(
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      )
    this.#usedValues.add(placeholder)
    return value
  }

  /** After all expressions were bound. Throws ValidationException. */
  checkAllUsed(): void {
    refuseUnused('ExpressionAttributeNames', Object.keys(this.#names), this.#usedNames)
    refuseUnused('ExpressionAttributeValues', Object.keys(this.#values), this.#usedValues)
  }
}

/** What is wrong with a bound expression; the message lacks the name of the parameter. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

function refuseUnused(parameter: string, given: readonly string[], used: ReadonlySet<string>): void {
  if (given.length === used.size) return
  const unused = given.filter((placeholder) => !used.has(placeholder))
  throw invalid(`Value provided in ${parameter} unused in expressions: keys: {${unused.join(', ')}}`)
}

function checkNames(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  checkKeys('ExpressionAttributeNames', Object.keys(names), NAME)
  let bytes = 0
  for (const [placeholder, name] of Object.entries(names)) {
    if (name === '')
      throw invalid(`ExpressionAttributeNames contains invalid value: Empty attribute name for key ${placeholder}`)
    bytes += Buffer.byteLength(name)
  }
  checkBytes('ExpressionAttributeNames', bytes)
  return names
}

function checkValues(values: WireItem): Readonly<Record<string, AttributeValue>> {
  const placeholders = Object.keys(values)
  checkKeys('ExpressionAttributeValues', placeholders, VALUE)
  const checked: Record<string, AttributeValue> = {}
  let bytes = 0
  for (const placeholder of placeholders) {
    const value = checkNamedValue(values[placeholder] ?? {}, placeholder)
    bytes += valueBytes(value)
    // Begins with a colon, so it is never `__proto__`.
    checked[placeholder] = value
  }
  checkBytes('ExpressionAttributeValues', bytes)
  return checked
}

function checkNamedValue(value: WireItem[string], placeholder: string): AttributeValue {
  try {
    return checkValue(value)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw invalid(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${placeholder}`)
  }
}

function checkKeys(parameter: string, placeholders: readonly string[], form: RegExp): void {
  if (placeholders.length === 0) throw invalid(`${parameter} must not be empty`)
  for (const placeholder of placeholders) {
    if (!form.test(placeholder)) throw invalid(`${parameter} contains invalid key: Syntax error; key: "${placeholder}"`)
    if (placeholder.length > PLACEHOLDER_BYTES_MAX)
      throw invalid(
        `${parameter} contains invalid key: The expression attribute map contains a key that is too long; key: "${placeholder}"`,
      )
  }
}

function checkBytes(parameter: string, bytes: number): void {
  if (bytes > SUBSTITUTION_BYTES_MAX) throw invalid(`${parameter} exceeds max size`)
}
