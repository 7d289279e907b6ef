import { test } from 'node:test'
import { killWhileObjectsMove } from './killed-objects.ts'

test('acknowledged versions survive 25 SIGKILLs; what was under way is whole or not there', () =>
  killWhileObjectsMove(25, 'Enabled'))
