// Errors in the JSON form that AWS's Node.js runtime gives to callers.

/** A failure found by the runtime itself; `name` becomes the errorType. */
export class RuntimeError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = name
  }
}

export interface ErrorDocument {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

/** What a caller of the function sees of anything that was thrown. */
export function errorDocument(thrown: unknown): ErrorDocument {
  try {
    if (isErrorLike(thrown)) {
      return {
        errorType: printable(thrown.name),
        errorMessage: printable(thrown.message),
        trace: printable(thrown.stack ?? '').split('\n'),
      }
    }
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] }
  } catch {
    // A getter or toString of the thrown value threw.
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    }
  }
}

/** One line for the log: the document plus whatever else the error carries. */
export function errorLogJson(thrown: unknown): string {
  try {
    if (!isErrorLike(thrown)) return JSON.stringify(errorDocument(thrown))
    const { name, message, stack, ...rest } = thrown as Error & Readonly<Record<string, unknown>>
    const own = thrown as unknown as Readonly<Record<string, unknown>>
    return JSON.stringify({
      errorType: name ?? 'UnknownError',
      errorMessage: message,
      ...(typeof own['code'] === 'string' ? { code: own['code'] } : {}),
      ...rest,
      stack: (stack ?? '').split('\n'),
    })
  } catch {
    return JSON.stringify(errorDocument(thrown))
  }
}

/** An error's fields may be of any type. DEL is the one character that AWS's runtime writes in another way. */
function printable(value: unknown): string {
  return String(value).replaceAll('\u007f', '%7F')
}

function isErrorLike(thrown: unknown): thrown is Error {
  if (thrown instanceof Error) return true
  // Errors of another realm (node:vm) are not instances of ours.
  return typeof thrown === 'object' && thrown !== null && 'stack' in thrown && 'message' in thrown && 'name' in thrown
}
