/* Kernel modules of the initrd, in groups that /lib/worldswitch/modules lists. */
#pragma once

/*
 * Loads all modules of the group that has this name, in the order of the list: dependencies stand before what
 * needs them. A module that is there already, or that finds no hardware, is no failure.
 */
void load_modules(const char *group);
