// The form of what a checkpoint says: the checks that AWS makes from its model. Source: API reference, OperationUpdate.
import type { Constraints } from '../constraints.ts'
import {
  DURABLE_PAGE_ITEMS_MAX,
  DURABLE_TIMEOUT_S_MAX,
  INVOKE_PAYLOAD_BYTES_MAX,
  TENANT_ID_CHARS_MAX,
} from '../limits.ts'
import type { LambdaInput } from '../model.ts'
import type { OperationUpdate } from './model.ts'

const ID_FORM = /^[a-zA-Z0-9-_]+$/
const ID_FORM_SHOWN = '[a-zA-Z0-9-_]+'
const TOKEN_FORM = /^[A-Za-z0-9+/]+={0,2}$/
const TOKEN_FORM_SHOWN = '[A-Za-z0-9+/]+={0,2}'
const NAME_FORM = /^[\x20-\x7E]+$/
const TYPES = ['EXECUTION', 'CONTEXT', 'STEP', 'WAIT', 'CALLBACK', 'CHAINED_INVOKE']
const ACTIONS = ['START', 'SUCCEED', 'FAIL', 'RETRY', 'CANCEL']

export function checkToken(constraints: Constraints, token: string | undefined): Constraints {
  return constraints
    .required('checkpointToken', token)
    .length('checkpointToken', token, { min: 1, max: 2048 })
    .pattern('checkpointToken', token, TOKEN_FORM, TOKEN_FORM_SHOWN)
}

/** Adds the checks of a checkpoint. */
export function checkCheckpoint(
  constraints: Constraints,
  { CheckpointToken, ClientToken, Updates = [] }: LambdaInput<'CheckpointDurableExecution'>,
): Constraints {
  checkToken(constraints, CheckpointToken)
    .length('clientToken', ClientToken, { min: 1, max: 64 })
    .pattern('clientToken', ClientToken, /^[\x21-\x7E]+$/, String.raw`[\x21-\x7E]+`)
  for (const [index, update] of Updates.entries()) checkUpdateForm(constraints, `updates.${index + 1}.member`, update)
  return constraints
}

function checkUpdateForm(constraints: Constraints, at: string, update: OperationUpdate): void {
  const seconds = { min: 1, max: DURABLE_TIMEOUT_S_MAX }
  const { CallbackOptions: callback, ChainedInvokeOptions: chained } = update
  constraints
    .required(`${at}.id`, update.Id)
    .length(`${at}.id`, update.Id, { min: 1, max: 64 })
    .pattern(`${at}.id`, update.Id, ID_FORM, ID_FORM_SHOWN)
    .length(`${at}.parentId`, update.ParentId, { min: 1, max: 64 })
    .pattern(`${at}.parentId`, update.ParentId, ID_FORM, ID_FORM_SHOWN)
    .length(`${at}.name`, update.Name, { min: 1, max: 256 })
    .pattern(`${at}.name`, update.Name, NAME_FORM, String.raw`[\x20-\x7E]+`)
    .required(`${at}.type`, update.Type)
    .oneOf(`${at}.type`, update.Type, TYPES)
    .length(`${at}.subType`, update.SubType, { min: 1, max: 32 })
    .pattern(`${at}.subType`, update.SubType, /^[a-zA-Z-_]+$/, '[a-zA-Z-_]+')
    .required(`${at}.action`, update.Action)
    .oneOf(`${at}.action`, update.Action, ACTIONS)
    .length(`${at}.payload`, update.Payload, { max: INVOKE_PAYLOAD_BYTES_MAX })
    .range(`${at}.stepOptions.nextAttemptDelaySeconds`, update.StepOptions?.NextAttemptDelaySeconds, seconds)
    .range(`${at}.waitOptions.waitSeconds`, update.WaitOptions?.WaitSeconds, seconds)
    .range(`${at}.callbackOptions.timeoutSeconds`, callback?.TimeoutSeconds, { ...seconds, min: 0 })
    .range(`${at}.callbackOptions.heartbeatTimeoutSeconds`, callback?.HeartbeatTimeoutSeconds, { ...seconds, min: 0 })
    .length(`${at}.chainedInvokeOptions.tenantId`, chained?.TenantId, { min: 1, max: TENANT_ID_CHARS_MAX })
  if (chained) constraints.required(`${at}.chainedInvokeOptions.functionName`, chained.FunctionName)
}

/** How many items a page has. */
export function checkPage(
  constraints: Constraints,
  { MaxItems, Marker }: { readonly MaxItems?: number | undefined; readonly Marker?: string | undefined },
): Constraints {
  return constraints
    .range('maxItems', MaxItems, { min: 0, max: DURABLE_PAGE_ITEMS_MAX })
    .length('marker', Marker, { min: 1, max: 1024 })
}
