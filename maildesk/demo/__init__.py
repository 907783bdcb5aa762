"""The demo: a small closed mail world, the real daemon in it, and a day at a support desk told as it happens."""
