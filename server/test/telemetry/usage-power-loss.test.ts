import { testPowerCuts } from '../storage/power-cuts.ts'
import { runUsagePowerCuts } from './usage-power-cuts.ts'

testPowerCuts(60, 'at most a second of usage is missing, and none counts twice', runUsagePowerCuts)
