import { runPowerCuts, testPowerCuts } from './power-cuts.ts'

testPowerCuts(2000, 'what was acknowledged is there', runPowerCuts)
