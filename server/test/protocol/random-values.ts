// Random inputs and outputs for a model's shapes, from a seed. Values stay inside what every place on the wire can
// carry: header text is plain, labels are not empty, http-dates have whole seconds.
import type { Random } from '#base/ids.ts'
import { isEventStream, type Member, type Shape, type StructureShape } from '#protocol/schema.ts'

const DEPTH_MAX = 4
const TEXT = [
  'plain',
  'with space',
  'a&b<c>"d\'e',
  'päöü€ 😀',
  'new\nline',
  'tab\tin',
  '100%',
  'a+b=c;d',
  'x/y?z#',
  ']]>',
  '{}[]',
]
const PLAIN_TEXT = ['plain', 'x-1_2.3~4', 'Zebra', 'q7']
const LABEL_TEXT = ['plain', 'with space', 'arn:aws:x:y:000000000000:z/w', 'a+b', '100%', 'ä€', 'a=b&c']

export class RandomValues {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  integer(below: number): number {
    return Math.floor(this.#random() * below)
  }

  /** A structure with its required members and most others. `skip` leaves members of the top level out. */
  structure(
    shape: StructureShape,
    depth = 0,
    skip: (member: Member) => boolean = () => false,
  ): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    if (shape.isUnion) {
      const member = this.pick(depth >= DEPTH_MAX ? shape.members.filter(isShallow) : shape.members)
      value[member.name] = this.member(member, depth + 1)
      return value
    }
    for (const member of shape.members) {
      if (skip(member) || isEventStream(member)) continue
      // An answer's payload and status are never absent for its client.
      const always = member.required || member.traits.httpPayload === 1 || member.traits.httpResponseCode === 1
      const deep = depth >= DEPTH_MAX && !isShallow(member)
      if (!always && (deep || this.#random() < 0.2)) continue
      value[member.name] = this.member(member, depth + 1)
    }
    return Object.keys(value).length === 0 ? this.#oneMember(shape, depth, skip) : value
  }

  /** Forms cannot carry an empty structure. */
  #oneMember(shape: StructureShape, depth: number, skip: (member: Member) => boolean): Record<string, unknown> {
    const members = shape.members.filter((candidate) => !skip(candidate) && !isEventStream(candidate))
    const member = members.find(isShallow) ?? (depth < 2 * DEPTH_MAX ? members[0] : undefined)
    return member === undefined ? {} : { [member.name]: this.member(member, depth + 1) }
  }

  member(member: Member, depth: number): unknown {
    const { traits, shape } = member
    if (traits.httpLabel === 1 && shape.kind === 'string') return this.pick(LABEL_TEXT)
    if (traits.httpResponseCode === 1) return this.pick([200, 201, 202])
    if (traits.mediaType === 'application/json') return JSON.stringify({ key: this.pick(TEXT) })
    // The clients do not escape white space in attributes, and XML makes it spaces.
    if (traits.xmlAttribute === 1) return this.pick(PLAIN_TEXT)
    const inHeader = traits.httpHeader !== undefined || traits.httpPrefixHeaders !== undefined
    return this.value(shape, depth, inHeader || traits.httpQuery !== undefined || traits.hostLabel === 1)
  }

  value(shape: Shape, depth: number, plain: boolean): unknown {
    switch (shape.kind) {
      case 'string':
        return this.pick(plain ? PLAIN_TEXT : TEXT)
      case 'number':
        return this.pick([0, 1, 5, 42, 1000, 123_456_789])
      case 'boolean':
        return this.#random() < 0.5
      case 'bigint':
        return BigInt(this.integer(1e9))
      case 'blob':
        return Uint8Array.from({ length: 1 + this.integer(40) }, () => this.integer(256))
      case 'timestamp':
        return new Date((1_600_000_000 + this.integer(1e8)) * 1000)
      case 'document':
        return { text: this.pick(TEXT), list: [1, true, null, 'x'], nested: { n: 1.5 } }
      case 'list':
        return Array.from({ length: 1 + this.integer(2) }, () => this.value(shape.element.shape, depth + 1, plain))
      case 'map':
        return Object.fromEntries(
          Array.from({ length: 1 + this.integer(2) }, (_none, index) => [
            plain ? `key-${index}` : `${this.pick(['key', 'Key.With.Dots', 'schlüssel'])}${index}`,
            this.value(shape.value.shape, depth + 1, plain),
          ]),
        )
      case 'structure':
        return this.structure(shape, depth)
    }
  }
}

function isShallow(member: Member): boolean {
  const { kind } = member.shape
  return kind !== 'structure' && kind !== 'list' && kind !== 'map'
}
