// The regular expressions of filter patterns: no groups, no back references. They are run as a deterministic automaton
// that is built while it is used, so that no pattern and no message takes more than time proportional to the message.
//
// A pattern is alternatives; an alternative is a row of steps, each a set of characters that may be passed over
// (optional) or repeated; its positions (0 to the number of steps) are the states of the non-deterministic automaton.
// A state of the deterministic one is a set of them, over all alternatives. Character classes: each ASCII character is
// its own, all others are one.
import { invalidPattern } from './cursor.ts'

/** Steps of all alternatives, after writing out {m,n}. */
const STEPS_MAX = 256
/** States that are remembered; beyond, all are forgotten and found again. */
const STATES_MAX = 512
const ASCII = 128
/** The class of all characters beyond ASCII. */
const OTHER = ASCII
const SYMBOLS = ':_#=@/;,- '
const OPERATORS = '^$?[]{}|\\*+.'

interface Step {
  /** 1 for each class that matches; ASCII + 1 entries. */
  readonly set: Uint8Array
  readonly isOptional: boolean
  readonly isRepeated: boolean
}

interface Alternative {
  readonly steps: Step[]
  isAtStart: boolean
  isAtEnd: boolean
}

export type Matcher = (text: string) => boolean

/** Answers whether a text has a match anywhere. Throws PatternError for what AWS does not support. */
export function compileRegex(source: string): Matcher {
  const alternatives = new RegexParser(source).parse()
  const automaton = new Automaton(alternatives)
  return (text) => automaton.matches(text)
}

class RegexParser {
  readonly #source: string
  #at = 0
  #steps = 0

  constructor(source: string) {
    this.#source = source
  }

  parse(): Alternative[] {
    if (this.#source === '') throw invalidPattern()
    const alternatives: Alternative[] = []
    do alternatives.push(this.#alternative())
    while (this.#take('|'))
    return alternatives
  }

  #alternative(): Alternative {
    const alternative: Alternative = { steps: [], isAtStart: this.#take('^'), isAtEnd: false }
    while (this.#at < this.#source.length && this.#peek() !== '|') {
      if (this.#take('$')) {
        // An anchor anywhere else could never hold.
        if (this.#at < this.#source.length && this.#peek() !== '|') throw invalidPattern()
        alternative.isAtEnd = true
      } else {
        const set = this.#set()
        const { min, max } = this.#quantifier()
        this.#add(alternative, set, min, max)
      }
    }
    return alternative
  }

  #add(alternative: Alternative, set: Uint8Array, min: number, max: number): void {
    const count = max === Number.POSITIVE_INFINITY ? min + 1 : max
    this.#steps += count
    if (this.#steps > STEPS_MAX) throw invalidPattern()
    for (let nth = 0; nth < count; nth++)
      alternative.steps.push({ set, isOptional: nth >= min, isRepeated: nth >= min && max !== count })
  }

  #quantifier(): { readonly min: number; readonly max: number } {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
    if (this.#take('?')) return { min: 0, max: 1 }
    if (!this.#take('{')) return { min: 1, max: 1 }
    const found = /^\s*(\d{0,4})\s*(,?)\s*(\d{0,4})\s*\}/.exec(this.#source.slice(this.#at))
    if (!found) throw invalidPattern()
    const [whole, low = '', comma = '', high = ''] = found
    this.#at += whole.length
    if (low === '' && high === '') throw invalidPattern()
    const min = Number(low)
    const max = comma === '' ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high)
    if (max < min) throw invalidPattern()
    return { min, max }
  }

  /** One character, class or escape. */
  #set(): Uint8Array {
    const character = this.#character()
    if (character === '.') return setOf((code) => code !== 10)
    if (character === '[') return this.#class()
    if (character === '\\') return this.#escape()
    if (OPERATORS.includes(character)) throw invalidPattern()
    return literal(character)
  }

  #class(): Uint8Array {
    const isNegated = this.#take('^')
    const set = new Uint8Array(ASCII + 1)
    for (let isFirst = true; ; isFirst = false) {
      const character = this.#character()
      if (character === ']' && !isFirst) break
      const one = character === '\\' ? this.#escape() : literal(character)
      if (this.#peek() === '-' && this.#source.charAt(this.#at + 1) !== ']') this.#range(set, one)
      else for (const [code, isIn] of one.entries()) set[code] = (set[code] ?? 0) | isIn
    }
    return isNegated ? set.map((isIn) => 1 - isIn) : set
  }

  #range(set: Uint8Array, low: Uint8Array): void {
    this.#at++
    const character = this.#character()
    const high = character === '\\' ? this.#escape() : literal(character)
    const from = low.indexOf(1)
    const to = high.indexOf(1)
    // Both ends must be one character each, in order.
    if (low.lastIndexOf(1) !== from || high.lastIndexOf(1) !== to || to < from) throw invalidPattern()
    set.fill(1, from, to + 1)
  }

  #escape(): Uint8Array {
    const character = this.#character()
    switch (character) {
      case 'd':
        return setOf(isDigit)
      case 'D':
        return setOf((code) => !isDigit(code))
      case 's':
        return setOf(isSpace)
      case 'S':
        return setOf((code) => !isSpace(code))
      case 'w':
        return setOf(isWord)
      case 'W':
        return setOf((code) => !isWord(code))
      case 't':
        return setOf((code) => code === 9)
      case 'n':
        return setOf((code) => code === 10)
      case 'r':
        return setOf((code) => code === 13)
      case 'x':
        return this.#hexadecimal()
      default:
        if (!OPERATORS.includes(character) && !SYMBOLS.includes(character)) throw invalidPattern()
        return literal(character)
    }
  }

  #hexadecimal(): Uint8Array {
    const digits = this.#source.slice(this.#at, this.#at + 2)
    const code = /^[0-9A-Fa-f]{2}$/.test(digits) ? Number.parseInt(digits, 16) : ASCII
    if (code >= ASCII) throw invalidPattern()
    this.#at += 2
    return setOf((one) => one === code)
  }

  /** Takes the next character, if it is one that AWS supports. */
  #character(): string {
    const character = this.#source.charAt(this.#at++)
    if (/[A-Za-z0-9]/.test(character) || (character !== '' && (SYMBOLS + OPERATORS).includes(character)))
      return character
    throw invalidPattern()
  }

  #peek(): string {
    return this.#source.charAt(this.#at)
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }
}

function setOf(accepts: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: ASCII + 1 }, (_, code) => (accepts(code) ? 1 : 0))
}

function literal(character: string): Uint8Array {
  const set = new Uint8Array(ASCII + 1)
  set[character.charCodeAt(0)] = 1
  return set
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

function isWord(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95
}

/** A set of positions, and where each class leads from it. */
interface State {
  readonly positions: readonly number[]
  /** A match ends here, whatever follows. */
  readonly isMatch: boolean
  /** A match ends here if the text does. */
  readonly isMatchAtEnd: boolean
  readonly next: (State | undefined)[]
}

/** A place in an alternative: `steps` of them are done. */
interface Place {
  readonly alternative: Alternative
  readonly step: Step | undefined
}

class Automaton {
  readonly #places: Place[] = []
  /** First place of each alternative. */
  readonly #starts: { readonly place: number; readonly isAtStart: boolean }[] = []
  readonly #states = new Map<string, State>()
  #first: State

  constructor(alternatives: readonly Alternative[]) {
    for (const alternative of alternatives) {
      this.#starts.push({ place: this.#places.length, isAtStart: alternative.isAtStart })
      for (const step of [...alternative.steps, undefined]) this.#places.push({ alternative, step })
    }
    this.#first = this.#start()
  }

  matches(text: string): boolean {
    let state = this.#first
    for (let index = 0; index < text.length; index++) {
      if (state.isMatch) return true
      const code = text.charCodeAt(index)
      // The second half of a surrogate pair is not a character of its own.
      if (code >= 0xdc00 && code <= 0xdfff && index > 0 && isHighSurrogate(text.charCodeAt(index - 1))) continue
      const character = code < ASCII ? code : OTHER
      state = state.next[character] ?? this.#follow(state, character)
    }
    return state.isMatch || state.isMatchAtEnd
  }

  #start(): State {
    const places = new Set<number>()
    for (const { place } of this.#starts) this.#enter(places, place)
    return this.#stateOf(places)
  }

  #follow(state: State, character: number): State {
    const places = new Set<number>()
    for (const place of state.positions) {
      const step = this.#places[place]?.step
      if (step?.set[character] !== 1) continue
      if (step.isRepeated) this.#enter(places, place)
      this.#enter(places, place + 1)
    }
    for (const { place, isAtStart } of this.#starts) if (!isAtStart) this.#enter(places, place)
    const next = this.#stateOf(places)
    state.next[character] = next
    return next
  }

  /** Adds a place and those that are reached from it without a character. */
  #enter(places: Set<number>, place: number): void {
    for (let at = place; ; at++) {
      places.add(at)
      if (this.#places[at]?.step?.isOptional !== true) return
    }
  }

  #stateOf(places: ReadonlySet<number>): State {
    const positions = [...places].sort((a, b) => a - b)
    const name = positions.join()
    const known = this.#states.get(name)
    if (known) return known
    if (this.#states.size >= STATES_MAX) this.#forget()
    const ends = positions.flatMap((position) => {
      const place = this.#places[position]
      return place && place.step === undefined ? [place.alternative] : []
    })
    const state: State = {
      positions,
      isMatch: ends.some((alternative) => !alternative.isAtEnd),
      isMatchAtEnd: ends.length > 0,
      next: [],
    }
    this.#states.set(name, state)
    return state
  }

  // States that are still in use keep their own ways on, which lead to forgotten states: those are collected with them.
  #forget(): void {
    this.#states.clear()
    this.#first = { ...this.#first, next: [] }
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
