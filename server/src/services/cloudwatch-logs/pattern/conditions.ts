// Conditions joined by && and ||, with parentheses: () before && before ||. What a single condition is, the caller says.
import { type Cursor, invalidPattern } from './cursor.ts'

export type Condition<T> = (subject: T) => boolean

/** Parentheses within parentheses. */
const DEPTH_MAX = 50

/** Reads as far as conditions go; `parseOne` reads a condition without parentheses. */
export function parseConditions<T>(cursor: Cursor, parseOne: () => Condition<T>, depth = 0): Condition<T> {
  if (depth > DEPTH_MAX) throw invalidPattern()
  const any: Condition<T>[] = []
  do any.push(parseAll(cursor, parseOne, depth))
  while (cursor.take('||'))
  const [only] = any
  return any.length === 1 && only ? only : (subject) => any.some((condition) => condition(subject))
}

function parseAll<T>(cursor: Cursor, parseOne: () => Condition<T>, depth: number): Condition<T> {
  const all: Condition<T>[] = []
  do all.push(parseFactor(cursor, parseOne, depth))
  while (cursor.take('&&'))
  const [only] = all
  return all.length === 1 && only ? only : (subject) => all.every((condition) => condition(subject))
}

function parseFactor<T>(cursor: Cursor, parseOne: () => Condition<T>, depth: number): Condition<T> {
  cursor.skipSpaces()
  let condition: Condition<T>
  if (cursor.take('(')) {
    condition = parseConditions(cursor, parseOne, depth + 1)
    cursor.expect(')')
  } else condition = parseOne()
  cursor.skipSpaces()
  return condition
}
