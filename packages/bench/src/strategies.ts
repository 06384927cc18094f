import { hardwareAssisted } from '@worldswitch/hardware-assisted'
import { StrategyRegistry } from '@worldswitch/hypervisor'
import { trapEmulate } from '@worldswitch/trap-emulate'
import { bareSubject } from './bare-subject.ts'
import { strategySubject } from './strategy-subject.ts'
import type { SubjectMaker } from './subject.ts'

/** The strategies that the bench knows. A new one is one row here. */
export const strategies = new StrategyRegistry([trapEmulate, hardwareAssisted])

/** Everything that a guest can run on: bare metal first, then each strategy. */
export const subjects: readonly SubjectMaker[] = [bareSubject, ...strategies.all.map(strategySubject)]
