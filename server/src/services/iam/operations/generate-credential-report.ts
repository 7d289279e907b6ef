// GenerateCredentialReport: makes the credential report; it is there at once.
import { readAccount } from '../account.ts'
import { credentialReport } from '../reports.ts'
import type { IamOperation } from '../model.ts'

export const generateCredentialReport: IamOperation<'GenerateCredentialReport'> = async (
  deps,
  __input,
  { account },
) => {
  await deps.identity.usage.flush()
  const { createdMs } = await readAccount(deps, account)
  const text = await credentialReport(deps.identity.directory.store, account, createdMs)
  deps.reports.credentials.set(account, { text, madeMs: deps.clock.nowMs() })
  return { State: 'COMPLETE', Description: 'The report was made.' }
}
