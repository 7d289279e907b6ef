// Makes the mutants of a source text: copies with one small fault each, as a slip of the pen would make it. Pure. A test
// that still passes with such a fault in place does not hold what the line promises.
import { parseSync } from 'oxc-parser'

export interface Mutant {
  /** Place of the fault in the text. */
  readonly start: number
  readonly end: number
  readonly replacement: string
  /** Line of the fault, from 1. */
  readonly line: number
  /** `a === b -> a !== b`, on one line. */
  readonly change: string
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [name: string]: unknown
}

type Emit = (at: { readonly start: number; readonly end: number }, replacement: string) => void

/** All mutants of a module, in the order of their places. */
export function mutantsOf(text: string): readonly Mutant[] {
  const found = new Map<string, Mutant>()
  walk(parse(text), (node, parent) => {
    const emit: Emit = ({ start, end }, replacement) => {
      const original = text.slice(start, end)
      if (original === replacement) return
      const line = text.slice(0, start).split('\n').length
      const change = `${oneLine(original)} -> ${oneLine(replacement)}`
      found.set(`${start} ${end} ${replacement}`, { start, end, replacement, line, change })
    }
    mutate(node, parent, text, emit)
  })
  return [...found.values()].toSorted((one, other) => one.start - other.start || one.end - other.end)
}

/**
 * The text with the fault in place (or without one). Every loop counts its rounds and calls `endless` after
 * LOOP_ROUNDS_MAX of them, so that a fault that makes a loop endless shows as an error and not as a hang.
 */
export function sourceWith(text: string, mutant: Mutant | undefined, endless: string): string {
  const edits: { readonly at: number; readonly end: number; readonly put: string }[] = []
  const insert = (at: number, put: string): void => void edits.push({ at, end: at, put })
  walk(parse(text), (node) => {
    if (!LOOPS.has(node.type)) return
    const body = node['body'] as Node
    if (mutant !== undefined && contains(mutant, node)) return
    const rounds = `rounds${node.start}`
    insert(node.start, `{ let ${rounds} = 0; `)
    insert(body.start, `{ if (++${rounds} > ${LOOP_ROUNDS_MAX}) ${endless}(); `)
    insert(body.end, ' }')
    insert(node.end, ' }')
  })
  if (mutant !== undefined) edits.push({ at: mutant.start, end: mutant.end, put: mutant.replacement })
  let out = text
  // From the end to the beginning; what is put around a place after what takes the place itself.
  for (const { at, end, put } of edits.toReversed().toSorted((one, other) => other.at - one.at || other.end - one.end))
    out = out.slice(0, at) + put + out.slice(end)
  return out
}

/** More than any loop of the evaluator takes with the patterns and texts of its tests. */
const LOOP_ROUNDS_MAX = 50_000
const LOOPS = new Set(['ForStatement', 'ForOfStatement', 'ForInStatement', 'WhileStatement', 'DoWhileStatement'])

function contains(outer: { readonly start: number; readonly end: number }, inner: Node): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

function parse(text: string): Node {
  const { program, errors } = parseSync('module.ts', text)
  if (errors.length > 0) throw new Error(`cannot be parsed: ${errors[0]?.message}`)
  // ESTree: every node has a type and a place.
  return program as unknown as Node
}

/** Types, imports and names take part in nothing that happens. */
const SKIPPED_FIELDS = new Set(['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments', 'implements'])
const SKIPPED_TYPES = new Set(['ImportDeclaration', 'ExportAllDeclaration'])
const WRAPPERS = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'])

function walk(node: Node, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  if (SKIPPED_TYPES.has(node.type)) return
  if (node.type.startsWith('TS') && !WRAPPERS.has(node.type)) return
  visit(node, parent)
  for (const [name, value] of Object.entries(node)) {
    if (SKIPPED_FIELDS.has(name)) continue
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, node)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
}

const METHODS: Readonly<Record<string, string>> = {
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  some: 'every',
  every: 'some',
  toLowerCase: 'toUpperCase',
  toUpperCase: 'toLowerCase',
  indexOf: 'lastIndexOf',
  lastIndexOf: 'indexOf',
}
/** Calls that are left away, so that only what they are called on stays. */
const LEFT_AWAY = new Set(['slice', 'filter', 'trim', 'toLowerCase', 'map', 'flatMap', 'toSorted', 'join', 'split'])

function mutate(node: Node, parent: Node | undefined, text: string, emit: Emit): void {
  const source = (one: Node): string => text.slice(one.start, one.end)
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression': {
      const [left, right] = [node['left'] as Node, node['right'] as Node]
      for (const operator of OPERATORS[String(node['operator'])] ?? [])
        emit(node, `((${source(left)}) ${operator} (${source(right)}))`)
      return
    }
    case 'UnaryExpression':
      if (node['operator'] === '!' || node['operator'] === '-') emit(node, source(node['argument'] as Node))
      return
    case 'UpdateExpression':
      emit(
        node,
        source(node).replace(/\+\+|--/, (sign) => (sign === '++' ? '--' : '++')),
      )
      return
    case 'AssignmentExpression': {
      const operator = String(node['operator'])
      const other = { '+=': '-=', '-=': '+=', '??=': '=' }[operator]
      if (other !== undefined) emit(node, `${source(node['left'] as Node)} ${other} ${source(node['right'] as Node)}`)
      return
    }
    case 'ConditionalExpression':
    case 'IfStatement':
      emit(node['test'] as Node, 'true')
      emit(node['test'] as Node, 'false')
      return
    case 'WhileStatement':
    case 'DoWhileStatement':
      emit(node['test'] as Node, 'false')
      return
    case 'ForStatement':
      if (isNode(node['test'])) emit(node['test'], 'false')
      return
    case 'Literal':
      return mutateLiteral(node, parent, source(node), emit)
    case 'TemplateLiteral':
      if (source(node) !== '``') emit(node, '``')
      return
    case 'ArrayExpression':
      if ((node['elements'] as readonly unknown[]).length > 0) emit(node, '[]')
      return
    case 'ObjectExpression':
      if ((node['properties'] as readonly unknown[]).length > 0) emit(node, '{}')
      return
    case 'ArrowFunctionExpression': {
      const body = node['body'] as Node
      if (body.type !== 'BlockStatement') emit(body, 'undefined')
      return
    }
    case 'BlockStatement':
      if ((node['body'] as readonly unknown[]).length > 0) emit(node, '{}')
      return
    case 'ContinueStatement':
    case 'BreakStatement':
      emit(node, ';')
      return
    case 'CallExpression':
      return mutateCall(node, source, emit)
  }
}

function mutateLiteral(node: Node, parent: Node | undefined, text: string, emit: Emit): void {
  const { value } = node
  if (parent?.type === 'Property' && parent['key'] === node) return
  if (typeof value === 'boolean') emit(node, String(!value))
  else if (typeof value === 'number') emit(node, String(value + 1))
  else if (typeof value === 'string') emit(node, value === '' ? "'mutant'" : "''")
  else if (isNode(node) && node['regex'] !== undefined) for (const other of mutatedPatterns(text)) emit(node, other)
}

/** Regular expressions with an anchor, a repetition or a class changed. */
function* mutatedPatterns(text: string): Generator<string> {
  const end = text.lastIndexOf('/')
  const pattern = text.slice(1, end)
  const flags = text.slice(end)
  if (pattern.startsWith('^')) yield `/${pattern.slice(1)}${flags}`
  if (pattern.endsWith('$')) yield `/${pattern.slice(0, -1)}${flags}`
  for (const [from, to] of [
    [/(?<![\\[])\\d/g, '\\D'],
    [/(?<!\\)\[\^/g, '['],
    [/(?<!\\)\[(?!\^)/g, '[^'],
    [/(?<=[)\]dw.])\+/g, ''],
    [/(?<=[)\]dw.])\*/g, ''],
    [/(?<=[)\]])\?/g, ''],
  ] as const)
    for (const match of pattern.matchAll(from)) {
      const at = match.index
      yield `/${pattern.slice(0, at)}${to}${pattern.slice(at + match[0].length)}${flags}`
    }
}

function mutateCall(node: Node, source: (node: Node) => string, emit: Emit): void {
  const callee = node['callee'] as Node
  if (callee.type !== 'MemberExpression' || callee['computed'] === true) return
  const property = callee['property'] as Node
  const name = source(property)
  const other = METHODS[name]
  if (other !== undefined) emit(property, other)
  if (LEFT_AWAY.has(name)) emit(node, source(callee['object'] as Node))
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length <= 100 ? line : `${line.slice(0, 60)} … ${line.slice(-36)}`
}
