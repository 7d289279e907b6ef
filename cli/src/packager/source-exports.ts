// What a source file exports, as far as its text tells. Good enough to find the file with the handler; the bundler says
// afterwards whether it is true.

export type Language = 'node' | 'python'

const NODE_FILE = /\.(ts|mts|cts|js|mjs|cjs)$/
const NOT_SOURCE = /(\.d\.[mc]?ts|\.(test|spec|config|stories)\.[mc]?[jt]s)$|^(test_.*|.*_test|conftest)\.py$/

/** The language of a source file by its name; undefined for what is no source. */
export function languageOf(fileName: string): Language | undefined {
  if (NOT_SOURCE.test(fileName)) return undefined
  if (NODE_FILE.test(fileName)) return 'node'
  return fileName.endsWith('.py') ? 'python' : undefined
}

/** Names that the text exports, in order. `*` stands for re-exports that the text does not name. */
export function exportsOf(source: string, language: Language): readonly string[] {
  return [...new Set(language === 'python' ? pythonNames(source) : nodeNames(withoutComments(source)))]
}

function* pythonNames(source: string): Generator<string> {
  for (const match of source.matchAll(
    /^(?:async[ \t]+)?def[ \t]+([A-Za-z]\w*)|^([A-Za-z]\w*)[ \t]*(?::[^=\n]+)?=(?!=)/gm,
  ))
    yield match[1] ?? match[2] ?? ''
}

function* nodeNames(source: string): Generator<string> {
  const declared = /\bexport\s+(?:default\s+)?(?:async\s+)?(?:function\s*\*?|class|const|let|var|enum)\s+([\w$]+)/g
  for (const match of source.matchAll(declared)) yield match[1] ?? ''
  for (const match of source.matchAll(/\bexport\s*\{([^}]*)\}/g))
    for (const part of (match[1] ?? '').split(',')) {
      const name = part
        .trim()
        .split(/\s+as\s+/)
        .at(-1)
        ?.trim()
      if (name && !part.trim().startsWith('type ')) yield name
    }
  for (const match of source.matchAll(/(?:^|[^.\w$])(?:module\.)?exports\.([\w$]+)\s*=/g)) yield match[1] ?? ''
  for (const match of source.matchAll(/\bmodule\.exports\s*=\s*\{([^}]*)\}/g))
    for (const part of (match[1] ?? '').split(',')) {
      const name = /^(?:async\s+)?([\w$]+)/.exec(part.trim())?.[1]
      if (name) yield name
    }
  if (/\bexport\s+default\b/.test(source)) yield 'default'
  if (/\bexport\s*\*\s*from\b/.test(source)) yield '*'
}

/** Blanks comments; strings that hold `//` stay whole where they stand after a colon, as in URLs. */
function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/(^|[^:'"`\\])\/\/[^\n]*/g, '$1')
}

/** Whether the text is an ES module by its own syntax. */
export function hasModuleSyntax(source: string): boolean {
  return /^\s*(?:import\b(?!\s*\()|export\b)/m.test(withoutComments(source))
}
