// Where the pipeline asks whether the caller may: for the operation, and for what its handler asks about besides.
import type { Service } from '#protocol/operation.ts'
import { SERVICE_IDS, type ServiceId } from '#protocol/services.ts'
import type { Asked, Authorizer, Verdict } from './authorize.ts'
import type { CallContext } from './exchange.ts'
import { accessDenied } from './faults.ts'
import { WOULD_DENY_CHARS_MAX } from './limits.ts'
import { errorOf, type Family } from './refusals.ts'

export interface PermissionOptions {
  readonly authorize: Authorizer
  readonly serviceOf: (id: ServiceId) => Service | undefined | Promise<Service | undefined>
}

/** Throws the family's error when the caller may not. */
export function permit(verdict: Verdict, context: CallContext, family: Family): void {
  context.denied = verdict.kind === 'denied' || verdict.kind === 'anonymous-denied'
  switch (verdict.kind) {
    case 'allowed':
      return
    case 'would-deny':
      return context.setHeader('x-mayfly-would-deny', printable(verdict.denial.message))
    case 'anonymous-denied':
      throw errorOf({ kind: 'missing' }, family)
    case 'denied':
      throw accessDenied(family, context.service, verdict.denial.message)
  }
}

/** Keys of objects may hold anything; a header may not. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, WOULD_DENY_CHARS_MAX)
}

/** Asks for further permissions of the same request. The service that an ARN names knows what hangs on the resource. */
export function permitsOf({ authorize, serviceOf }: PermissionOptions, asked: Asked): CallContext['permits'] {
  return async (action, resource, conditions = {}) => {
    const id = SERVICE_IDS.find((one) => resource.split(':', 3)[2] === one)
    const service = (id === undefined ? undefined : await serviceOf(id)) ?? asked.service
    // Without `also`: this is about one resource.
    const further = { action, actionOf: () => action, resource: () => resource, also: () => [] }
    const exact = service === asked.service
    const own = exact ? {} : { conditions: () => conditions }
    const verdict = await authorize({
      ...asked,
      service,
      operation: { ...asked.operation, ...further, ...own },
      exact,
    })
    return verdict.kind === 'allowed' || verdict.kind === 'would-deny'
  }
}
