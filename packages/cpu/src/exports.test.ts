import { expect, test } from 'vitest'

test('the names this package exports', async () => {
  expect(Object.keys(await import('./index.ts')).sort()).toMatchInlineSnapshot(`
    [
      "CpuError",
      "ExceptionCause",
      "Hart",
      "InterruptCause",
      "MachineMemory",
      "STATUS_SD",
      "SUPERVISOR_INTERRUPTS",
      "Status",
      "UXL_64",
      "hartExtensions",
      "legalizeCounteren",
      "legalizeEpc",
      "legalizeSatp",
      "legalizeSstatus",
      "legalizeTvec",
      "statusAfterSupervisorReturn",
      "statusAfterSupervisorTrap",
      "supervisorCsrs",
      "trapName",
      "trapVector",
    ]
  `)
})
