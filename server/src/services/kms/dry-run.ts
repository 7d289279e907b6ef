// DryRun: everything is checked, and nothing done or told. Source: KMS developer guide, "Testing your permissions".
import { kmsError } from './errors.ts'

/** Call it when nothing can fail any more. Throws DryRunOperationException where the caller wanted no more. */
export function endDryRun({ DryRun }: { readonly DryRun?: boolean | undefined }): void {
  if (DryRun === true)
    throw kmsError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
}
