// Looking into items along document paths.
import type { Path } from './ast.ts'
import { attributeOf, type AttributeValue, type Item } from './attribute-value.ts'

/** The value at a path; undefined where there is none. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  const [name] = path
  let value = typeof name === 'string' ? attributeOf(item, name) : undefined
  for (let index = 1; index < path.length && value !== undefined; index++) value = memberOf(value, path[index])
  return value
}

function memberOf(value: AttributeValue, element: string | number | undefined): AttributeValue | undefined {
  if (typeof element === 'number') return 'L' in value ? value.L[element] : undefined
  return element !== undefined && 'M' in value ? attributeOf(value.M, element) : undefined
}
