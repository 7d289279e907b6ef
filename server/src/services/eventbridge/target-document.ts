// What a target gets of an event: the event as it is, a constant, a part, or a template filled with parts. Source:
// EventBridge user guide, "Input transformation", with its section on common issues.
//
// A placeholder outside of quotes stands for a JSON value; inside of a quoted string its text is written into the string,
// objects without their quotes, so that the string stays one. What a path does not find is an empty text. A template is
// one JSON value or several, each on a line of its own, before it is filled and after it.
import { type RuleRef, ruleArn } from './arn.ts'
import { readJsonPath } from './json-path.ts'
import type { TargetInput } from './rule.ts'

export interface Circumstances {
  readonly rule: RuleRef
  readonly ingestedMs: number
}

/** `eventText`: the event's JSON text. */
export function targetDocument(input: TargetInput, eventText: string, circumstances: Circumstances): string {
  switch (input.kind) {
    case 'event':
      return eventText
    case 'constant':
      return input.text
    case 'path': {
      const found = readJsonPath(input.path)?.find(JSON.parse(eventText))
      return JSON.stringify(found ?? {})
    }
    case 'template':
      return fill(input.template, valuesFor(input.paths, eventText, circumstances))
  }
}

type Values = (name: string) => unknown

/** What no path found. */
const NOTHING = Symbol('nothing')

function valuesFor(
  paths: Readonly<Record<string, string>>,
  eventText: string,
  { rule, ingestedMs }: Circumstances,
): Values {
  const event = JSON.parse(eventText) as Readonly<Record<string, unknown>>
  const predefined: Readonly<Record<string, () => unknown>> = {
    'aws.events.rule-arn': () => ruleArn(rule),
    'aws.events.rule-name': () => rule.name,
    'aws.events.event.ingestion-time': () => new Date(ingestedMs).toISOString(),
    'aws.events.event': () => Object.fromEntries(Object.entries(event).filter(([key]) => key !== 'detail')),
    'aws.events.event.json': () => event,
  }
  return (name) => {
    if (Object.hasOwn(predefined, name)) return predefined[name]?.()
    const path = Object.hasOwn(paths, name) ? paths[name] : undefined
    return (path === undefined ? undefined : readJsonPath(path)?.find(event)) ?? NOTHING
  }
}

const PLACEHOLDER = /<([\w.-]+)>/y

/** The names between angle brackets, quoted or not. */
export function placeholdersIn(template: string): readonly string[] {
  return [...template.matchAll(/<([\w.-]+)>/g)].map(([, name = '']) => name)
}

function fill(template: string, values: Values): string {
  let text = ''
  let quoted = false
  for (let at = 0; at < template.length; at++) {
    const character = template.charAt(at)
    if (quoted && character === '\\') {
      text += character + template.charAt(++at)
      continue
    }
    if (character === '"') quoted = !quoted
    PLACEHOLDER.lastIndex = at
    const name = character === '<' ? PLACEHOLDER.exec(template)?.[1] : undefined
    if (name === undefined) text += character
    else {
      text += quoted ? insideString(values(name)) : asJson(values(name))
      at = PLACEHOLDER.lastIndex - 1
    }
  }
  return text
}

function asJson(value: unknown): string {
  return value === NOTHING ? '""' : JSON.stringify(value)
}

/** Escaped for the string that it is written into; the quotes of objects and lists are left out. */
function insideString(value: unknown): string {
  if (value === NOTHING) return ''
  if (typeof value === 'string') return JSON.stringify(value).slice(1, -1)
  return JSON.stringify(value).replaceAll(/\\.|"/g, (found) => (found === '"' ? '' : found))
}

/** Whether a template, however it is filled, is JSON values with white space between them. */
export function isJsonTemplate(template: string): boolean {
  return topLevelValues(fill(template, () => NOTHING)).every(isJson)
}

/** Whether a text is one JSON value. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Cuts a text at the white space that stands outside of strings, objects and lists. */
function topLevelValues(text: string): readonly string[] {
  const values: string[] = []
  let value = ''
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (quoted && character === '\\') {
      value += character + text.charAt(++at)
      continue
    }
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '{' || character === '[')) depth++
    else if (!quoted && (character === '}' || character === ']')) depth--
    if (!quoted && depth === 0 && /\s/.test(character)) {
      if (value !== '') values.push(value)
      value = ''
    } else value += character
  }
  return value === '' ? values : [...values, value]
}
