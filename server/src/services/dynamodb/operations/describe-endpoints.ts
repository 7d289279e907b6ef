import type { DynamoOperation } from '../deps.ts'

const CACHE_MINUTES = 1440

/** This server is the endpoint of all accounts and regions. */
export const describeEndpoints: DynamoOperation<'DescribeEndpoints'> = async ({ endpoint }, _input, { http }) => ({
  Endpoints: [{ Address: http.headers['host'] ?? new URL(endpoint()).host, CachePeriodInMinutes: CACHE_MINUTES }],
})
