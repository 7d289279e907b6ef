// Every operation of EventBridge: who handles it, and what it needs permission for. Actions and resources are those of the
// service authorization reference.
import {
  bindService,
  type ConditionValues,
  type FurtherPermission,
  type OperationTable,
  type RequestContext,
  type Service,
} from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import { archiveArn, busArn, replayArn, requestedBus, requestedRule, ruleArn } from './arn.ts'
import type { EventBridgeDeps } from './deps.ts'
import type { EventBridgeInput, EventBridgeModel } from './model.ts'
import { cancelReplay } from './operations/cancel-replay.ts'
import { createArchive } from './operations/create-archive.ts'
import { createEventBus } from './operations/create-event-bus.ts'
import { deleteArchive } from './operations/delete-archive.ts'
import { deleteEventBus } from './operations/delete-event-bus.ts'
import { deleteRule } from './operations/delete-rule.ts'
import { describeArchive } from './operations/describe-archive.ts'
import { describeEventBus } from './operations/describe-event-bus.ts'
import { describeReplay } from './operations/describe-replay.ts'
import { describeRule } from './operations/describe-rule.ts'
import { disableRule } from './operations/disable-rule.ts'
import { enableRule } from './operations/enable-rule.ts'
import { listArchives } from './operations/list-archives.ts'
import { listEventBuses } from './operations/list-event-buses.ts'
import { listReplays } from './operations/list-replays.ts'
import { listRuleNamesByTarget } from './operations/list-rule-names-by-target.ts'
import { listRules } from './operations/list-rules.ts'
import { listTagsForResource } from './operations/list-tags-for-resource.ts'
import { listTargetsByRule } from './operations/list-targets-by-rule.ts'
import { putEvents } from './operations/put-events.ts'
import { putPermission } from './operations/put-permission.ts'
import { putRule } from './operations/put-rule.ts'
import { putTargets } from './operations/put-targets.ts'
import { removePermission } from './operations/remove-permission.ts'
import { removeTargets } from './operations/remove-targets.ts'
import { startReplay } from './operations/start-replay.ts'
import { tagResource } from './operations/tag-resource.ts'
import { testEventPattern } from './operations/test-event-pattern.ts'
import { untagResource } from './operations/untag-resource.ts'
import { updateArchive } from './operations/update-archive.ts'
import { updateEventBus } from './operations/update-event-bus.ts'
import { eventPolicies } from './resource-policies.ts'
import { tagsOf } from './tagged.ts'

type Text = string | undefined
type Named = { readonly Name?: Text }
type OnBus = { readonly EventBusName?: Text }

const anywhere = (): string => '*'

function onNamedBus({ Name }: Named, context: RequestContext): string {
  return busArn(requestedBus(Name, context))
}

function onNewBus({ Name }: Named, { account, region }: RequestContext): string {
  return busArn({ account, region, name: Name ?? '*' })
}

function onBus({ EventBusName }: OnBus, context: RequestContext): string {
  return busArn(requestedBus(EventBusName, context))
}

function onNamedRule({ Name, EventBusName }: Named & OnBus, context: RequestContext): string {
  return ruleArn(requestedRule(Name, EventBusName, context))
}

function onRule({ Rule, EventBusName }: OnBus & { readonly Rule?: Text }, context: RequestContext): string {
  return ruleArn(requestedRule(Rule, EventBusName, context))
}

function onArchive({ ArchiveName }: { readonly ArchiveName?: Text }, { account, region }: RequestContext): string {
  return archiveArn({ account, region, name: ArchiveName ?? '*' })
}

function onReplay({ ReplayName }: { readonly ReplayName?: Text }, { account, region }: RequestContext): string {
  return replayArn({ account, region, name: ReplayName ?? '*' })
}

function onTagged({ ResourceARN }: { readonly ResourceARN?: Text }): string {
  return ResourceARN ?? '*'
}

/** Each bus once. */
function busesOf({ Entries }: EventBridgeInput<'PutEvents'>, context: RequestContext): readonly string[] {
  return [...new Set((Entries ?? []).map(({ EventBusName }) => busArn(requestedBus(EventBusName, context))))]
}

function onFirstBus(input: EventBridgeInput<'PutEvents'>, context: RequestContext): string {
  return busesOf(input, context)[0] ?? '*'
}

function onOtherBuses(input: EventBridgeInput<'PutEvents'>, context: RequestContext): readonly FurtherPermission[] {
  return busesOf(input, context)
    .slice(1)
    .map((resource) => ({ action: 'events:PutEvents', resource }))
}

function whatIsPut({ Entries }: EventBridgeInput<'PutEvents'>): ConditionValues {
  const entries = Entries ?? []
  return {
    'events:source': entries.flatMap(({ Source }) => (Source === undefined ? [] : [Source])),
    'events:detail-type': entries.flatMap(({ DetailType }) => (DetailType === undefined ? [] : [DetailType])),
  }
}

/** Whoever gives a rule a role can do through it what the role may: so giving it is a permission of its own. */
function passesRole({ RoleArn }: { readonly RoleArn?: Text }): readonly FurtherPermission[] {
  return RoleArn === undefined ? [] : [{ action: 'iam:PassRole', resource: RoleArn }]
}

function passesRoles({ Targets }: EventBridgeInput<'PutTargets'>): readonly FurtherPermission[] {
  return (Targets ?? []).flatMap(passesRole)
}

function passedToEvents(): ConditionValues {
  return { 'iam:PassedToService': 'events.amazonaws.com' }
}

type FromSource = { readonly EventSourceArn?: Text }

function archivesBus({ EventSourceArn }: FromSource): readonly FurtherPermission[] {
  return [{ action: 'events:CreateArchive', resource: EventSourceArn ?? '*' }]
}

function replaysArchive({ EventSourceArn }: FromSource): readonly FurtherPermission[] {
  return [{ action: 'events:StartReplay', resource: EventSourceArn ?? '*' }]
}

export const eventBridgeOperations: OperationTable<EventBridgeDeps, EventBridgeModel> = {
  ActivateEventSource: { handle: 'notImplemented', action: 'events:ActivateEventSource', resource: anywhere },
  CancelReplay: { handle: cancelReplay, action: 'events:CancelReplay', resource: onReplay },
  CreateApiDestination: { handle: 'notImplemented', action: 'events:CreateApiDestination', resource: anywhere },
  CreateArchive: { handle: createArchive, action: 'events:CreateArchive', resource: onArchive, also: archivesBus },
  CreateConnection: { handle: 'notImplemented', action: 'events:CreateConnection', resource: anywhere },
  CreateEndpoint: { handle: 'notImplemented', action: 'events:CreateEndpoint', resource: anywhere },
  CreateEventBus: { handle: createEventBus, action: 'events:CreateEventBus', resource: onNewBus },
  CreatePartnerEventSource: { handle: 'notImplemented', action: 'events:CreatePartnerEventSource', resource: anywhere },
  DeactivateEventSource: { handle: 'notImplemented', action: 'events:DeactivateEventSource', resource: anywhere },
  DeauthorizeConnection: { handle: 'notImplemented', action: 'events:DeauthorizeConnection', resource: anywhere },
  DeleteApiDestination: { handle: 'notImplemented', action: 'events:DeleteApiDestination', resource: anywhere },
  DeleteArchive: { handle: deleteArchive, action: 'events:DeleteArchive', resource: onArchive },
  DeleteConnection: { handle: 'notImplemented', action: 'events:DeleteConnection', resource: anywhere },
  DeleteEndpoint: { handle: 'notImplemented', action: 'events:DeleteEndpoint', resource: anywhere },
  DeleteEventBus: { handle: deleteEventBus, action: 'events:DeleteEventBus', resource: onNamedBus },
  DeletePartnerEventSource: { handle: 'notImplemented', action: 'events:DeletePartnerEventSource', resource: anywhere },
  DeleteRule: { handle: deleteRule, action: 'events:DeleteRule', resource: onNamedRule },
  DescribeApiDestination: { handle: 'notImplemented', action: 'events:DescribeApiDestination', resource: anywhere },
  DescribeArchive: { handle: describeArchive, action: 'events:DescribeArchive', resource: onArchive },
  DescribeConnection: { handle: 'notImplemented', action: 'events:DescribeConnection', resource: anywhere },
  DescribeEndpoint: { handle: 'notImplemented', action: 'events:DescribeEndpoint', resource: anywhere },
  DescribeEventBus: { handle: describeEventBus, action: 'events:DescribeEventBus', resource: onNamedBus },
  DescribeEventSource: { handle: 'notImplemented', action: 'events:DescribeEventSource', resource: anywhere },
  DescribePartnerEventSource: {
    handle: 'notImplemented',
    action: 'events:DescribePartnerEventSource',
    resource: anywhere,
  },
  DescribeReplay: { handle: describeReplay, action: 'events:DescribeReplay', resource: onReplay },
  DescribeRule: { handle: describeRule, action: 'events:DescribeRule', resource: onNamedRule },
  DisableRule: { handle: disableRule, action: 'events:DisableRule', resource: onNamedRule },
  EnableRule: { handle: enableRule, action: 'events:EnableRule', resource: onNamedRule },
  ListApiDestinations: { handle: 'notImplemented', action: 'events:ListApiDestinations', resource: anywhere },
  ListArchives: { handle: listArchives, action: 'events:ListArchives', resource: anywhere },
  ListConnections: { handle: 'notImplemented', action: 'events:ListConnections', resource: anywhere },
  ListEndpoints: { handle: 'notImplemented', action: 'events:ListEndpoints', resource: anywhere },
  ListEventBuses: { handle: listEventBuses, action: 'events:ListEventBuses', resource: anywhere },
  ListEventSources: { handle: 'notImplemented', action: 'events:ListEventSources', resource: anywhere },
  ListPartnerEventSourceAccounts: {
    handle: 'notImplemented',
    action: 'events:ListPartnerEventSourceAccounts',
    resource: anywhere,
  },
  ListPartnerEventSources: { handle: 'notImplemented', action: 'events:ListPartnerEventSources', resource: anywhere },
  ListReplays: { handle: listReplays, action: 'events:ListReplays', resource: anywhere },
  ListRuleNamesByTarget: { handle: listRuleNamesByTarget, action: 'events:ListRuleNamesByTarget', resource: anywhere },
  ListRules: { handle: listRules, action: 'events:ListRules', resource: anywhere },
  ListTagsForResource: { handle: listTagsForResource, action: 'events:ListTagsForResource', resource: onTagged },
  ListTargetsByRule: { handle: listTargetsByRule, action: 'events:ListTargetsByRule', resource: onRule },
  PutEvents: {
    handle: putEvents,
    action: 'events:PutEvents',
    resource: onFirstBus,
    also: onOtherBuses,
    conditions: whatIsPut,
  },
  PutPartnerEvents: { handle: 'notImplemented', action: 'events:PutPartnerEvents', resource: anywhere },
  PutPermission: { handle: putPermission, action: 'events:PutPermission', resource: onBus },
  PutRule: {
    handle: putRule,
    action: 'events:PutRule',
    resource: onNamedRule,
    also: passesRole,
    conditions: passedToEvents,
  },
  PutTargets: {
    handle: putTargets,
    action: 'events:PutTargets',
    resource: onRule,
    also: passesRoles,
    conditions: passedToEvents,
  },
  RemovePermission: { handle: removePermission, action: 'events:RemovePermission', resource: onBus },
  RemoveTargets: { handle: removeTargets, action: 'events:RemoveTargets', resource: onRule },
  StartReplay: { handle: startReplay, action: 'events:StartReplay', resource: onReplay, also: replaysArchive },
  TagResource: { handle: tagResource, action: 'events:TagResource', resource: onTagged },
  TestEventPattern: { handle: testEventPattern, action: 'events:TestEventPattern', resource: anywhere },
  UntagResource: { handle: untagResource, action: 'events:UntagResource', resource: onTagged },
  UpdateApiDestination: { handle: 'notImplemented', action: 'events:UpdateApiDestination', resource: anywhere },
  UpdateArchive: { handle: updateArchive, action: 'events:UpdateArchive', resource: onArchive },
  UpdateConnection: { handle: 'notImplemented', action: 'events:UpdateConnection', resource: anywhere },
  UpdateEndpoint: { handle: 'notImplemented', action: 'events:UpdateEndpoint', resource: anywhere },
  UpdateEventBus: { handle: updateEventBus, action: 'events:UpdateEventBus', resource: onNamedBus },
}

export function createEventBridgeService(deps: EventBridgeDeps): Service {
  return {
    ...bindService('eventbridge', eventBridgeOperations, deps),
    resourceConditions: resourceTags((resource) => tagsOf(deps.store, resource)),
    resourcePolicies: (resource) => eventPolicies(deps, resource),
  }
}
