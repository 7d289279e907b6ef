// The access policy of a topic: the one that every topic is born with, and statements that AddPermission adds.
import { isJsonObject, type JsonObject, parseJsonObject } from './json-text.ts'
import { topicArn, type TopicRef } from './arn.ts'

/** What AddPermission may allow, and what the default policy allows the owner. */
const ACTIONS = [
  'GetTopicAttributes',
  'SetTopicAttributes',
  'AddPermission',
  'RemovePermission',
  'DeleteTopic',
  'Subscribe',
  'ListSubscriptionsByTopic',
  'Publish',
] as const

const GRANTABLE: ReadonlySet<string> = new Set([
  ...ACTIONS,
  'Receive',
  'ListTagsForResource',
  'TagResource',
  'UntagResource',
])

/** Whether AddPermission may name the action. */
export function isGrantable(action: string): boolean {
  return GRANTABLE.has(action)
}

/** Every principal of the owner's account may do everything. */
export function defaultPolicy(topic: TopicRef): string {
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ACTIONS.map((action) => `SNS:${action}`),
        Resource: topicArn(topic),
        Condition: { StringEquals: { 'AWS:SourceOwner': topic.account } },
      },
    ],
  })
}

/** The statements of a policy that was checked when it was set. */
function statementsOf(policy: JsonObject): readonly JsonObject[] {
  const statements = policy['Statement']
  return (Array.isArray(statements) ? statements : [statements]).filter(isJsonObject)
}

/** Undefined when a statement of that label is there already. */
export function withStatement(policyText: string, statement: JsonObject): string | undefined {
  const policy = parseJsonObject(policyText) ?? {}
  const statements = statementsOf(policy)
  if (statements.some((one) => one['Sid'] === statement['Sid'])) return undefined
  return JSON.stringify({ ...policy, Statement: [...statements, statement] })
}

export function withoutStatement(policyText: string, label: string): string {
  const policy = parseJsonObject(policyText) ?? {}
  return JSON.stringify({ ...policy, Statement: statementsOf(policy).filter((one) => one['Sid'] !== label) })
}
