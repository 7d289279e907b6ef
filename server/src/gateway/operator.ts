// Who runs the server, and may look at and change what belongs to no account alone: other accounts, their quotas, the audit
// trail. In `start` that is root of the default account, by a signature for the service `mayfly`: whoever can read the
// server's credentials file. `dev` believes any caller on this machine, as for everything else.
import type { Principal } from '#base/principal.ts'
import { DEFAULT_ACCOUNT } from '#identity/accounts.ts'
import type { Claim } from '#identity/claim.ts'
import { BodyRefused } from '#identity/refusal.ts'
import type { SigningRules } from '#identity/sigv4.ts'
import { authenticate, type AuthenticateOptions } from './authenticate.ts'
import type { Exchange } from './exchange.ts'
import { type InternalAnswer, json } from './internal-routes.ts'
import { OPERATOR_BODY_BYTES_MAX } from './limits.ts'
import { isLocalCaller } from './local-callers.ts'

const RULES: SigningRules = { s3: false, signingNames: ['mayfly'] }

export interface Operator {
  readonly kind: 'operator'
  readonly principal: Principal
  /** What the signature says about a body that was not read yet, hexadecimal: whoever reads it holds it to that. */
  readonly bodySha256: string | undefined
}

export type FoundOperator = Operator | { readonly kind: 'refused'; readonly answer: InternalAnswer }

/** The operator, or the answer for whoever is not. */
export async function findOperator(
  exchange: Exchange,
  claim: Claim,
  options: AuthenticateOptions,
): Promise<FoundOperator> {
  const { head } = exchange
  if (options.mode === 'dev')
    return isLocalCaller(head)
      ? {
          kind: 'operator',
          principal: { kind: 'root', account: DEFAULT_ACCOUNT, accessKeyId: '' },
          bodySha256: undefined,
        }
      : refused('mayfly dev answers callers on its own machine only.')
  try {
    const { principal, mode } = await authenticate(
      {
        head,
        pathWithBucket: head.path,
        claim,
        rules: RULES,
        hostRegion: undefined,
        readBody: async () => (exchange.rawBody ??= await exchange.body.readAll(OPERATOR_BODY_BYTES_MAX)),
      },
      options,
    )
    if (principal.kind === 'root' && principal.account === DEFAULT_ACCOUNT)
      return { kind: 'operator', principal, bodySha256: mode.kind === 'declared' ? mode.sha256 : undefined }
  } catch (error) {
    if (!(error instanceof BodyRefused)) throw error
    return refused(
      `The signature is not believed (${error.refusal.kind}): it must be Version 4, for the service mayfly.`,
    )
  }
  return refused('This is for root of the default account: sign with the key in <data>/credentials.')
}

function refused(error: string): FoundOperator {
  return { kind: 'refused', answer: json(403, { error }) }
}
