// Roles that are to be assumed.
import { iamArn, nameKey, readRoleArn, roles, type RoleRecord } from '#identity/directory/records.ts'
import type { Reader } from '#storage/transact.ts'

const ROLE_ARN = String.raw`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`
export const ROLE_ARN_PATTERN = { pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, shown: ROLE_ARN } as const

/** The role of exactly this ARN, if there is one. */
export async function findRole(reader: Reader, arn: string): Promise<RoleRecord | undefined> {
  const named = readRoleArn(arn)
  if (named === undefined) return undefined
  const role = (await roles.get(reader, nameKey(named.account, named.name)))?.value
  return role !== undefined && iamArn('role', role) === arn ? role : undefined
}
