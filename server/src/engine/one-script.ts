// Joins modules to one script, so that a process of ours begins with one file and without Node's loader of ES modules,
// which takes 6 ms and 3 MB. Made for our own sources in the form that the formatter gives them (statements of import and
// export begin a line and name what they mean), and for nothing else: what it does not know it refuses.
//
// Each module becomes a function that runs when it is first asked for; V8 compiles it then. What only some cells need is
// imported by an expression and costs the others nothing.
import { InvariantError } from '#base/errors.ts'
import { posix } from 'node:path'

/** The text of a module, its types stripped, by its id: a path such as `node/main.ts`. */
export type ReadModule = (id: string) => string

const IMPORT = /^import (?:([\w$]+)(?:, )?)?(?:\{([^}]*)\})? ?from '([^']+)'$/gm
const EXPORTED_NAME = /^export ((?:async )?function\*?|const|class) ([\w$]+)/gm
const EXPORTED_NAMES = /^export \{([^}]*)\}$/gm
const LATER = /\b(?:import|createRequire\(import\.meta\.url\))\('(\.{1,2}\/[^']+)'\)/g

/**
 * A CommonJS script that does what the module `entry` does. Modules are found by relative paths and `#base/<name>.ts`.
 * Throws InvariantError for a form of import or export that it does not know, and for characters beyond Latin-1.
 */
export function oneScript(entry: string, read: ReadModule): string {
  const modules = new Map<string, string>()
  const add = (id: string): void => {
    if (modules.has(id)) return
    // Known before it is converted: modules may lead back to it by an import that runs later.
    modules.set(id, '')
    modules.set(id, converted(id, read(id), add))
  }
  add(entry)
  const functions = [...modules].map(([id, text]) => `${quoted(id)}($exports) {\n${text}\n},`).join('\n')
  const url = functions.includes('$url') ? URL : ''
  return `${PROLOGUE}${url}const $modules = {\n${functions}\n}\n$load(${quoted(entry)})\n`
}

/**
 * What code in the process sees of its beginning is what it sees where that is a module: nothing. Names begin with a dollar
 * sign: modules have every other name for themselves.
 */
const PROLOGUE = `'use strict'
process.mainModule = undefined
delete require.cache[__filename]
const $require = require
const $loaded = new Map()
function $load(id) {
  let exports = $loaded.get(id)
  if (exports === undefined) {
    $loaded.set(id, (exports = {}))
    $modules[id](exports)
  }
  return exports
}
`

const URL = "const $url = $require('node:url').pathToFileURL(__filename).href\n"

/** V8 keeps a text in one byte a character, or the whole of it in two. */
const BEYOND_LATIN_1 = /.*[\u0100-\uffff].*/

function converted(id: string, text: string, add: (id: string) => void): string {
  const exported: string[] = []
  const found = (specifier: string): string => {
    if (specifier.startsWith('node:')) return `$require(${quoted(specifier)})`
    const target = resolved(id, specifier)
    add(target)
    return `$load(${quoted(target)})`
  }
  const script = text
    .replace(IMPORT, (_, whole: string | undefined, names: string | undefined, specifier: string) => {
      if (whole !== undefined && !specifier.startsWith('node:'))
        throw new InvariantError(`${id} imports the default of ${specifier}`)
      const parts = [...(whole === undefined ? [] : [whole]), ...(names === undefined ? [] : [`{ ${renamed(names)} }`])]
      return `const ${parts.map((part) => `${part} = ${found(specifier)}`).join(', ')}`
    })
    .replace(EXPORTED_NAME, (_, kind: string, name: string) => {
      exported.push(name)
      return `${kind} ${name}`
    })
    .replace(EXPORTED_NAMES, (_, names: string) => {
      exported.push(...names.split(',').flatMap((name) => name.trim() || []))
      return ''
    })
    .replace(LATER, (_, specifier: string) => found(specifier))
    .replaceAll('import.meta.url', '$$url')
    .replaceAll('import.meta.dirname', '__dirname')
  const unknown = /^(?:import|export)\b.*|import\.meta.*/m.exec(script)
  if (unknown) throw new InvariantError(`${id} has a form of import or export that is not known: ${unknown[0]}`)
  const wide = BEYOND_LATIN_1.exec(script)
  if (wide) throw new InvariantError(`${id} has a character that doubles the script in memory: ${wide[0]}`)
  return exported.length === 0 ? script : `${script}\nObject.assign($exports, { ${exported.join(', ')} })`
}

/** `a, b as c`, as a pattern of what is taken out of an object. */
function renamed(names: string): string {
  return names
    .split(',')
    .flatMap((name) => name.trim().replace(/ as /, ': ') || [])
    .join(', ')
}

function resolved(from: string, specifier: string): string {
  const base = /^#base\/([a-z-]+\.ts)$/.exec(specifier)
  if (base) return `base/${base[1]}`
  if (!specifier.startsWith('.')) throw new InvariantError(`${from} imports ${specifier}`)
  return posix.join(posix.dirname(from), specifier)
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
