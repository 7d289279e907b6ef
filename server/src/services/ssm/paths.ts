// Lists of parameters: of a path, or of all, filtered, in pages.
import type { KeyScope } from '#identity/key-vault.ts'
import { filteredPage } from '#storage/filtered-page.ts'
import type { Reader } from '#storage/transact.ts'
import { ssmError, validation } from './errors.ts'
import { SCAN_ITEMS } from './limits.ts'
import { type ParameterRecord, parameters } from './parameter.ts'

export interface Filter {
  readonly Key?: string | undefined
  readonly Option?: string | undefined
  readonly Values?: readonly string[] | undefined
}

/** Whether a parameter passes all filters. Throws InvalidFilterKey, InvalidFilterOption. */
export function passes(record: ParameterRecord, filters: readonly Filter[] | undefined): boolean {
  return (filters ?? []).every((filter) => passesOne(record, filter))
}

function passesOne(record: ParameterRecord, { Key: key = '', Option: option = 'Equals', Values: values = [] }: Filter) {
  if (key.startsWith('tag:')) {
    const tag = record.tags.find((one) => one.key === key.slice('tag:'.length))
    return tag !== undefined && (values.length === 0 || values.includes(tag.value))
  }
  switch (key) {
    case 'Name':
      return values.some((value) => nameMatches(record.name, option, value))
    case 'Type':
      return values.includes(record.type)
    case 'KeyId':
      return values.includes(record.keyId ?? '')
    case 'Tier':
      return values.includes(record.tier)
    case 'DataType':
      return values.includes(record.dataType)
    case 'Path':
      return values.some((value) => isBelow(record.name, value, option === 'Recursive'))
    default:
      throw ssmError('InvalidFilterKey', `The following filter key is not valid: ${key}.`)
  }
}

function nameMatches(name: string, option: string, value: string): boolean {
  if (option === 'BeginsWith') return name.startsWith(value) || name.startsWith(`/${value}`)
  if (option === 'Contains') return name.includes(value)
  if (option === 'Equals') return name === value
  throw ssmError('InvalidFilterOption', `The following filter option is not valid: ${option}.`)
}

export function isBelow(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`
  // Names without a slash are on the first level of `/`.
  const full = name.startsWith('/') ? name : `/${name}`
  return full.startsWith(prefix) && (recursive || !full.slice(prefix.length).includes('/'))
}

/** Throws ValidationException. */
export function checkPath(path: string | undefined): string {
  const given = path ?? ''
  if (!/^\/([a-zA-Z0-9_.-]+(\/[a-zA-Z0-9_.-]+)*\/?)?$/.test(given))
    throw validation(
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
    )
  return given
}

export interface PageWish {
  readonly token: string | undefined
  readonly max: number
}

/** One page of the parameters that `keep` wants, by name, and where the next begins. Throws InvalidNextToken. */
export async function pageOfParameters(
  reader: Reader,
  { account, region }: KeyScope,
  { token, max }: PageWish,
  keep: (record: ParameterRecord) => boolean,
): Promise<{ readonly items: readonly ParameterRecord[]; readonly next: string | undefined }> {
  const prefix = [account, region]
  const after = token === undefined ? undefined : [...prefix, readToken(token)]
  const { items, next } = await filteredPage(reader, parameters, { prefix, after, max, scan: SCAN_ITEMS }, keep)
  return { items, next: next && Buffer.from(`after ${String(next.at(-1))}`).toString('base64url') }
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  if (!text.startsWith('after ')) throw ssmError('InvalidNextToken', 'The specified token is not valid.')
  return text.slice('after '.length)
}

/** Throws ValidationException. */
export function checkMax(value: number | undefined, byDefault: number, max: number): number {
  const wanted = value ?? byDefault
  if (wanted >= 1 && wanted <= max) return wanted
  throw validation(
    `1 validation error detected: Value '${wanted}' at 'maxResults' failed to satisfy constraint: Member must have value ${wanted < 1 ? 'greater than or equal to 1' : `less than or equal to ${max}`}`,
  )
}
