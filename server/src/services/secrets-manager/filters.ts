// Which secrets a list shows. Source: Secrets Manager API reference, "Filter".
import { invalidParameter } from './errors.ts'
import type { SecretRecord } from './secret.ts'

export interface Filter {
  readonly Key?: string | undefined
  readonly Values?: readonly string[] | undefined
}

/** Throws InvalidParameterException. */
export function passes(record: SecretRecord, filters: readonly Filter[] | undefined): boolean {
  return (filters ?? []).every(({ Key: key = '', Values: values = [] }) => {
    // A value with `!` in front excludes.
    const wanted = values.filter((value) => !value.startsWith('!'))
    const excluded = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1))
    const texts = textsOf(record, key)
    const has = (value: string): boolean => texts.some((text) => matches(key, text, value))
    return (wanted.length === 0 || wanted.some(has)) && !excluded.some(has)
  })
}

function textsOf(record: SecretRecord, key: string): readonly string[] {
  switch (key) {
    case 'name':
      return [record.name]
    case 'description':
      return [record.description ?? '']
    case 'tag-key':
      return record.tags.map((tag) => tag.key)
    case 'tag-value':
      return record.tags.map((tag) => tag.value)
    case 'primary-region':
      return [record.region]
    case 'owning-service':
      return []
    case 'all':
      return [record.name, record.description ?? '', ...record.tags.flatMap((tag) => [tag.key, tag.value])]
    default:
      throw invalidParameter(`The filter key ${key} is not valid.`)
  }
}

/** Names begin with the value, case counting; descriptions and everything hold it as words, whatever the case. */
function matches(key: string, text: string, value: string): boolean {
  if (key !== 'description' && key !== 'all') return text.startsWith(value)
  const words = text.toLowerCase()
  return value
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word))
}
