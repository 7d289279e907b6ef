// Every operation of SNS: who handles it, and what it needs permission for. Actions and resources are those of the service
// authorization reference; what is done to a subscription is asked of its topic.
import { bindService, type OperationTable, type RequestContext, type Service } from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import { readSubscriptionArn, topicArn } from './arn.ts'
import type { SnsDeps } from './deps.ts'
import type { SnsModel } from './model.ts'
import { addPermission } from './operations/add-permission.ts'
import { checkIfPhoneNumberIsOptedOut } from './operations/check-if-phone-number-is-opted-out.ts'
import { confirmSubscription } from './operations/confirm-subscription.ts'
import { createPlatformApplication } from './operations/create-platform-application.ts'
import { createPlatformEndpoint } from './operations/create-platform-endpoint.ts'
import { createSMSSandboxPhoneNumber } from './operations/create-sms-sandbox-phone-number.ts'
import { createTopic } from './operations/create-topic.ts'
import { deleteEndpoint } from './operations/delete-endpoint.ts'
import { deletePlatformApplication } from './operations/delete-platform-application.ts'
import { deleteSMSSandboxPhoneNumber } from './operations/delete-sms-sandbox-phone-number.ts'
import { deleteTopic } from './operations/delete-topic.ts'
import { getDataProtectionPolicy } from './operations/get-data-protection-policy.ts'
import { getEndpointAttributes } from './operations/get-endpoint-attributes.ts'
import { getPlatformApplicationAttributes } from './operations/get-platform-application-attributes.ts'
import { getSMSAttributes } from './operations/get-sms-attributes.ts'
import { getSMSSandboxAccountStatus } from './operations/get-sms-sandbox-account-status.ts'
import { getSubscriptionAttributes } from './operations/get-subscription-attributes.ts'
import { getTopicAttributes } from './operations/get-topic-attributes.ts'
import { listEndpointsByPlatformApplication } from './operations/list-endpoints-by-platform-application.ts'
import { listOriginationNumbers } from './operations/list-origination-numbers.ts'
import { listPhoneNumbersOptedOut } from './operations/list-phone-numbers-opted-out.ts'
import { listPlatformApplications } from './operations/list-platform-applications.ts'
import { listSMSSandboxPhoneNumbers } from './operations/list-sms-sandbox-phone-numbers.ts'
import { listSubscriptionsByTopic } from './operations/list-subscriptions-by-topic.ts'
import { listSubscriptions } from './operations/list-subscriptions.ts'
import { listTagsForResource } from './operations/list-tags-for-resource.ts'
import { listTopics } from './operations/list-topics.ts'
import { optInPhoneNumber } from './operations/opt-in-phone-number.ts'
import { publishBatch } from './operations/publish-batch.ts'
import { publish } from './operations/publish.ts'
import { putDataProtectionPolicy } from './operations/put-data-protection-policy.ts'
import { removePermission } from './operations/remove-permission.ts'
import { setEndpointAttributes } from './operations/set-endpoint-attributes.ts'
import { setPlatformApplicationAttributes } from './operations/set-platform-application-attributes.ts'
import { setSMSAttributes } from './operations/set-sms-attributes.ts'
import { setSubscriptionAttributes } from './operations/set-subscription-attributes.ts'
import { setTopicAttributes } from './operations/set-topic-attributes.ts'
import { subscribe } from './operations/subscribe.ts'
import { tagResource } from './operations/tag-resource.ts'
import { unsubscribe } from './operations/unsubscribe.ts'
import { untagResource } from './operations/untag-resource.ts'
import { verifySMSSandboxPhoneNumber } from './operations/verify-sms-sandbox-phone-number.ts'
import { readTopicArn } from './arn.ts'
import { topicPolicies } from './topic-policies.ts'

const anywhere = (): string => '*'
const onTopic = (input: { readonly TopicArn: string | undefined }): string => input.TopicArn ?? '*'
const onResource = (input: { readonly ResourceArn: string | undefined }): string => input.ResourceArn ?? '*'
const onEndpoint = (input: { readonly EndpointArn: string | undefined }): string => input.EndpointArn ?? '*'
const onApplication = (input: { readonly PlatformApplicationArn: string | undefined }): string =>
  input.PlatformApplicationArn ?? '*'

function onNewTopic({ Name: name }: { readonly Name: string | undefined }, context: RequestContext): string {
  return topicArn({ account: context.account, region: context.region, name: name ?? '*' })
}

function onSubscription({ SubscriptionArn: arn }: { readonly SubscriptionArn: string | undefined }): string {
  const ref = readSubscriptionArn(arn ?? '')
  return ref === undefined ? '*' : topicArn(ref)
}

interface NamesTarget {
  readonly TopicArn?: string | undefined
  readonly TargetArn?: string | undefined
}

/** Texts to phones know no resource. */
function onTarget({ TopicArn, TargetArn }: NamesTarget): string {
  return TopicArn ?? TargetArn ?? '*'
}

export const snsOperations: OperationTable<SnsDeps, SnsModel> = {
  AddPermission: { handle: addPermission, action: 'sns:AddPermission', resource: onTopic },
  CheckIfPhoneNumberIsOptedOut: {
    handle: checkIfPhoneNumberIsOptedOut,
    action: 'sns:CheckIfPhoneNumberIsOptedOut',
    resource: anywhere,
  },
  ConfirmSubscription: { handle: confirmSubscription, action: 'sns:ConfirmSubscription', resource: onTopic },
  CreatePlatformApplication: {
    handle: createPlatformApplication,
    action: 'sns:CreatePlatformApplication',
    resource: anywhere,
  },
  CreatePlatformEndpoint: {
    handle: createPlatformEndpoint,
    action: 'sns:CreatePlatformEndpoint',
    resource: onApplication,
  },
  CreateSMSSandboxPhoneNumber: {
    handle: createSMSSandboxPhoneNumber,
    action: 'sns:CreateSMSSandboxPhoneNumber',
    resource: anywhere,
  },
  CreateTopic: { handle: createTopic, action: 'sns:CreateTopic', resource: onNewTopic },
  DeleteEndpoint: { handle: deleteEndpoint, action: 'sns:DeleteEndpoint', resource: onEndpoint },
  DeletePlatformApplication: {
    handle: deletePlatformApplication,
    action: 'sns:DeletePlatformApplication',
    resource: onApplication,
  },
  DeleteSMSSandboxPhoneNumber: {
    handle: deleteSMSSandboxPhoneNumber,
    action: 'sns:DeleteSMSSandboxPhoneNumber',
    resource: anywhere,
  },
  DeleteTopic: { handle: deleteTopic, action: 'sns:DeleteTopic', resource: onTopic },
  GetDataProtectionPolicy: {
    handle: getDataProtectionPolicy,
    action: 'sns:GetDataProtectionPolicy',
    resource: onResource,
  },
  GetEndpointAttributes: { handle: getEndpointAttributes, action: 'sns:GetEndpointAttributes', resource: onEndpoint },
  GetPlatformApplicationAttributes: {
    handle: getPlatformApplicationAttributes,
    action: 'sns:GetPlatformApplicationAttributes',
    resource: onApplication,
  },
  GetSMSAttributes: { handle: getSMSAttributes, action: 'sns:GetSMSAttributes', resource: anywhere },
  GetSMSSandboxAccountStatus: {
    handle: getSMSSandboxAccountStatus,
    action: 'sns:GetSMSSandboxAccountStatus',
    resource: anywhere,
  },
  GetSubscriptionAttributes: {
    handle: getSubscriptionAttributes,
    action: 'sns:GetSubscriptionAttributes',
    resource: onSubscription,
  },
  GetTopicAttributes: { handle: getTopicAttributes, action: 'sns:GetTopicAttributes', resource: onTopic },
  ListEndpointsByPlatformApplication: {
    handle: listEndpointsByPlatformApplication,
    action: 'sns:ListEndpointsByPlatformApplication',
    resource: onApplication,
  },
  ListOriginationNumbers: { handle: listOriginationNumbers, action: 'sns:ListOriginationNumbers', resource: anywhere },
  ListPhoneNumbersOptedOut: {
    handle: listPhoneNumbersOptedOut,
    action: 'sns:ListPhoneNumbersOptedOut',
    resource: anywhere,
  },
  ListPlatformApplications: {
    handle: listPlatformApplications,
    action: 'sns:ListPlatformApplications',
    resource: anywhere,
  },
  ListSMSSandboxPhoneNumbers: {
    handle: listSMSSandboxPhoneNumbers,
    action: 'sns:ListSMSSandboxPhoneNumbers',
    resource: anywhere,
  },
  ListSubscriptions: { handle: listSubscriptions, action: 'sns:ListSubscriptions', resource: anywhere },
  ListSubscriptionsByTopic: {
    handle: listSubscriptionsByTopic,
    action: 'sns:ListSubscriptionsByTopic',
    resource: onTopic,
  },
  ListTagsForResource: { handle: listTagsForResource, action: 'sns:ListTagsForResource', resource: onResource },
  ListTopics: { handle: listTopics, action: 'sns:ListTopics', resource: anywhere },
  OptInPhoneNumber: { handle: optInPhoneNumber, action: 'sns:OptInPhoneNumber', resource: anywhere },
  Publish: { handle: publish, action: 'sns:Publish', resource: onTarget },
  PublishBatch: { handle: publishBatch, action: 'sns:Publish', resource: onTopic },
  PutDataProtectionPolicy: {
    handle: putDataProtectionPolicy,
    action: 'sns:PutDataProtectionPolicy',
    resource: onResource,
  },
  RemovePermission: { handle: removePermission, action: 'sns:RemovePermission', resource: onTopic },
  SetEndpointAttributes: { handle: setEndpointAttributes, action: 'sns:SetEndpointAttributes', resource: onEndpoint },
  SetPlatformApplicationAttributes: {
    handle: setPlatformApplicationAttributes,
    action: 'sns:SetPlatformApplicationAttributes',
    resource: onApplication,
  },
  SetSMSAttributes: { handle: setSMSAttributes, action: 'sns:SetSMSAttributes', resource: anywhere },
  SetSubscriptionAttributes: {
    handle: setSubscriptionAttributes,
    action: 'sns:SetSubscriptionAttributes',
    resource: onSubscription,
  },
  SetTopicAttributes: { handle: setTopicAttributes, action: 'sns:SetTopicAttributes', resource: onTopic },
  Subscribe: { handle: subscribe, action: 'sns:Subscribe', resource: onTopic },
  TagResource: { handle: tagResource, action: 'sns:TagResource', resource: onResource },
  Unsubscribe: { handle: unsubscribe, action: 'sns:Unsubscribe', resource: onSubscription },
  UntagResource: { handle: untagResource, action: 'sns:UntagResource', resource: onResource },
  VerifySMSSandboxPhoneNumber: {
    handle: verifySMSSandboxPhoneNumber,
    action: 'sns:VerifySMSSandboxPhoneNumber',
    resource: anywhere,
  },
}

/** SNS as the gateway dispatches to it. */
/** Root can always mend the policy of a topic, or take the topic away. */
const MENDING: ReadonlySet<string> = new Set([
  'SetTopicAttributes',
  'GetTopicAttributes',
  'AddPermission',
  'RemovePermission',
  'DeleteTopic',
])

export function createSnsService(deps: SnsDeps): Service {
  return {
    ...bindService('sns', snsOperations, deps),
    resourcePolicies: (resource) => topicPolicies(deps, resource),
    resourceConditions: resourceTags(async (resource) => {
      const ref = readTopicArn(resource)
      return ref && (await deps.views.get(ref))?.topic.tags
    }),
    deniesRoot: (operation) => !MENDING.has(operation),
  }
}
