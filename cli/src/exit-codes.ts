// What the command's exit code says to a script. Documented in docs/cli.md; a code never changes its meaning.

export const EXIT = Object.freeze({
  ok: 0,
  /** The operation failed: a deploy, a build, a function error. */
  failed: 1,
  usage: 2,
  /** Settings or project files are not usable. */
  configuration: 3,
  /** The server cannot be reached, or did not answer in time. */
  unreachable: 4,
  notFound: 5,
  denied: 6,
  conflict: 7,
  /** Checks failed: `mayfly doctor` found something that must be mended. */
  checks: 8,
  interrupted: 130,
  terminated: 143,
})
