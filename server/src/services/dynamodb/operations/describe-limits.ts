import type { DynamoOperation } from '../deps.ts'
import { ACCOUNT_CAPACITY_UNITS_MAX, CAPACITY_UNITS_MAX } from '../limits.ts'

/** The default quotas of an AWS account. */
export const describeLimits: DynamoOperation<'DescribeLimits'> = async () => ({
  AccountMaxReadCapacityUnits: ACCOUNT_CAPACITY_UNITS_MAX,
  AccountMaxWriteCapacityUnits: ACCOUNT_CAPACITY_UNITS_MAX,
  TableMaxReadCapacityUnits: CAPACITY_UNITS_MAX,
  TableMaxWriteCapacityUnits: CAPACITY_UNITS_MAX,
})
