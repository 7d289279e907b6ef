// Tenant isolation: a function that is made with it runs for one tenant at a time, whom each invocation names, and an
// instance that has run for a tenant runs for no other. It is said when the function is made, and for good. Source:
// developer guide, "Tenant isolation", with its pages on configuring, invoking and troubleshooting.
import type { Constraints } from './constraints.ts'
import { invalidParameter } from './errors.ts'
import type { VersionRecord } from './function-record.ts'
import { TENANT_ID_CHARS_MAX } from './limits.ts'
import type { LambdaInput } from './model.ts'

const TENANT_ID = /^[a-zA-Z0-9._:/=+\-@ ]+$/
const TENANT_ID_SHOWN = String.raw`[a-zA-Z0-9\._:\/=+\-@ ]+`

/** What names a tenant. */
export function checkTenantId(constraints: Constraints, tenantId: string | undefined): Constraints {
  return constraints
    .length('tenantId', tenantId, { min: 1, max: TENANT_ID_CHARS_MAX })
    .pattern('tenantId', tenantId, TENANT_ID, TENANT_ID_SHOWN)
}

/** What CreateFunction is told. */
export function checkTenancy(
  constraints: Constraints,
  config: LambdaInput<'CreateFunction'>['TenancyConfig'],
): Constraints {
  if (config === undefined) return constraints
  return constraints
    .required('tenancyConfig.tenantIsolationMode', config.TenantIsolationMode)
    .oneOf('tenancyConfig.tenantIsolationMode', config.TenantIsolationMode, ['PER_TENANT'])
}

/** Why the version cannot run for this tenant, or for nobody. */
export function tenantFault(
  { tenancy }: Pick<VersionRecord, 'tenancy'>,
  tenantId: string | undefined,
): string | undefined {
  if (tenancy === undefined && tenantId !== undefined)
    return 'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.'
  if (tenancy !== undefined && tenantId === undefined)
    return 'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.'
  return undefined
}

/** Throws InvalidParameterValueException unless the version runs for this tenant, or for nobody. */
export function requireTenant(version: Pick<VersionRecord, 'tenancy'>, tenantId: string | undefined): void {
  const fault = tenantFault(version, tenantId)
  if (fault !== undefined) throw invalidParameter(fault)
}

/** Throws InvalidParameterValueException where there are tenants: `what` has instances or events before one is named. */
export function refuseBesideTenants({ tenancy }: Pick<VersionRecord, 'tenancy'>, what: string): void {
  if (tenancy !== undefined) throw invalidParameter(`${what} is not supported for functions with tenant isolation.`)
}
