// A resource policy as one document, the form in which GetPolicy answers and in which its size counts.
import type { PolicyStatement } from './function-record.ts'

export function renderPolicy(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements })
}
