// Patterns for text without structure: terms that must be there, -terms that must not, ?terms of which one must be.
import { Cursor, isWordCharacter } from './cursor.ts'
import { compileRegex, type Matcher } from './regex.ts'

type Role = 'required' | 'excluded' | 'optional'

/** The whole pattern, which is neither empty nor begins with a bracket. */
export function parseTerms(pattern: string): Matcher {
  const terms: Record<Role, Matcher[]> = { required: [], excluded: [], optional: [] }
  const cursor = new Cursor(pattern)
  for (cursor.skipSpaces(); !cursor.isAtEnd; cursor.skipSpaces()) {
    const role = takeRole(cursor)
    terms[role].push(parseTerm(cursor))
  }
  const { required, excluded, optional } = terms
  // Beside other terms, optional ones have no effect.
  if (required.length + excluded.length === 0) return (message) => optional.some((term) => term(message))
  return (message) => required.every((term) => term(message)) && !excluded.some((term) => term(message))
}

function takeRole(cursor: Cursor): Role {
  const role = cursor.take('-') ? 'excluded' : cursor.take('?') ? 'optional' : 'required'
  cursor.skipSpaces()
  return role
}

function parseTerm(cursor: Cursor): Matcher {
  if (cursor.take('"')) {
    const phrase = cursor.quoted()
    // Nothing but spaces matches everything.
    return phrase.trim() === '' ? () => true : (message) => message.includes(phrase)
  }
  if (cursor.take('%')) return compileRegex(cursor.regex())
  const word = cursor.takeWhile(isWordCharacter)
  if (word === '' || !(cursor.isAtEnd || /\s/.test(cursor.next))) throw cursor.unexpected()
  return (message) => message.includes(word)
}
