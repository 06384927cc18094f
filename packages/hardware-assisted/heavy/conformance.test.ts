import { strategyKit, testConformance } from '@worldswitch/strategy-tests'
import { createHardwareAssisted } from '../src/hardware-assisted.ts'

testConformance(strategyKit(createHardwareAssisted({ guestTimer: false })), {
  first: 1000,
  runs: 150,
  length: 500,
})
