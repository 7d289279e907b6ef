import type { SnsOutput } from '../model.ts'

/** GetSMSSandboxAccountStatus: no account is held back here. */
export async function getSMSSandboxAccountStatus(): Promise<SnsOutput<'GetSMSSandboxAccountStatus'>> {
  return { IsInSandbox: false }
}
