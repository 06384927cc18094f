selftest; status
