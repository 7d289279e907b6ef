// DynamoDB's numbers: up to 38 significant digits, magnitudes 1E-130 to 9.99...E+125, exact. "Amazon DynamoDB Developer
// Guide", "Supported data types and naming rules", Number.
//
// A decimal is a sign, digits without leading or trailing zeros, and the place of the point: 0.DIGITS * 10^exponent. The
// canonical text writes it without an exponent, as the service answers numbers.
import { invalid, shown } from './invalid.ts'
import { NUMBER_DIGITS_MAX, NUMBER_EXPONENT_MAX, NUMBER_EXPONENT_MIN } from './limits.ts'

export interface Decimal {
  readonly negative: boolean
  /** Empty for zero; else begins and ends with a digit other than 0. */
  readonly digits: string
  /** The value is 0.digits times ten to this power; 0 for zero. */
  readonly exponent: number
}

const ZERO: Decimal = { negative: false, digits: '', exponent: 0 }

const NOT_A_NUMBER = 'The parameter cannot be converted to a numeric value'
const OVERFLOW = 'Number overflow. Attempting to store a number with magnitude larger than supported range'
const UNDERFLOW = 'Number underflow. Attempting to store a number with magnitude smaller than supported range'
const TOO_PRECISE = 'Attempting to store more than 38 significant digits in a Number'

/** An integer that is its own canonical form, the common case. */
const PLAIN_INTEGER = /^(?:0|-?[1-9][0-9]{0,37})$/
const NUMBER = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/
/** Longer texts are not looked at: 38 digits with any reasonable number of zeros around them are far below. */
const TEXT_LENGTH_MAX = 1024

/** The canonical text of a number. Throws the service's ValidationException for what is none, or out of range. */
export function canonicalNumber(text: string): string {
  if (PLAIN_INTEGER.test(text)) return text
  const parts = split(text)
  // The service reads the whole exponent, and holds zero to it too.
  const place = Number(parts.exponent)
  if (parts.exponent !== '' && BigInt.asIntN(64, BigInt(parts.exponent)) !== BigInt(parts.exponent))
    throw invalid(`${NOT_A_NUMBER}: ${shown(text)}`)
  const value = decimalOf(parts)
  if (value.digits === '' && place >= NUMBER_EXPONENT_MAX) throw invalid(OVERFLOW)
  if (value.digits === '' && place < NUMBER_EXPONENT_MIN - 1) throw invalid(UNDERFLOW)
  return decimalText(checkRange(value))
}

/** Reads a canonical number. */
export function parseDecimal(text: string): Decimal {
  return decimalOf(split(text))
}

interface Parts {
  readonly negative: boolean
  readonly whole: string
  readonly fraction: string
  /** Empty where none is written. */
  readonly exponent: string
}

/** Throws ValidationException for what is no number. */
function split(text: string): Parts {
  const parts = text.length > TEXT_LENGTH_MAX ? null : NUMBER.exec(text)
  const [, sign, whole = '', fraction = '', exponent = ''] = parts ?? []
  if (whole.length + fraction.length === 0) throw invalid(`${NOT_A_NUMBER}: ${shown(text)}`)
  return { negative: sign === '-', whole, fraction, exponent: exponent.replace('+', '') }
}

function decimalOf({ negative, whole, fraction, exponent }: Parts): Decimal {
  return normalized(negative, whole + fraction, whole.length + Number(exponent))
}

function normalized(negative: boolean, digits: string, exponent: number): Decimal {
  let start = 0
  while (digits.charCodeAt(start) === 0x30) start++
  if (start === digits.length) return ZERO
  let end = digits.length
  while (digits.charCodeAt(end - 1) === 0x30) end--
  return { negative, digits: digits.slice(start, end), exponent: exponent - start }
}

function checkRange(value: Decimal): Decimal {
  if (value.digits === '') return value
  if (value.exponent > NUMBER_EXPONENT_MAX) throw invalid(OVERFLOW)
  if (value.exponent < NUMBER_EXPONENT_MIN) throw invalid(UNDERFLOW)
  if (value.digits.length > NUMBER_DIGITS_MAX) throw invalid(TOO_PRECISE)
  return value
}

/** The canonical text. */
export function decimalText({ negative, digits, exponent }: Decimal): string {
  if (digits === '') return '0'
  const sign = negative ? '-' : ''
  if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`
  if (exponent >= digits.length) return sign + digits + '0'.repeat(exponent - digits.length)
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`
}

function compareDecimals(left: Decimal, right: Decimal): number {
  const leftSign = signOf(left)
  const rightSign = signOf(right)
  if (leftSign !== rightSign || leftSign === 0) return leftSign - rightSign
  return leftSign * compareMagnitudes(left, right)
}

function signOf({ negative, digits }: Decimal): number {
  if (digits === '') return 0
  return negative ? -1 : 1
}

function compareMagnitudes(left: Decimal, right: Decimal): number {
  if (left.exponent !== right.exponent) return left.exponent - right.exponent
  // Without trailing zeros the texts have the order of the fractions.
  if (left.digits === right.digits) return 0
  return left.digits < right.digits ? -1 : 1
}

const SAFE_INTEGER = /^-?[0-9]{1,15}$/

/** Order of two canonical numbers: below 0, 0 or above 0. */
export function compareNumbers(left: string, right: string): number {
  if (SAFE_INTEGER.test(left) && SAFE_INTEGER.test(right)) return Number(left) - Number(right)
  return compareDecimals(parseDecimal(left), parseDecimal(right))
}

/** The canonical sum of two canonical numbers. Throws when it is out of range or has more than 38 digits. */
export function addNumbers(left: string, right: string): string {
  if (SAFE_INTEGER.test(left) && SAFE_INTEGER.test(right)) return String(Number(left) + Number(right))
  return sum(parseDecimal(left), parseDecimal(right))
}

/** As addNumbers, the difference. */
export function subtractNumbers(left: string, right: string): string {
  if (SAFE_INTEGER.test(left) && SAFE_INTEGER.test(right)) return String(Number(left) - Number(right))
  const subtrahend = parseDecimal(right)
  return sum(parseDecimal(left), { ...subtrahend, negative: !subtrahend.negative })
}

function sum(left: Decimal, right: Decimal): string {
  if (left.digits === '') return decimalText(right.digits === '' ? ZERO : right)
  if (right.digits === '') return decimalText(left)
  // Both as integers of the same unit. At most 38 digits with 256 zeros behind: BigInt is exact and quick.
  const unit = Math.min(left.exponent - left.digits.length, right.exponent - right.digits.length)
  const total = scaled(left, unit) + scaled(right, unit)
  const digits = (total < 0n ? -total : total).toString()
  return decimalText(checkRange(normalized(total < 0n, digits, digits.length + unit)))
}

function scaled({ negative, digits, exponent }: Decimal, unit: number): bigint {
  const magnitude = BigInt(digits + '0'.repeat(exponent - digits.length - unit))
  return negative ? -magnitude : magnitude
}
