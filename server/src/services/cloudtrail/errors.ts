// The errors of CloudTrail. All have status 400.
import { AwsError } from '#protocol/errors.ts'

export function trailError(code: string, message: string): AwsError {
  return new AwsError(code, 400, message)
}
