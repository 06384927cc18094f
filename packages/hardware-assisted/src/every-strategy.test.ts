import { testStrategy } from '@worldswitch/strategy-tests'
import { hardwareAssisted } from './hardware-assisted.ts'

testStrategy(hardwareAssisted)
