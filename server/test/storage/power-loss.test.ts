import { runPowerCuts, testPowerCuts } from './power-cuts.ts'

testPowerCuts(60, 'what was acknowledged is there', runPowerCuts)
