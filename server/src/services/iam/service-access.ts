// Whether a policy allows anything of a service at all.
import { compileGlob } from '#identity/policy/glob.ts'
import { parsePolicy } from '#identity/policy/document.ts'

const NO_KEYS = { get: () => undefined }

/** True when an Allow of the identity policy covers an action of the service (`s3`), on whatever resource and condition. */
export function allowsService(document: string, service: string): boolean {
  const parsed = parsePolicy(document, 'identity')
  if (parsed.kind === 'faulty') return false
  return parsed.document.statements.some(({ effect, action: { negated, values } }) => {
    if (effect !== 'Allow') return false
    // NotAction allows the rest of a service unless it names all of it.
    if (negated) return !values.some((value) => coversAll(value, service))
    return values.some((value) => touches(value, service))
  })
}

function serviceMatches(pattern: string, service: string): boolean {
  const glob = compileGlob(pattern.toLowerCase(), { variables: false, wildcards: true })
  return glob.matches(service.toLowerCase(), NO_KEYS)
}

function touches(action: string, service: string): boolean {
  if (action === '*') return true
  return serviceMatches(action.split(':', 1)[0] ?? '', service)
}

function coversAll(action: string, service: string): boolean {
  return action === '*' || (action.endsWith(':*') && touches(action, service))
}
