// The variables of functions at rest: no copy of the store shows them without the server's master key.
import { functionArn } from './function-name.ts'
import type { VersionRecord } from './function-record.ts'
import type { LambdaPorts } from './ports.ts'

export type Variables = Readonly<Record<string, string>>
/** Whose variables they are: boxes open for their own function only. */
export type Owner = Parameters<typeof functionArn>[0]

function placeOf(owner: Owner): string {
  return `variables of ${functionArn(owner)}`
}

/** Variables as a record keeps them. */
export function boxed({ boxes }: Pick<LambdaPorts, 'boxes'>, owner: Owner, variables: Variables): string {
  return boxes.seal(placeOf(owner), Buffer.from(JSON.stringify(variables)))
}

/** The variables of a record that are under no key of a customer; undefined when it has none. */
export function variablesOf(
  { boxes }: Pick<LambdaPorts, 'boxes'>,
  owner: Owner,
  { environment }: Pick<VersionRecord, 'environment'>,
): Variables | undefined {
  if (environment === undefined) return undefined
  // What was sealed was checked when it was given.
  return JSON.parse(boxes.open(placeOf(owner), environment).toString('utf8')) as Variables
}
