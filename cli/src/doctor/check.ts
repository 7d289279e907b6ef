// One thing about this machine that matters to Mayfly, and what was found.

export interface Finding {
  readonly name: string
  /** `fail`: Mayfly does not work; `warn`: it works in a weaker way. */
  readonly status: 'ok' | 'warn' | 'fail'
  readonly found: string
  /** The command or the step that mends it. */
  readonly mend?: string | undefined
}

export function ok(name: string, found: string): Finding {
  return { name, status: 'ok', found }
}

export function warn(name: string, found: string, mend: string): Finding {
  return { name, status: 'warn', found, mend }
}

export function fail(name: string, found: string, mend: string): Finding {
  return { name, status: 'fail', found, mend }
}
