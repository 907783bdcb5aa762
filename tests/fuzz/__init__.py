"""Fuzzing: targets, committed corpora, and the runner for atheris."""
