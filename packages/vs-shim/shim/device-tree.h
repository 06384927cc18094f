/* The device tree, changed where it lies: what the guest does not have is taken out of it. */
#pragma once
#include "machine.h"

/* Takes the letter h out of the harts' extensions. @returns whether it was there. */
int take_h_from_tree(u8 *tree);
/* Memory begins at GUEST_MEMORY. */
void take_memory_from_tree(u8 *tree);
