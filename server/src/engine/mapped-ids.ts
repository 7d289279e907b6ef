// Which user ids this process can give to others. In a container whose users are mapped (rootless Docker, Podman) "root" has
// only those that its user namespace knows, mostly 65,536.
import { readFileSync } from 'node:fs'

/** Whether all ids from `first` on are mapped, by the text of a map: lines of first inside, first outside, count. */
export function isMapped(map: string, first: number, count: number): boolean {
  return map.split('\n').some((line) => {
    const [inside = Number.NaN, , length = 0] = line.trim().split(/\s+/).map(Number)
    return first >= inside && first + count <= inside + length
  })
}

/** Whether processes can be given these user and group ids. Where nothing says otherwise, as off Linux, they can. */
export function canGiveIds(first: number, count: number): boolean {
  return ['uid_map', 'gid_map'].every((name) => {
    try {
      return isMapped(readFileSync(`/proc/self/${name}`, 'utf8'), first, count)
    } catch {
      // Not Linux, or a kernel without user namespaces: there is but one set of ids.
      return true
    }
  })
}
