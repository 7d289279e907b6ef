// Selectors as the API shows them.
import type { AdvancedSelector, BasicSelector, FieldSelector } from './selectors.ts'

export function basicView({ readWriteType, management, data, excludedSources }: BasicSelector) {
  return {
    ReadWriteType: readWriteType,
    IncludeManagementEvents: management,
    DataResources: data.map(({ type, values }) => ({ Type: type, Values: values })),
    ExcludeManagementEventSources: excludedSources,
  }
}

export function advancedView({ name, fields }: AdvancedSelector) {
  return { Name: name, FieldSelectors: fields.map(fieldView) }
}

function fieldView(selector: FieldSelector) {
  return {
    Field: selector.field,
    Equals: filled(selector.equals),
    StartsWith: filled(selector.startsWith),
    EndsWith: filled(selector.endsWith),
    NotEquals: filled(selector.notEquals),
    NotStartsWith: filled(selector.notStartsWith),
    NotEndsWith: filled(selector.notEndsWith),
  }
}

function filled(values: readonly string[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values
}
