// Did you mean: the names nearest to one that is not there.

const DISTANCE_MAX = 3

/** Candidates within a few typing errors of `name` or that contain it, nearest first. */
export function nearest(name: string, candidates: readonly string[]): readonly string[] {
  const lower = name.toLowerCase()
  return candidates
    .map((candidate) => ({ candidate, distance: score(lower, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= DISTANCE_MAX)
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate)
}

function score(name: string, candidate: string): number {
  if (candidate.includes(name) || name.includes(candidate)) return 1
  return editDistance(name, candidate)
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_unused, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
