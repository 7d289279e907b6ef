// Event selectors: what a trail wants of the calls that are made. Sources: API reference, "EventSelector",
// "AdvancedEventSelector", "AdvancedFieldSelector"; user guide, "Logging data events".
import type { CallTraits } from '#audit/data-selection.ts'
import { trailError } from './errors.ts'
import { EVENT_SELECTORS_MAX, SELECTOR_VALUES_MAX } from './limits.ts'

export interface BasicSelector {
  readonly readWriteType: 'All' | 'ReadOnly' | 'WriteOnly'
  readonly management: boolean
  readonly data: readonly { readonly type: string; readonly values: readonly string[] }[]
  readonly excludedSources: readonly string[]
}

export interface FieldSelector {
  readonly field: string
  readonly equals: readonly string[]
  readonly startsWith: readonly string[]
  readonly endsWith: readonly string[]
  readonly notEquals: readonly string[]
  readonly notStartsWith: readonly string[]
  readonly notEndsWith: readonly string[]
}

export interface AdvancedSelector {
  readonly name: string | undefined
  readonly fields: readonly FieldSelector[]
}

export type Selectors =
  | { readonly kind: 'basic'; readonly isDefault: boolean; readonly selectors: readonly BasicSelector[] }
  | { readonly kind: 'advanced'; readonly selectors: readonly AdvancedSelector[] }

/** All management events. */
export const DEFAULT_SELECTORS: Selectors = {
  kind: 'basic',
  isDefault: true,
  selectors: [{ readWriteType: 'All', management: true, data: [], excludedSources: [] }],
}

/** By type: what stands for all of them. */
const BASIC_TYPES: Readonly<Record<string, string>> = {
  'AWS::S3::Object': 'arn:aws:s3',
  'AWS::Lambda::Function': 'arn:aws:lambda',
  'AWS::DynamoDB::Table': 'arn:aws:dynamodb',
}
const EXCLUDABLE = new Set(['kms.amazonaws.com', 'rdsdata.amazonaws.com'])
const FIELDS = new Set([
  'readOnly',
  'eventSource',
  'eventName',
  'eventCategory',
  'eventType',
  'resources.type',
  'resources.ARN',
  'userIdentity.arn',
  'errorCode',
])

function invalid(message: string): Error {
  return trailError('InvalidEventSelectorsException', message)
}

/** Throws InvalidEventSelectorsException. */
export function checkBasic(selectors: readonly BasicSelector[]): Selectors {
  if (selectors.length === 0 || selectors.length > EVENT_SELECTORS_MAX)
    throw invalid(`A trail has 1 to ${EVENT_SELECTORS_MAX} event selectors.`)
  for (const { readWriteType, data, excludedSources } of selectors) {
    if (!['All', 'ReadOnly', 'WriteOnly'].includes(readWriteType))
      throw invalid(`${readWriteType} is not All, ReadOnly or WriteOnly.`)
    for (const { type, values } of data) {
      const all = BASIC_TYPES[type]
      if (all === undefined) throw invalid(`${type} is no data resource of event selectors; use advanced ones.`)
      if (values.length === 0 || values.some((value) => !value.startsWith(all)))
        throw invalid(`Each value of ${type} is an ARN that begins with ${all}.`)
    }
    for (const source of excludedSources) if (!EXCLUDABLE.has(source)) throw invalid(`${source} cannot be excluded.`)
  }
  return { kind: 'basic', isDefault: false, selectors }
}

/** Throws InvalidEventSelectorsException. */
export function checkAdvanced(selectors: readonly AdvancedSelector[]): Selectors {
  let values = 0
  if (selectors.length === 0) throw invalid('Name at least one advanced event selector.')
  for (const { fields } of selectors) {
    for (const field of fields) {
      if (!FIELDS.has(field.field)) throw invalid(`${field.field} is no field of advanced event selectors here.`)
      const count = allValues(field).length
      if (count === 0) throw invalid(`The field selector of ${field.field} has no operator.`)
      values += count
    }
    const [category, ...others] = fields.find(({ field }) => field === 'eventCategory')?.equals ?? []
    if (others.length > 0 || (category !== 'Management' && category !== 'Data'))
      throw invalid('eventCategory must equal Management or Data.')
    const types = fields.find(({ field }) => field === 'resources.type')?.equals ?? []
    if (category === 'Data' && types.length !== 1) throw invalid('Data events need one resources.type.')
    if (category === 'Management' && fields.some(({ field }) => field.startsWith('resources.')))
      throw invalid('Management events are not selected by resources.')
  }
  if (values > SELECTOR_VALUES_MAX)
    throw invalid(`Advanced event selectors have at most ${SELECTOR_VALUES_MAX} values.`)
  return { kind: 'advanced', selectors }
}

function allValues(field: FieldSelector): readonly string[] {
  const { equals, startsWith, endsWith, notEquals, notStartsWith, notEndsWith } = field
  return [equals, startsWith, endsWith, notEquals, notStartsWith, notEndsWith].flat()
}

export function wants(selectors: Selectors, call: CallTraits): boolean {
  return selectors.kind === 'basic'
    ? selectors.selectors.some((selector) => basicWants(selector, call))
    : selectors.selectors.some(({ fields }) => fields.every((field) => fieldWants(field, call)))
}

function basicWants({ readWriteType, management, data, excludedSources }: BasicSelector, call: CallTraits): boolean {
  if (readWriteType !== 'All' && (readWriteType === 'ReadOnly') !== call.readOnly) return false
  if (call.eventCategory === 'Management') return management && !excludedSources.includes(call.eventSource)
  return data.some(({ type, values }) =>
    call.resources.some((resource) => resource.type === type && values.some((value) => resource.arn.startsWith(value))),
  )
}

function fieldWants(field: FieldSelector, call: CallTraits): boolean {
  const values = valuesOf(field.field, call)
  const positive = field.equals.length + field.startsWith.length + field.endsWith.length > 0
  const fits = values.some(
    (value) =>
      field.equals.includes(value) ||
      field.startsWith.some((start) => value.startsWith(start)) ||
      field.endsWith.some((end) => value.endsWith(end)),
  )
  const excluded = values.some(
    (value) =>
      field.notEquals.includes(value) ||
      field.notStartsWith.some((start) => value.startsWith(start)) ||
      field.notEndsWith.some((end) => value.endsWith(end)),
  )
  return (!positive || fits) && !excluded
}

function valuesOf(field: string, call: CallTraits): readonly string[] {
  switch (field) {
    case 'readOnly':
      return [String(call.readOnly)]
    case 'eventSource':
      return [call.eventSource]
    case 'eventName':
      return [call.eventName]
    case 'eventCategory':
      return [call.eventCategory]
    case 'eventType':
      return ['AwsApiCall']
    case 'resources.type':
      return call.resources.map(({ type }) => type)
    case 'resources.ARN':
      return call.resources.map(({ arn }) => arn)
    case 'userIdentity.arn':
      return call.userArn === undefined ? [] : [call.userArn]
    case 'errorCode':
      return call.errorCode === undefined ? [] : [call.errorCode]
    default:
      return []
  }
}
