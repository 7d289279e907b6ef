// Encoded authorization messages: a denial as JSON that only this server can read, so that it can be handed around and be
// read by whoever may sts:DecodeAuthorizationMessage. Source: STS API reference, DecodeAuthorizationMessage.
import type { Decision } from './policy/evaluate.ts'
import type { Vault } from './vault/vault.ts'

const PLACE = 'authorization message'

export interface DenialFacts {
  readonly decision: Decision
  readonly who: string
  readonly action: string
  readonly resource: string
}

export class DenialMessages {
  readonly #vault: Vault

  constructor(vault: Vault) {
    this.#vault = vault
  }

  encode({ decision, who, action, resource }: DenialFacts): string {
    const matched = decision.kind === 'denied' ? [decision.by] : []
    const message = {
      allowed: decision.kind === 'allowed',
      explicitDeny: decision.kind === 'denied',
      matchedStatements: {
        items: matched.map(({ sid, policy, side }) => ({
          statementId: sid ?? '',
          sourcePolicyId: policy,
          sourcePolicyType: side,
        })),
      },
      failures: { items: decision.kind === 'not-allowed' ? [{ missing: decision.missing }] : [] },
      context: { principal: { arn: who }, action, resource, conditions: { items: [] } },
    }
    return Buffer.from(this.#vault.seal(PLACE, Buffer.from(JSON.stringify(message))), 'base64').toString('base64url')
  }

  /** The message as JSON; undefined for what this server did not encode. */
  decode(encoded: string): string | undefined {
    return this.#vault.tryOpen(PLACE, Buffer.from(encoded, 'base64url'))?.toString()
  }
}
