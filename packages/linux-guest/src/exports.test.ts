import { expect, test } from 'vitest'

test('exports', async () => {
  expect(Object.keys(await import('./index.ts')).sort()).toMatchInlineSnapshot(`
    [
      "LinuxGuestError",
      "bootargs",
      "initramfs",
      "isWorkloadName",
      "moduleDependencies",
      "orderModules",
      "program",
      "programs",
      "readConsole",
      "workloads",
      "writeCpio",
    ]
  `)
})

test('exports for Node', async () => {
  expect(Object.keys(await import('./node.ts')).sort()).toMatchInlineSnapshot(`
    [
      "findGuest",
      "guestNames",
      "guestsFolder",
      "listGuests",
      "loadGuest",
      "pullDebian",
      "removeGuest",
    ]
  `)
})
