// Passwords of users: kept as scrypt hashes, held to the account's rules.
import { randomBytesOf } from '#base/ids.ts'
import type { LoginProfile, PasswordPolicy } from '#identity/directory/records.ts'
import { AwsError } from '#protocol/errors.ts'
import { scryptSync, timingSafeEqual } from 'node:crypto'
import { required } from './constraints.ts'

const SALT_BYTES = 16
const HASH_BYTES = 32
const PASSWORD_CHARS_MAX = 128

/** What an account without rules of its own asks for. Source: IAM user guide, "Default password policy". */
const DEFAULT_LENGTH_MIN = 8
const DEFAULT_KINDS_MIN = 3

/** The password, if it keeps the rules. Throws PasswordPolicyViolation. */
export function checkPassword(given: string | undefined, policy: PasswordPolicy | undefined): string {
  const password = required(given, 'password')
  const has = {
    upper: /[A-Z]/.test(password),
    lower: /[a-z]/.test(password),
    digit: /\d/.test(password),
    symbol: /[^A-Za-z0-9]/.test(password),
  }
  const kinds = Object.values(has).filter(Boolean).length
  const isGood =
    policy === undefined
      ? password.length >= DEFAULT_LENGTH_MIN && kinds >= DEFAULT_KINDS_MIN
      : password.length >= policy.minimumLength &&
        (!policy.upperCase || has.upper) &&
        (!policy.lowerCase || has.lower) &&
        (!policy.numbers || has.digit) &&
        (!policy.symbols || has.symbol)
  if (isGood && password.length <= PASSWORD_CHARS_MAX) return password
  throw new AwsError('PasswordPolicyViolation', 400, 'Password does not conform to the account password policy.')
}

export function newLogin(password: string, resetRequired: boolean, createdMs: number): LoginProfile {
  const salt = randomBytesOf(SALT_BYTES)
  const hash = scryptSync(password, salt, HASH_BYTES).toString('base64')
  return { createdMs, resetRequired, salt: salt.toString('base64'), hash }
}

export function passwordMatches({ salt, hash }: LoginProfile, password: string): boolean {
  return timingSafeEqual(scryptSync(password, Buffer.from(salt, 'base64'), HASH_BYTES), Buffer.from(hash, 'base64'))
}
