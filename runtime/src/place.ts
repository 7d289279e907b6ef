// Where the sources of what runs in cells lie, for whoever puts them there.

/** The folder of this file: `node/`, `python/` and `guard/` are in it. */
export const RUNTIME_SOURCES: string = import.meta.dirname
