// AddPermission and RemovePermission: statements of the queue's policy, named by their label.
import type { QueueName } from './arn.ts'
import { queueArn } from './arn.ts'
import { invalidParameter, invalidValue, overLimit } from './errors.ts'
import { parseJsonMap } from './json-map.ts'
import { POLICY_ACTIONS_MAX, POLICY_BYTES_MAX, POLICY_STATEMENTS_MAX } from './limits.ts'

/** The actions that may be shared; API reference, AddPermission. */
const ACTIONS = new Set([
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
])

export interface Permission {
  readonly label: string
  readonly accounts: readonly string[]
  readonly actions: readonly string[]
}

type Statement = Readonly<Record<string, unknown>>

/** The policy with a statement more. Throws for what cannot be shared, and for a label that is taken. */
export function addPermission(policy: string | undefined, queue: QueueName, permission: Permission): string {
  const { label, accounts, actions } = permission
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(label))
    throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length')
  for (const action of actions)
    if (!ACTIONS.has(action))
      throw invalidValue(
        `SQS:${action}`,
        'ActionName',
        `Please refer to the appropriate WSDL for a list of valid actions.`,
      )
  for (const account of accounts)
    if (!/^\d{12}$/.test(account)) throw invalidValue(`[${account}]`, 'PrincipalId', 'Unable to verify.')
  if (actions.length > POLICY_ACTIONS_MAX)
    throw overLimit(`${actions.length} Actions were found, maximum allowed is ${POLICY_ACTIONS_MAX}.`)
  const before = parse(policy)
  const statements = statementsOf(before)
  if (statements.some(({ Sid }) => Sid === label)) throw invalidValue(label, 'Label', 'Already exists.')
  if (statements.length >= POLICY_STATEMENTS_MAX)
    throw overLimit(`${statements.length + 1} statements were found, maximum allowed is ${POLICY_STATEMENTS_MAX}.`)
  const statement = {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: oneOrMany(accounts.map((account) => `arn:aws:iam::${account}:root`)) },
    Action: oneOrMany(actions.map((action) => `SQS:${action}`)),
    Resource: queueArn(queue),
  }
  const base = before ?? { Version: '2008-10-17', Id: `${queueArn(queue)}/SQSDefaultPolicy` }
  const after = JSON.stringify({ ...base, Statement: [...statements, statement] })
  if (Buffer.byteLength(after) > POLICY_BYTES_MAX)
    throw overLimit(`The policy may have ${POLICY_BYTES_MAX} bytes, and would have ${Buffer.byteLength(after)}.`)
  return after
}

/** The policy without that statement; empty when it was the last. Throws when there is none. */
export function removePermission(policy: string | undefined, label: string): string {
  const before = parse(policy)
  const statements = statementsOf(before)
  const after = statements.filter(({ Sid }) => Sid !== label)
  if (after.length === statements.length) throw invalidValue(label, 'Label', "can't find label.")
  return after.length === 0 ? '' : JSON.stringify({ ...before, Statement: after })
}

function parse(policy: string | undefined): Statement | undefined {
  return policy === undefined ? undefined : parseJsonMap(policy)
}

function statementsOf(policy: Statement | undefined): readonly Statement[] {
  const statement = policy?.['Statement']
  const list: readonly unknown[] = Array.isArray(statement) ? statement : statement === undefined ? [] : [statement]
  // Each was an object when the policy was stored, or is passed over.
  return list.filter((one): one is Statement => typeof one === 'object' && one !== null)
}

function oneOrMany(values: readonly string[]): string | readonly string[] {
  const [only] = values
  return values.length === 1 && only !== undefined ? only : values
}
