// The one place where it is decided who may do what: the policies of the caller, those of the resource, and the facts of
// the request, handed to the evaluator.
import type { Principal } from '#base/principal.ts'
import type { Directory, Standing } from './directory/directory.ts'
import type { CompiledPolicies } from './policy/compiled-policies.ts'
import type { ConditionKeys } from './policy/condition-keys.ts'
import { type Decision, evaluate } from './policy/evaluate.ts'

/** What hangs on the resource. */
export interface ResourceSide {
  readonly account: string
  /** Policy documents as JSON text. */
  readonly documents: readonly string[]
  /** The resource has the last word. */
  readonly decides: boolean
  readonly kind?: 'resource' | 'trust'
}

export interface Question {
  /** `s3:GetObject`. */
  readonly action: string
  /** The ARN, or `*`. */
  readonly resource: string
  readonly side: ResourceSide
  /** What the request knows; made when a policy first asks. */
  readonly keys: (standing: Standing) => ConditionKeys
}

export interface Answer {
  readonly decision: Decision
  readonly standing: Standing
}

export class Access {
  readonly directory: Directory
  readonly #compiled: CompiledPolicies

  constructor(directory: Directory, compiled: CompiledPolicies) {
    this.directory = directory
    this.#compiled = compiled
  }

  /** Decides for a caller; at once when everything is in memory. */
  decide(principal: Principal, question: Question): Answer | Promise<Answer> {
    const standing = this.directory.standingOf(principal)
    return standing instanceof Promise
      ? standing.then((found) => this.decideFor(found, question))
      : this.decideFor(standing, question)
  }

  /** As `decide`, for a caller whose standing is known. */
  decideFor(standing: Standing, { action, resource, side, keys }: Question): Answer {
    const decision = evaluate(
      { caller: standing.caller, action, resource, resourceAccount: side.account, keys: keys(standing) },
      { ...standing.policies, resource: this.#resource(resource, side), resourceDecides: side.decides },
    )
    return { decision, standing }
  }

  #resource(resource: string, { documents, kind = 'resource' }: ResourceSide) {
    return documents.map((document) => ({ name: resource, policy: this.#compiled.of(document, kind) }))
  }
}
