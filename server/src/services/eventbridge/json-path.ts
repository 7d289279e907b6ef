// The paths with which targets choose from an event: `$`, names behind dots or in brackets, indexes of arrays, and the
// wildcard. Source: EventBridge user guide, "Input transformation". Read once, followed in time linear in the event.

type Step =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }

export interface JsonPath {
  /** The value at the path; with a wildcard the list of all; undefined when there is nothing. */
  find(document: unknown): unknown
}

/** One step: `.name`, `.*`, `[3]`, `[*]`, `['name']`. */
const STEP = /\.([\w\-/]+)|\.(\*)|\[(\d{1,9})\]|\[(\*)\]|\['([^']+)'\]|\["([^"]+)"\]/y

/** Undefined for what is not a path. */
export function readJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined
  const steps: Step[] = []
  for (let at = 1; at < text.length;) {
    STEP.lastIndex = at
    const match = STEP.exec(text)
    if (match === null) return undefined
    at = STEP.lastIndex
    const [, name, starName, index, starIndex, single, double] = match
    if (starName !== undefined || starIndex !== undefined) steps.push({ kind: 'all' })
    else if (index !== undefined) steps.push({ kind: 'index', index: Number(index) })
    else steps.push({ kind: 'name', name: name ?? single ?? double ?? '' })
  }
  const isList = steps.some(({ kind }) => kind === 'all')
  return {
    find(document) {
      const found = steps.reduce<readonly unknown[]>(
        (values, step) => values.flatMap((value) => below(value, step)),
        [document],
      )
      return isList && found.length > 0 ? found : found[0]
    },
  }
}

/** What lies at the step, in a list of none, one or many. */
function below(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  switch (step.kind) {
    case 'name':
      return !Array.isArray(value) && Object.hasOwn(value, step.name)
        ? [(value as Readonly<Record<string, unknown>>)[step.name]]
        : []
    case 'index':
      return Array.isArray(value) && step.index < value.length ? [value[step.index] as unknown] : []
    case 'all':
      return Object.values(value)
  }
}
