// Compiled policies by their text: the same document is compiled once, wherever it hangs.
import { InvariantError } from '#base/errors.ts'
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import type { PolicyKind } from './document.ts'

const COMPILED_MAX = 4096

export class CompiledPolicies {
  readonly #byText = new LRUCache<string, CompiledPolicy>(grownTo(COMPILED_MAX))

  /** A policy that was checked when it was put; one that does not compile now is a bug, and never a permission. */
  of(document: string, kind: PolicyKind): CompiledPolicy {
    const key = `${kind} ${document}`
    const known = this.#byText.get(key)
    if (known !== undefined) return known
    const compiled = compilePolicy(document, kind)
    if (compiled.kind === 'faulty')
      throw new InvariantError(`a stored policy does not compile: ${JSON.stringify(compiled.faults)}`)
    this.#byText.set(key, compiled.policy)
    return compiled.policy
  }
}
