"""Benchmarks: what each stage costs, and how that compares; see README.md."""
