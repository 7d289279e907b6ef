// Bounds of a cache that may hold much and mostly holds little. An LRUCache with `max` takes the memory of all its entries when
// it is made, which for some 30 caches is a tenth of what an idle server holds; with a sum of sizes it grows as it fills.

/** Options of an LRUCache for at most `entriesMax` entries. */
export function grownTo(entriesMax: number): { readonly maxSize: number; readonly sizeCalculation: () => number } {
  return { maxSize: entriesMax, sizeCalculation: one }
}

function one(): number {
  return 1
}
