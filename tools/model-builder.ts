// Collects the rows of a model file: every shape gets its index before its members are visited, so that recursive
// shapes end.
import type { ModelFile, Ref, Row } from '../server/src/protocol/model.ts'

/** Facts of a service beside its shapes. */
export type ServiceFacts = Omit<ModelFile, 'operations' | 'errors' | 'shapes'>

export class ModelBuilder {
  readonly #rows: (Row | undefined)[] = []
  readonly #indexes = new Map<unknown, number>()
  readonly #operations: number[] = []
  readonly #errors: number[] = []

  /** The reference to the shape known by `key`; `build` makes its row the first time. */
  shape(key: unknown, build: () => Row): { $: number } {
    const known = this.#indexes.get(key)
    if (known !== undefined) return { $: known }
    const index = this.#rows.length
    this.#rows.push(undefined)
    this.#indexes.set(key, index)
    this.#rows[index] = build()
    return { $: index }
  }

  operation(key: unknown, build: () => Row): void {
    this.#operations.push(this.shape(key, build).$)
  }

  error(key: unknown, build: () => Row): void {
    this.#errors.push(this.shape(key, build).$)
  }

  finish(facts: ServiceFacts): ModelFile {
    const shapes = this.#rows.map((row, index) => {
      if (row === undefined) throw new Error(`shape ${index} has no row`)
      return row
    })
    return { ...facts, operations: this.#operations, errors: this.#errors, shapes }
  }
}

/** `ref` with traits, or plain when there are none. */
export function withTraits(ref: Ref, traits: number | object): Ref {
  const empty = typeof traits === 'number' ? traits === 0 : Object.keys(traits).length === 0
  return empty ? ref : [ref, traits]
}
