"""Settings, addresses, servers, schedule and command line. Knows every app; nothing imports it."""
