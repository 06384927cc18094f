import { strategyKit, testConformance, testInterrupts } from '@worldswitch/strategy-tests'
import { describe } from 'vitest'
import { createHardwareAssisted, hardwareAssisted } from './hardware-assisted.ts'

describe('without a timer of the guest’s own', () => {
  // The bare machine that it is compared with has no `stimecmp`.
  const kit = strategyKit(createHardwareAssisted({ guestTimer: false }))
  testConformance(kit)
  testInterrupts(kit, ['timer'])
})

describe('as it is', () => testInterrupts(strategyKit(hardwareAssisted)))
