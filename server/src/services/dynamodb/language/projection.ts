// What part of an item a projection keeps: a tree of the paths, walked along the item once. Elements of lists close ranks.
import type { Path } from './ast.ts'
import { attributeOf, setAttribute, type AttributeValue, type Item } from './attribute-value.ts'

/** What is kept of a value: all of it, or some of its members. */
interface Node {
  all: boolean
  readonly members: Map<string, Node>
  readonly elements: Map<number, Node>
}

export class Projection {
  readonly paths: readonly Path[]
  readonly #root: Node = newNode()

  constructor(paths: readonly Path[]) {
    this.paths = paths
    for (const path of paths) addPath(this.#root, path)
    sortElements(this.#root)
  }

  /** The attributes at the paths, in the places where they were. What the item lacks is left out. */
  project(item: Item): Item {
    return projectMembers(item, this.#root)
  }
}

function newNode(): Node {
  return { all: false, members: new Map(), elements: new Map() }
}

function addPath(root: Node, path: Path): void {
  let node = root
  for (const element of path)
    node = typeof element === 'number' ? child(node.elements, element) : child(node.members, element)
  node.all = true
}

function child<K>(children: Map<K, Node>, key: K): Node {
  let node = children.get(key)
  if (node === undefined) children.set(key, (node = newNode()))
  return node
}

/** Elements are answered in the order of the list. */
function sortElements(node: Node): void {
  const sorted = [...node.elements].sort(([left], [right]) => left - right)
  node.elements.clear()
  for (const [index, element] of sorted) node.elements.set(index, element)
  for (const below of [...node.elements.values(), ...node.members.values()]) sortElements(below)
}

function projectMembers(map: Item, node: Node): Record<string, AttributeValue> {
  const kept: Record<string, AttributeValue> = {}
  for (const [name, below] of node.members) {
    const value = attributeOf(map, name)
    const part = value && projectValue(value, below)
    if (part !== undefined) setAttribute(kept, name, part)
  }
  return kept
}

function projectValue(value: AttributeValue, node: Node): AttributeValue | undefined {
  if (node.all) return value
  if ('M' in value) {
    const kept = projectMembers(value.M, node)
    return Object.keys(kept).length > 0 ? { M: kept } : undefined
  }
  if (!('L' in value)) return undefined
  const kept: AttributeValue[] = []
  for (const [index, below] of node.elements) {
    const element = value.L[index]
    const part = element && projectValue(element, below)
    if (part !== undefined) kept.push(part)
  }
  return kept.length > 0 ? { L: kept } : undefined
}
