// The operation table of SQS, and the service made from it. Actions and resources: service authorization reference,
// "Actions, resources, and condition keys for Amazon SQS". Batch operations need the permission of the single one.
import {
  bindService,
  type OperationTable,
  type RequestContext,
  type ResourcePolicies,
  type Service,
} from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import { queueArn, resourceOfUrl } from './arn.ts'
import type { SqsDeps, SqsModule } from './deps.ts'
import { parseTaskHandle } from './move-task.ts'
import type { QueueRecord } from './queue-record.ts'
import { addPermission } from './operations/add-permission.ts'
import { cancelMessageMoveTask } from './operations/cancel-message-move-task.ts'
import { changeMessageVisibility } from './operations/change-message-visibility.ts'
import { changeMessageVisibilityBatch } from './operations/change-message-visibility-batch.ts'
import { createQueue } from './operations/create-queue.ts'
import { deleteMessage } from './operations/delete-message.ts'
import { deleteMessageBatch } from './operations/delete-message-batch.ts'
import { deleteQueue } from './operations/delete-queue.ts'
import { getQueueAttributes } from './operations/get-queue-attributes.ts'
import { getQueueUrl } from './operations/get-queue-url.ts'
import { listDeadLetterSourceQueues } from './operations/list-dead-letter-source-queues.ts'
import { listMessageMoveTasks } from './operations/list-message-move-tasks.ts'
import { listQueueTags } from './operations/list-queue-tags.ts'
import { listQueues } from './operations/list-queues.ts'
import { purgeQueue } from './operations/purge-queue.ts'
import { receiveMessage } from './operations/receive-message.ts'
import { removePermission } from './operations/remove-permission.ts'
import { sendMessage } from './operations/send-message.ts'
import { sendMessageBatch } from './operations/send-message-batch.ts'
import { setQueueAttributes } from './operations/set-queue-attributes.ts'
import { startMessageMoveTask } from './operations/start-message-move-task.ts'
import { tagQueue } from './operations/tag-queue.ts'
import { untagQueue } from './operations/untag-queue.ts'

const byUrl = ({ QueueUrl }: { readonly QueueUrl: string }, context: RequestContext): string =>
  resourceOfUrl(QueueUrl, context)
const byName = ({ QueueName: name }: { readonly QueueName: string }, { account, region }: RequestContext): string =>
  queueArn({ account, region, name })
const bySource = ({ SourceArn }: { readonly SourceArn: string }): string => SourceArn

export const sqsOperations: OperationTable<SqsDeps, SqsModule> = {
  AddPermission: { handle: addPermission, action: 'sqs:AddPermission', resource: byUrl },
  CancelMessageMoveTask: {
    handle: cancelMessageMoveTask,
    action: 'sqs:CancelMessageMoveTask',
    resource: ({ TaskHandle }) => parseTaskHandle(TaskHandle)?.sourceArn ?? '*',
  },
  ChangeMessageVisibility: { handle: changeMessageVisibility, action: 'sqs:ChangeMessageVisibility', resource: byUrl },
  ChangeMessageVisibilityBatch: {
    handle: changeMessageVisibilityBatch,
    action: 'sqs:ChangeMessageVisibility',
    resource: byUrl,
  },
  CreateQueue: { handle: createQueue, action: 'sqs:CreateQueue', resource: byName },
  DeleteMessage: { handle: deleteMessage, action: 'sqs:DeleteMessage', resource: byUrl },
  DeleteMessageBatch: { handle: deleteMessageBatch, action: 'sqs:DeleteMessage', resource: byUrl },
  DeleteQueue: { handle: deleteQueue, action: 'sqs:DeleteQueue', resource: byUrl },
  GetQueueAttributes: { handle: getQueueAttributes, action: 'sqs:GetQueueAttributes', resource: byUrl },
  GetQueueUrl: {
    handle: getQueueUrl,
    action: 'sqs:GetQueueUrl',
    resource: ({ QueueName: name, QueueOwnerAWSAccountId: owner }, { account, region }) =>
      queueArn({ account: owner ?? account, region, name }),
  },
  ListDeadLetterSourceQueues: {
    handle: listDeadLetterSourceQueues,
    action: 'sqs:ListDeadLetterSourceQueues',
    resource: byUrl,
  },
  ListMessageMoveTasks: { handle: listMessageMoveTasks, action: 'sqs:ListMessageMoveTasks', resource: bySource },
  ListQueueTags: { handle: listQueueTags, action: 'sqs:ListQueueTags', resource: byUrl },
  ListQueues: { handle: listQueues, action: 'sqs:ListQueues', resource: () => '*' },
  PurgeQueue: { handle: purgeQueue, action: 'sqs:PurgeQueue', resource: byUrl },
  ReceiveMessage: { handle: receiveMessage, action: 'sqs:ReceiveMessage', resource: byUrl },
  RemovePermission: { handle: removePermission, action: 'sqs:RemovePermission', resource: byUrl },
  SendMessage: { handle: sendMessage, action: 'sqs:SendMessage', resource: byUrl },
  SendMessageBatch: { handle: sendMessageBatch, action: 'sqs:SendMessage', resource: byUrl },
  SetQueueAttributes: { handle: setQueueAttributes, action: 'sqs:SetQueueAttributes', resource: byUrl },
  StartMessageMoveTask: { handle: startMessageMoveTask, action: 'sqs:StartMessageMoveTask', resource: bySource },
  TagQueue: { handle: tagQueue, action: 'sqs:TagQueue', resource: byUrl },
  UntagQueue: { handle: untagQueue, action: 'sqs:UntagQueue', resource: byUrl },
}

/** `deps` are kept by the caller, who also closes them. */
const MENDING: ReadonlySet<string> = new Set([
  'SetQueueAttributes',
  'GetQueueAttributes',
  'AddPermission',
  'RemovePermission',
  'DeleteQueue',
])

export function createSqsService(deps: SqsDeps): Service {
  return {
    ...bindService('sqs', sqsOperations, deps),
    resourceConditions: resourceTags(async (resource) => (await deps.queues.record(resource))?.tags),
    // Root can always mend the policy of a queue, or take the queue away.
    deniesRoot: (operation) => !MENDING.has(operation),
    resourcePolicies: (resource) => {
      const found = deps.queues.record(resource)
      return found instanceof Promise ? found.then(policiesOf) : policiesOf(found)
    },
  }
}

function policiesOf(record: QueueRecord | undefined): ResourcePolicies | undefined {
  if (record === undefined) return undefined
  const { Policy: policy } = record.attributes
  return { owner: record.account, documents: policy === undefined ? [] : [policy] }
}
