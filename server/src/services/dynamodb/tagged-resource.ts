// What tags are put on: tables, by their ARN.
import { tableOfArn, type TablePlace } from './arn.ts'
import { invalid } from './errors.ts'

/** Throws ValidationException for what is no ARN of a table. */
export function taggedTable(arn: string): TablePlace {
  const place = tableOfArn(arn)
  if (place === undefined || !/:table\/[^/]+$/.test(arn))
    throw invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`)
  return place
}
