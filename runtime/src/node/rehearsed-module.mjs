export const rehearsed = true
