// What a request knows of itself, for the conditions and variables of policies: `aws:SourceIp`, `s3:prefix`, ...

export interface ConditionKeys {
  /** The values of a key, by its name in lower case; undefined when the request does not have it. */
  get(keyLowerCase: string): readonly string[] | undefined
}

/** Keys from a table; names in any case. */
export function conditionKeysOf(
  table: Readonly<Record<string, string | readonly string[] | undefined>>,
): ConditionKeys {
  const byName = new Map<string, readonly string[]>()
  for (const [name, value] of Object.entries(table))
    if (value !== undefined) byName.set(name.toLowerCase(), typeof value === 'string' ? [value] : value)
  return byName
}
