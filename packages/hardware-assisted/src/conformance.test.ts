import { strategyKit, testConformance } from '@worldswitch/strategy-tests'
import { createHardwareAssisted } from './hardware-assisted.ts'

// The bare machine that it is compared with has no `stimecmp`.
testConformance(strategyKit(createHardwareAssisted({ guestTimer: false })))
