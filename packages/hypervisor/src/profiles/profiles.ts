import type { CostProfile } from '../cost-profile.ts'
import { HypervisorError } from '../hypervisor-error.ts'
import { pentium4 } from './pentium4-2005.ts'
import { riscvModelled } from './riscv-modelled.ts'
import { xeon2023 } from './xeon-2023.ts'

/** The cost profiles that come with the package; the first is the default. A new one is a file and a row here. */
export const costProfiles: readonly CostProfile[] = [riscvModelled, pentium4, xeon2023]

/**
 * A profile by its name.
 *
 * @throws HypervisorError `bad-profile` when there is none of that name.
 */
export function costProfile(name: string): CostProfile {
  const found = costProfiles.find((profile) => profile.name === name)
  if (found) return found
  const names = costProfiles.map((profile) => profile.name).join(', ')
  throw new HypervisorError('bad-profile', `no cost profile is named ${name}; there are ${names}`)
}
