import { strategyKit, testConformance, testInterrupts } from '@worldswitch/strategy-tests'
import { trapEmulate } from './trap-emulate.ts'

const kit = strategyKit(trapEmulate)
testConformance(kit)
testInterrupts(kit)
