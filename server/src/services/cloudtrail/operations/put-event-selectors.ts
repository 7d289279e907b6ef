// PutEventSelectors: what the trail wants, in either form; the other one goes.
import { changeTrail } from '../change-trail.ts'
import { trailError } from '../errors.ts'
import type { CloudTrailInput, CloudTrailOperation } from '../model.ts'
import { checkAdvanced, checkBasic, type Selectors } from '../selectors.ts'
import { advancedView, basicView } from '../selectors-view.ts'
import { trailArn } from '../trail.ts'

export const putEventSelectors: CloudTrailOperation<'PutEventSelectors'> = async (deps, input, context) => {
  const selectors = readSelectors(input)
  const trail = await changeTrail(deps, input.TrailName, context, (before) => ({ ...before, selectors }))
  return {
    TrailARN: trailArn(trail),
    ...(selectors.kind === 'basic'
      ? { EventSelectors: selectors.selectors.map(basicView) }
      : { AdvancedEventSelectors: selectors.selectors.map(advancedView) }),
  }
}

function readSelectors(input: CloudTrailInput<'PutEventSelectors'>): Selectors {
  const { EventSelectors: basic, AdvancedEventSelectors: advanced } = input
  if ((basic === undefined) === (advanced === undefined))
    throw trailError(
      'InvalidEventSelectorsException',
      'Give either EventSelectors or AdvancedEventSelectors, and not both.',
    )
  if (basic !== undefined)
    return checkBasic(
      basic.map((selector) => ({
        readWriteType: selector.ReadWriteType ?? 'All',
        management: selector.IncludeManagementEvents ?? true,
        data: (selector.DataResources ?? []).map(({ Type: type = '', Values: values = [] }) => ({ type, values })),
        excludedSources: selector.ExcludeManagementEventSources ?? [],
      })),
    )
  return checkAdvanced(
    (advanced ?? []).map(({ Name: name, FieldSelectors: fields }) => ({
      name,
      fields: fields.map((field) => ({
        field: field.Field ?? '',
        equals: field.Equals ?? [],
        startsWith: field.StartsWith ?? [],
        endsWith: field.EndsWith ?? [],
        notEquals: field.NotEquals ?? [],
        notStartsWith: field.NotStartsWith ?? [],
        notEndsWith: field.NotEndsWith ?? [],
      })),
    })),
  )
}
