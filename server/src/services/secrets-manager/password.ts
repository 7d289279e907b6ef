// Random passwords with at least one character of each kind that was asked for.
import { randomBytesOf } from '#base/ids.ts'
import { invalidParameter } from './errors.ts'
import { PASSWORD_CHARS_DEFAULT, PASSWORD_CHARS_MAX } from './limits.ts'
import type { SecretsInput } from './model.ts'

const KINDS = {
  lower: 'abcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  symbols: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
} as const

/** Throws InvalidParameterException when nothing is left to choose from. */
export function randomPassword(wish: SecretsInput<'GetRandomPassword'>): string {
  const length = wish.PasswordLength ?? PASSWORD_CHARS_DEFAULT
  if (length < 1 || length > PASSWORD_CHARS_MAX)
    throw invalidParameter(`PasswordLength must be between 1 and ${PASSWORD_CHARS_MAX}.`)
  const excluded = new Set(wish.ExcludeCharacters ?? '')
  const kinds = [
    wish.ExcludeLowercase === true ? '' : KINDS.lower,
    wish.ExcludeUppercase === true ? '' : KINDS.upper,
    wish.ExcludeNumbers === true ? '' : KINDS.digits,
    wish.ExcludePunctuation === true ? '' : KINDS.symbols,
    wish.IncludeSpace === true ? ' ' : '',
  ]
    .map((kind) =>
      Array.from(kind)
        .filter((char) => !excluded.has(char))
        .join(''),
    )
    .filter((kind) => kind !== '')
  const each = wish.RequireEachIncludedType ?? true
  if (kinds.length === 0 || (each && kinds.length > length))
    throw invalidParameter('The password cannot be made of the characters that are left.')
  const first = each ? kinds.map((kind) => pick(kind)) : []
  const all = kinds.join('')
  const rest = Array.from({ length: length - first.length }, () => pick(all))
  return shuffle([...first, ...rest]).join('')
}

/** Below `bound`, each number as likely as any other. */
function below(bound: number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound)
  for (;;) {
    const number = randomBytesOf(4).readUInt32BE()
    if (number < limit) return number % bound
  }
}

function pick(from: string): string {
  return from.charAt(below(from.length))
}

function shuffle(chars: string[]): string[] {
  for (let last = chars.length - 1; last > 0; last--) {
    const other = below(last + 1)
    const kept = chars[last] ?? ''
    chars[last] = chars[other] ?? ''
    chars[other] = kept
  }
  return chars
}
