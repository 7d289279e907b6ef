import { test } from 'node:test'
import { killWhileObjectsMove } from './killed-objects.ts'

test('acknowledged objects survive 25 SIGKILLs; what was under way is whole or not there', () =>
  killWhileObjectsMove(25, undefined))
