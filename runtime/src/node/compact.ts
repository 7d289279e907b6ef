// Gives back what booting and rehearsing took: a ready cell mostly waits, and there are many. Node.js is started with a flag
// that offers the collector to code; functions do not see it.

type Collect = (options: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void

/** The collector, taken away from what is global. */
export function takeCollector(): () => void {
  const { gc } = globalThis as { gc?: Collect }
  Reflect.deleteProperty(globalThis, 'gc')
  return () => gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
