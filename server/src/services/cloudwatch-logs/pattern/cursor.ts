// Reads a filter pattern from left to right. What is wrong with a pattern is told in AWS's words.

/** The message is AWS's; the service answers it as InvalidParameterException. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/** For whatever AWS has no better words for. */
export function invalidPattern(): PatternError {
  return new PatternError('Invalid filter pattern')
}

/** `characters` must stand in quotation marks to be a part of a term. */
export function invalidCharacters(characters: string): PatternError {
  return new PatternError(`Invalid character(s) in term '${characters}'`)
}

const SPACE = /\s/
const WORD = /[\p{L}\p{N}_]/u

/** Letters, digits and the underscore: what needs no quotation marks. */
export function isWordCharacter(character: string): boolean {
  return WORD.test(character)
}

export class Cursor {
  readonly text: string
  at: number
  readonly end: number

  /** Reads from `at` up to `end` (exclusive). */
  constructor(text: string, at = 0, end = text.length) {
    this.text = text
    this.at = at
    this.end = end
  }

  get isAtEnd(): boolean {
    return this.at >= this.end
  }

  /** The next character, or '' at the end. Pairs of surrogates count as one. */
  get next(): string {
    const code = this.isAtEnd ? undefined : this.text.codePointAt(this.at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  skipSpaces(): void {
    while (!this.isAtEnd && SPACE.test(this.text.charAt(this.at))) this.at++
  }

  /** Moves past `text` when it comes next. */
  take(text: string): boolean {
    if (this.at + text.length > this.end || !this.text.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }

  /** As `take`, and throws when something else comes. */
  expect(text: string): void {
    if (!this.take(text)) throw invalidPattern()
  }

  /** Takes characters while `accepts` holds. */
  takeWhile(accepts: (character: string) => boolean): string {
    const start = this.at
    for (let { next } = this; next !== '' && accepts(next); { next } = this) this.at += next.length
    return this.text.slice(start, this.at)
  }

  /** The rest of a text in double quotation marks whose first mark was taken; \" and \\ stand for " and \. */
  quoted(): string {
    let text = ''
    while (!this.isAtEnd) {
      if (this.take('"')) return text
      if (this.take('\\"')) text += '"'
      else if (this.take('\\\\')) text += '\\'
      else text += this.text.charAt(this.at++)
    }
    throw invalidPattern()
  }

  /** The rest of a regular expression between % signs whose first sign was taken. */
  regex(): string {
    const close = this.text.indexOf('%', this.at)
    if (close < 0 || close >= this.end) throw invalidCharacters('%')
    const source = this.text.slice(this.at, close)
    this.at = close + 1
    return source
  }

  /** The run of characters here that may not stand outside quotation marks. */
  unexpected(): PatternError {
    const characters = this.takeWhile((character) => !SPACE.test(character) && !isWordCharacter(character))
    return characters === '' ? invalidPattern() : invalidCharacters(characters)
  }
}
