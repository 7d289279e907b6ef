// What callers can ask of built operations on AWS, and not here.
import type { UnbuiltMembers } from '#protocol/operation.ts'
import { invalidParameter } from './errors.ts'
import type { LambdaModel } from './model.ts'

export const unbuiltOfLambda: UnbuiltMembers<LambdaModel> = {
  members: {
    UpdateFunctionCode: ['S3ObjectStorageMode=COPY'],
  },
  fault: (member) => invalidParameter(`${member} is not available here.`),
}
