// Attributes of a queue whose value is a JSON object.

/** The object in the text; undefined when it is anything else. */
export function parseJsonMap(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMap ? (value as Readonly<Record<string, unknown>>) : undefined
}
