// What callers can ask of built operations on AWS, and not here.
import type { UnbuiltMembers } from '#protocol/operation.ts'
import { invalidParameter } from './errors.ts'
import type { LogsModel } from './model.ts'

export const unbuiltOfLogs: UnbuiltMembers<LogsModel> = {
  members: {
    DescribeLogGroups: ['accountIdentifiers', 'includeLinkedAccounts'],
    FilterLogEvents: ['startFromHead=true', 'unmask'],
    GetLogEvents: ['unmask'],
  },
  fault: (member) => invalidParameter(`${member} is not available here.`),
}
