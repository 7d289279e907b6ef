// GetRandomPassword: a random password.
import { randomPassword } from '../password.ts'
import type { SecretsOperation } from '../model.ts'

export const getRandomPassword: SecretsOperation<'GetRandomPassword'> = async (__deps, input) => {
  return { RandomPassword: randomPassword(input) }
}
