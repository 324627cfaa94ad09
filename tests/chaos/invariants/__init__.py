"""The eight invariants: each looks at a run, and reports what it compared."""
